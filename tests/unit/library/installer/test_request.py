"""What may be installed, and what is refused before anything is."""

import json
from pathlib import Path

import pytest
from installer.request import Request, requested
from installer.words import Problem

VERSION = "1.2.3"


def request(tmp_path: Path, carried: str = "", **tool: str) -> Request:
    """Return the request for `tool:`, of a library that carries a version."""
    if carried:
        carry(tmp_path, carried)
    given = {f"GITOPS_TOOL_{name.upper()}": value for name, value in tool.items()}
    return requested(tmp_path / "place", {"GITOPS_VERSION": VERSION} | given, tmp_path)


def carry(folder: Path, version: str) -> None:
    """Write what a library says of its wheel."""
    facts = {
        "version": version,
        "file": f"gitops_ci-{version}-py3-none-any.whl",
        "sha256": "0" * 64,
    }
    (folder / "wheel.json").write_text(json.dumps(facts))


def test_without_a_source_it_is_the_wheel_of_the_library(tmp_path: Path) -> None:
    assert request(tmp_path, VERSION).subject() == "gitops_ci-1.2.3-py3-none-any.whl"


def test_without_a_version_it_is_that_of_the_library(tmp_path: Path) -> None:
    carry(tmp_path, "1.0")
    assert requested(tmp_path / "place", {}, tmp_path).version == "1.0"


@pytest.mark.parametrize(
    ("carried", "words"), [("1.2.2", "carries gitops-ci 1.2.2"), ("", "carries no gitops-ci")]
)
def test_a_library_of_a_branch_says_what_it_carries(
    tmp_path: Path, carried: str, words: str
) -> None:
    with pytest.raises(Problem) as problem:
        request(tmp_path, carried)
    assert str(problem.value) == f"this library is {VERSION} (taken from a branch?) and {words}"
    assert problem.value.remedy == "give tool: [source: ...], or take a release's tag"


@pytest.mark.parametrize("carried", ["", "1.2.2", VERSION])
@pytest.mark.parametrize(
    "source",
    [
        "gitops-ci @ git+https://bob:pw@host/tools/gitops-ci.git@v1",
        "gitops-ci @ https://host/gitops_ci-1-py3-none-any.whl",
        "https://host/gitops_ci-1-py3-none-any.whl",
        "git+ssh://git@host/tools/gitops-ci.git@v1",
        "file:///mnt/x.whl",
    ],
)
def test_an_address_is_a_source_of_any_library(tmp_path: Path, source: str, carried: str) -> None:
    assert request(tmp_path, carried, source=source).source == source


def test_a_path_is_a_source(tmp_path: Path) -> None:
    (tmp_path / "x.whl").touch()
    assert request(tmp_path, source=str(tmp_path / "x.whl")).source


@pytest.mark.parametrize("source", ["dist/x.whl", "/none/x.whl", "x.tar.gz"])
def test_a_path_that_leads_nowhere_is_named(tmp_path: Path, source: str) -> None:
    with pytest.raises(Problem, match=f"there is no file {source} on this agent"):
        request(tmp_path, source=source)


@pytest.mark.parametrize(
    "source",
    ["gitops-ci", "gitops-ci==1.2.3", "gitops-ci >= 1; python_version > '3'", "gitops-ci[x]"],
)
def test_a_name_needs_an_index_that_is_named_as_well(tmp_path: Path, source: str) -> None:
    with pytest.raises(Problem, match="is a name, which anybody could register in a public index"):
        request(tmp_path, VERSION, source=source)
    assert (
        request(tmp_path, source=source, index="https://packages.example.com/simple").source
        == source
    )
    assert request(tmp_path, source=source, wheelhouse="wheels").source == source


@pytest.mark.parametrize(
    "source", ["--extra-index-url https://evil.example.com", "-r list.txt", "a @ https://host/a\nb"]
)
def test_a_source_is_one_requirement(tmp_path: Path, source: str) -> None:
    with pytest.raises(Problem, match="has options of pip"):
        request(tmp_path, source=source, index="https://packages.example.com/simple")


def test_an_index_and_a_wheelhouse_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="both index and wheelhouse"):
        request(tmp_path, VERSION, index="https://packages.example.com/simple", wheelhouse="wheels")


def test_the_login_of_a_source_is_not_shown(tmp_path: Path) -> None:
    source = "gitops-ci @ git+https://bob:pw@host/tools/gitops-ci.git@v1"
    assert (
        request(tmp_path, source=source).subject()
        == "gitops-ci @ git+https://host/tools/gitops-ci.git@v1"
    )


def test_a_library_that_says_no_version_needs_one(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="this library is of no version"):
        requested(tmp_path / "place", {}, tmp_path)


def test_the_file_of_a_wheel_leads_nowhere_else(tmp_path: Path) -> None:
    facts = {"version": VERSION, "file": "../../x.whl", "sha256": ""}
    (tmp_path / "wheel.json").write_text(json.dumps(facts))
    assert requested(tmp_path / "place", {}, tmp_path).subject() == "x.whl"
