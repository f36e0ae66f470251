"""Tag templates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.base.errors import UsageError
from gitops_ci.core.tag_template import TagFacts, default_template, expand
from gitops_ci.model.image_reference import TAG

REVISION = "0123456789abcdef0123456789abcdef01234567"
FACTS = TagFacts("15", REVISION, "1.4.0+build.7", "feature/Über-alles", "20260301")


@pytest.mark.parametrize(
    ("template", "tag"),
    [
        ("{build_number}", "15"),
        ("{build_number}-{git_sha}", "15-0123456789ab"),
        ("{git_sha:7}", "0123456"),
        ("{git_sha_full}", REVISION),
        ("v{version}", "v1.4.0_build.7"),
        ("{branch}", "feature-ber-alles"),
        ("{date}.{build_number}", "20260301.15"),
        ("latest", "latest"),
    ],
)
def test_fields_are_filled_in(template: str, tag: str) -> None:
    assert expand(template, FACTS) == tag


def test_a_multibranch_job_has_the_revision_in_its_tags() -> None:
    assert default_template(None) == "{build_number}"
    assert default_template("main") == "{build_number}-{git_sha}"


def test_a_mistyped_field_gets_a_suggestion() -> None:
    with pytest.raises(UsageError) as caught:
        expand("{build_nummer}", FACTS)
    assert "{build_number}" in caught.value.remedy


@pytest.mark.parametrize(
    "template",
    ["{}", "{BUILD_NUMBER}", "{git_sha:}", "{git_sha:3}", "{git_sha:99}", "{version:2}", "{0.x}"],
)
def test_a_field_that_does_not_exist_is_a_usage_error(template: str) -> None:
    with pytest.raises(UsageError):
        expand(template, FACTS)


@pytest.mark.parametrize("field", ["build_number", "git_sha", "version", "branch", "date"])
def test_a_field_without_a_value_names_the_option_that_brings_it(field: str) -> None:
    with pytest.raises(UsageError) as caught:
        expand(f"{{{field}}}", TagFacts())
    assert caught.value.remedy.startswith("give --")


@pytest.mark.parametrize(
    "template", ["", "-rf", ".x", "a b", "a/b", "a:b", "a\n", "{build_number", "x" * 129, "ü"]
)
def test_what_is_no_tag_is_a_usage_error(template: str) -> None:
    with pytest.raises(UsageError):
        expand(template, FACTS)


@given(st.text(max_size=200), st.text(max_size=50), st.text(max_size=50))
def test_the_result_is_a_tag_or_an_error(template: str, version: str, branch: str) -> None:
    try:
        tag = expand(template, TagFacts("1", REVISION, version, branch, "20260301"))
    except UsageError as error:
        assert "\n" not in error.message
    else:
        assert TAG.fullmatch(tag)
