"""Image references as registries accept them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.base.errors import ImageError
from gitops_ci.model.image_reference import parse_reference

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "repository", "tag", "digest"),
    [
        ("app", "app", None, None),
        ("app:15", "app", "15", None),
        ("localhost:5000/app", "localhost:5000/app", None, None),
        ("localhost:5000/team/app:15", "localhost:5000/team/app", "15", None),
        (f"r.example.com/app:15@{DIGEST}", "r.example.com/app", "15", DIGEST),
        (f"r.example.com/app@{DIGEST}", "r.example.com/app", None, DIGEST),
        ("[::1]:5000/app:1", "[::1]:5000/app", "1", None),
        ("oci:/some/dir", "oci:/some/dir", None, None),
        ("oci:/some/dir:15", "oci:/some/dir", "15", None),
        (f"oci:dir:15@{DIGEST}", "oci:dir", "15", DIGEST),
    ],
)
def test_a_reference_has_its_parts(
    text: str, repository: str, tag: str | None, digest: str | None
) -> None:
    reference = parse_reference(text)
    assert (reference.repository, reference.tag, reference.digest) == (repository, tag, digest)
    assert str(reference) == text


BROKEN = [
    "",
    ":",
    "@",
    "app:",
    "app@",
    "App",
    "a b",
    "app:-x",
    "app:" + "x" * 129,
    "app@sha256:1",
    "../app",
    "/app",
    "app//x",
]
BROKEN += ["http://r/app", "app\n", "app:15\n", "oci:", "-app", "app:15@md5:1", "é"]


@pytest.mark.parametrize("text", BROKEN)
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(ImageError):
        parse_reference(text)


@given(st.text(max_size=80))
def test_any_text_is_a_reference_or_refused(text: str) -> None:
    try:
        assert str(parse_reference(text)) == text
    except ImageError as error:
        assert str(error).isprintable() or "\n  " in str(error)
