"""What keeps a release from being made is told with what to do, and nothing is written."""

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_ci.base.errors import GitopsError
from scripts.releasing import artifacts
from tests.integration.release import scratch
from tests.integration.release.scratch import Scratch

VERSION = str(scratch.coming())


@pytest.fixture(scope="module")
def template(prepared: Scratch, tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    """Return a repository of this worker that could be released."""
    return scratch.clone(prepared, tmp_path_factory.mktemp("refusals") / "gitops-ci")


@pytest.fixture
def repository(template: Scratch) -> Iterator[Scratch]:
    """Return it, and put it back afterwards."""
    yield template
    template.reset("begin")


def refused(repository: Scratch, message: str, remedy: str, *words: str) -> None:
    """Make a release that has to be refused with these words, and change nothing."""
    before = repository.git("status", "--porcelain", "--ignored")
    with pytest.raises(GitopsError) as raised:
        repository.call(*(words or ("make", VERSION)))
    assert message in raised.value.message
    assert remedy in raised.value.remedy
    assert repository.git("status", "--porcelain", "--ignored") == before


def test_the_command_says_what_is_wrong_and_what_to_do(repository: Scratch) -> None:
    ran = repository.run("make", "1.2")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "error: '1.2' is not such a version\n  give x.y.z, for example 1.4.0\n"


@pytest.mark.parametrize("path", ["README.md", "gitops_ci/left_over.py"])
def test_what_is_not_committed(repository: Scratch, path: str) -> None:
    repository.write(path, "changed\n")
    refused(repository, f"not committed: {path}", "commit them, or put them away")


def test_a_version_that_is_not_newer_than_the_last_release(repository: Scratch) -> None:
    repository.write("CHANGELOG.md", f"# Changelog\n\n## {VERSION} - 2026-01-02\n\n- Old.\n")
    repository.commit("Release")
    message = f"{VERSION} is not newer than {VERSION}, the last release in CHANGELOG.md"
    refused(repository, message, f"give a version after {VERSION}")
    refused(repository, "0.0.1 is not newer than", f"after {VERSION}", "make", "0.0.1")
    refused(repository, "0.0.1.dev0 is not newer than", f"after {VERSION}", "next", "0.0.1.dev0")


def test_a_tag_that_exists(repository: Scratch) -> None:
    repository.git("tag", f"v{VERSION}")
    try:
        refused(repository, f"the Git tag v{VERSION} exists already", "give a newer version")
    finally:
        repository.git("tag", "--delete", f"v{VERSION}")


@pytest.mark.parametrize(
    "version",
    ["", "v1.2.3", "1.2", "01.2.3", "1.2.3rc1", "1.2.3.dev0", "1.2.3\n", "words"],
)
def test_what_is_no_version_of_a_release(repository: Scratch, version: str) -> None:
    message = "version" if version else "no version was given"
    refused(repository, message, "x.y.z", "make", version)


@pytest.mark.parametrize("version", ["", "1.2.3", "1.2.3.dev", "1.2.3-dev0", "v1.2.3.dev0"])
def test_what_is_no_version_of_the_work_after_it(repository: Scratch, version: str) -> None:
    refused(repository, "version", "x.y.z.dev0", "next", version)


def test_a_changelog_without_anything_to_say(repository: Scratch) -> None:
    repository.git("rm", "--quiet", *repository.git("ls-files", "changelog.d/*.*.md").split())
    repository.commit("Say nothing")
    message = "changelog.d/ says nothing about what changes"
    refused(repository, message, "as changelog.d/README.md shows")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("noticed.md", "- Text.\n", "not SUBJECT.KIND.md"),
        ("noticed.mended.md", "- Text.\n", "not SUBJECT.KIND.md"),
        ("other.fixed.md", "Text without a list.\n", "does not begin with '- '"),
    ],
)
def test_a_lost_piece(repository: Scratch, name: str, content: str, message: str) -> None:
    repository.write(f"changelog.d/{name}", content)
    repository.commit("Note it")
    refused(repository, f"changelog.d/{name}: {message}", "see changelog.d/README.md")


def test_pages_that_make_docs_would_write_in_another_way(repository: Scratch) -> None:
    page = "docs/commands/update.md"
    repository.write(page, repository.read(page) + "by hand\n")
    repository.git("rm", "--quiet", "gitops_ci/schemas/audit.schema.json")
    repository.commit("Edit by hand")
    both = f"other files than are committed: {page}, gitops_ci/schemas/audit.schema.json"
    refused(repository, both, "make docs, look at what it changes, and commit it")


def test_a_lock_that_is_missing(repository: Scratch) -> None:
    repository.git("rm", "--quiet", artifacts.LOCK)
    repository.commit("Lose it")
    refused(repository, f"{artifacts.LOCK} is missing", "make lock")


def test_a_lock_without_checksums(repository: Scratch) -> None:
    repository.write(artifacts.LOCK, "click==8.5.1\n")
    repository.commit("Lose them")
    refused(repository, "'click==8.5.1' has no exact version with checksums", "make lock")


def test_a_lock_of_other_versions_than_are_installed(repository: Scratch) -> None:
    others = f"\nhypothesis==1.0 --hash=sha256:{'0' * 64}\nlost==1.0 --hash=sha256:{'0' * 64}\n"
    repository.write(artifacts.LOCK, repository.read(artifacts.LOCK) + others)
    repository.commit("Lock others")
    refused(repository, "locked is 1.0, lost 1.0 is not installed", "make clean dev-venv")


def test_a_lock_without_what_the_package_asks_for(repository: Scratch) -> None:
    packages = repository.read(artifacts.LOCK).partition("click==")
    after = packages[2].partition("\ngit")
    repository.write(artifacts.LOCK, packages[0] + "git" + after[2])
    repository.commit("Lock less")
    refused(repository, f"{artifacts.LOCK} does not have click>=", "make lock")


def test_a_place_of_the_version_that_is_lost(repository: Scratch) -> None:
    path = "vars/gitopsCli.groovy"
    repository.write(path, repository.read(path).replace("return '", 'return "'))
    repository.commit("Quote it in another way")
    message = f"return '{{version}}' stands in none of {path} any more"
    refused(repository, message, "scripts/releasing/places.py")


def test_a_folder_for_the_copy_that_has_something_in_it(
    repository: Scratch,
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("mine\n")
    words = "make", VERSION, "--dry-run", "--into", str(tmp_path)
    refused(repository, f"{tmp_path} is not empty", "a new folder", *words)


def test_a_date_before_the_last_release(repository: Scratch) -> None:
    day = datetime.date(2040, 1, 2)
    repository.write("CHANGELOG.md", f"# Changelog\n\n## 0.0.1 - {day}\n\n- Old.\n")
    repository.commit("Release")
    words = "make", VERSION, "--date", "2040-01-01"
    refused(repository, f"2040-01-01 is before the last release ({day})", "set the clock", *words)
