"""``jenkins:`` in gitops.yaml: what it may say, how mistakes are answered, and that it is no part
of a policy.
"""

import pytest

from gitops_ci.base.errors import ConfigError
from gitops_ci.core.config import reader
from gitops_ci.core.config.implicit import implicit_config
from gitops_ci.core.promotion_job.definition import LIBRARY, define
from gitops_ci.model.config import Jenkins

BASE = "version: 1\napps: {shop: {}}\nenvironments: {dev: {}, stage: {from: dev}}\n"


def settings(text: str) -> Jenkins:
    """Return what a section says."""
    return reader.read(f"{BASE}jenkins: {text}\n".encode()).jenkins


def test_everything_has_a_default() -> None:
    assert reader.read(BASE.encode()).jenkins == settings("{}") == settings("null") == Jenkins()
    assert implicit_config("shop").jenkins == Jenkins()
    made = define(reader.read(BASE.encode()), "https://git.example.com/a.git", None, ["shop"])
    assert made.name == "gitops/promote"
    assert made.library == LIBRARY
    assert made.arguments == {"repo": "https://git.example.com/a.git"}


def test_it_is_no_part_of_a_policy() -> None:
    plain = reader.read(BASE.encode()).environments
    assert reader.read(f"{BASE}jenkins: {{label: linux}}\n".encode()).environments == plain


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{foldr: x}", "the key 'foldr' is not known\n  did you mean folder?"),
        ("{approval: {submiter: [a]}}", "did you mean submitter?"),
        ("{credentials: {giit: a}}", "did you mean git?"),
        ("{tool: {sauce: a}}", "did you mean source?"),
        ("[a]", "Expected `object`"),
        ("{job: a/b}", "has a folder in its name"),
        ("{folder: a//b}", "can't be the name of a folder or job"),
        ("{folder: ../b}", "can't be the name of a folder or job"),
        ('{folder: "a\\u202eb"}', "control characters"),
        ('{job: "a%b"}', "it has '%'"),
        ("{url: jenkins.example.com}", "is not http(s)://HOST"),
        ("{url: 'https://me:secret@jenkins.example.com/'}", "has a login in it"),
        ("{repo: 'https://me:secret@git.example.com/a.git'}", "has a login in it"),
        ("{library: gitops-ci}", "is not NAME@VERSION"),
        ("{keep: 0}", "Expected `int` >= 1"),
        ("{approval: {unit: WEEKS}}", "Invalid enum value 'WEEKS'"),
        ("{credentials: {registry: {sshKey: a}}}", "registry needs one of"),
        ("{credentials: {git: {token: a, file: b}}}", "git needs one of"),
    ],
)
def test_mistakes_are_told_with_their_line(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        settings(text)
    assert said in str(caught.value)
    assert str(caught.value).startswith("gitops.yaml:4: jenkins")
    assert "secret" not in str(caught.value)


def test_paths_of_folders_may_have_slashes_around_and_names_beyond_ascii() -> None:
    assert settings("{folder: /Équipe 1/ünter ✓/, job: élan}").path == (
        "Équipe 1",
        "ünter ✓",
        "élan",
    )
    assert (
        settings("{url: 'HTTPS://jenkins.example.com/ci'}").url == "https://jenkins.example.com/ci/"
    )
