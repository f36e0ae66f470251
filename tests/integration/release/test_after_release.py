"""After a release: its version means its wheel, until work goes on under one of its own."""

from collections.abc import Iterator

import pytest

from scripts.releasing import artifacts, carried, places, versions
from tests.integration.release import scratch
from tests.integration.release.scratch import Scratch

VERSION = scratch.coming()
NEXT = versions.following(VERSION)


@pytest.fixture(scope="module")
def clone(released: Scratch, tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    """Return a clone of the release, of this worker."""
    return scratch.clone(released, tmp_path_factory.mktemp("after") / "gitops-ci")


@pytest.fixture
def repository(clone: Scratch) -> Iterator[Scratch]:
    """Return it, and put it back afterwards."""
    yield clone
    clone.reset("released")


def change(repository: Scratch, path: str) -> None:
    """Write a line more into a file."""
    repository.write(path, repository.read(path) + "\n# more\n")


def test_a_release_and_its_wheel_agree(repository: Scratch) -> None:
    assert carried.problems(repository.root) == []


def test_changed_sources_under_a_released_version_are_told(repository: Scratch) -> None:
    change(repository, "gitops_ci/adapters/files/release_file.py")
    (problem,) = carried.problems(repository.root)
    assert (
        f"{VERSION} is released, and its wheel has another gitops_ci/adapters/files/release_file.py"
        in problem
    )
    assert problem.endswith(f": make next VERSION={NEXT}")


def test_a_dependency_that_is_new_under_a_released_version_is_told(repository: Scratch) -> None:
    project = repository.read("pyproject.toml")
    repository.write("pyproject.toml", project.replace('"tzdata', '"attrs",\n  "tzdata'))
    (problem,) = carried.problems(repository.root)
    assert "METADATA than the sources" in problem


def test_a_page_that_is_mended_after_the_release_is_no_other_program(repository: Scratch) -> None:
    change(repository, "README.md")
    assert carried.problems(repository.root) == []


def test_the_work_goes_on_under_a_version_of_its_own(repository: Scratch) -> None:
    said = repository.ok("next", NEXT)
    assert f"git commit --all --message 'Begin {NEXT}'" in said
    for place in places.PLACES:
        expected = NEXT if place.developed else str(VERSION)
        assert {str(found) for found in places.named(repository.root, place)} <= {expected}, place
    assert str(places.current(repository.root)) == NEXT
    change(repository, "gitops_ci/adapters/files/release_file.py")
    assert carried.problems(repository.root) == []
    assert f'"version": "{VERSION}"' in repository.read(artifacts.WHEEL_FACTS)


@pytest.mark.slow
def test_the_next_release_follows_from_there(repository: Scratch) -> None:
    repository.call("next", NEXT)
    repository.write("changelog.d/later.added.md", "- More.\n")
    repository.commit(f"Begin {NEXT}")
    following = NEXT.removesuffix(".dev0")
    repository.call("make", following, "--date", scratch.DATE)
    repository.commit(f"Release {following}")
    assert carried.problems(repository.root) == []
    newest = repository.read("CHANGELOG.md").split("\n## ")[1:3]
    assert [section.split()[0] for section in newest] == [following, str(VERSION)]


@pytest.mark.parametrize("path", artifacts.CARRIED)
def test_a_part_of_the_carried_wheel_that_is_lost_is_told(repository: Scratch, path: str) -> None:
    (repository.root / path).unlink()
    (problem,) = carried.problems(repository.root)
    assert problem.startswith(f"{path} is missing: ")


def test_a_wheel_that_is_not_the_named_one_is_told(repository: Scratch) -> None:
    text = repository.read(artifacts.WHEEL_TEXT)
    other = "A" if text[1000] != "A" else "B"
    repository.write(artifacts.WHEEL_TEXT, text[:1000] + other + text[1001:])
    (problem,) = carried.problems(repository.root)
    assert problem.endswith("is not the wheel that resources/gitops-ci/wheel.json names")


def test_the_wheel_of_another_release_is_told(repository: Scratch) -> None:
    changelog = repository.read("CHANGELOG.md")
    repository.write("CHANGELOG.md", changelog.replace(f"## {VERSION} - ", "## 999.0.0 - "))
    (problem,) = carried.problems(repository.root)
    assert f"carries the wheel of {VERSION}, and the last release is 999.0.0" in problem
