"""What keeps a release from being made, in words."""

import datetime
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

from packaging.version import Version

from gitops_ci.base.errors import GitopsError
from scripts.releasing import artifacts, changelog, lock, places, sbom, tree

# what `make docs` runs
_GENERATORS = ("scripts.command_docs", "scripts.schemas")
_SHOWN = 5
_LONGEST_GENERATOR = 120  # seconds


def clean(root: Path) -> None:
    """Raise GitopsError for what is not committed: it would be released and in no commit."""
    found = tree.changes(root)
    if found:
        raise GitopsError(
            f"not committed: {_some(line[3:] for line in found)}",
            remedy="commit them, or put them away: git stash --include-untracked",
        )


def untagged(root: Path, version: Version) -> None:
    """Raise GitopsError where the tag of a version exists: a tag is never moved."""
    if tree.has_tag(root, f"v{version}"):
        raise GitopsError(
            f"the Git tag v{version} exists already",
            remedy="give a newer version: what is tagged has been published",
        )


def dated(root: Path, date: datetime.date) -> None:
    """Raise GitopsError for a date before the last release's, as a wrong clock gives."""
    last = max(changelog.releases(root).values(), default=date)
    if date < last:
        raise GitopsError(f"{date} is before the last release ({last})", remedy="set the clock")


def placed(root: Path) -> None:
    """Raise GitopsError where the version does not stand where the program has it."""
    for place in places.PROGRAM:
        if not places.named(root, place):
            raise GitopsError(
                f"{place.spelling} stands in none of {', '.join(place.files)} any more",
                remedy="correct the table in scripts/releasing/places.py",
            )


def described(root: Path) -> None:
    """Raise GitopsError where the changelog would have nothing to say, or not be readable."""
    wrong = changelog.problems(root)
    if wrong:
        raise GitopsError("; ".join(wrong), remedy=f"see {changelog.FOLDER}/README.md")
    if not changelog.fragments(root):
        raise GitopsError(
            f"{changelog.FOLDER}/ says nothing about what changes",
            remedy=f"write what users notice into it, as {changelog.FOLDER}/README.md shows",
        )


def locked(root: Path) -> list[lock.Locked]:
    """Return the packages of the lock; raises GitopsError unless they are wanted and installed."""
    if not (root / artifacts.LOCK).is_file():
        raise GitopsError(f"{artifacts.LOCK} is missing", remedy="make lock")
    packages = lock.read(root / artifacts.LOCK)
    wanted = lock.unmet(_dependencies(root), packages)
    if wanted:
        raise GitopsError(f"{artifacts.LOCK} does not have {_some(wanted)}", remedy="make lock")
    wrong = sbom.unlike(packages)
    if wrong:
        raise GitopsError(
            f"the environment is not that of {artifacts.LOCK}: {_some(wrong)}",
            remedy="make clean dev-venv, with the oldest Python that is supported",
        )
    return packages


def _dependencies(root: Path) -> list[str]:
    project = tomllib.loads((root / "pyproject.toml").read_text(tree.ENCODING))["project"]
    return list(project["dependencies"])


def generated(root: Path, copy: Path) -> None:
    """Do `make docs` in the copy; raises GitopsError where that changes what is committed."""
    for module in _GENERATORS:
        _generate(copy, module)
    different = tree.differences(root, copy).paths
    if different:
        raise GitopsError(
            f"`make docs` writes other files than are committed: {_some(different)}",
            remedy="make docs, look at what it changes, and commit it",
        )


def _generate(copy: Path, module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module],
        cwd=copy,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        encoding=tree.ENCODING,
        timeout=_LONGEST_GENERATOR,
        check=False,
    )
    if done.returncode:
        raise GitopsError(f"{module} failed: {done.stderr.strip()}", remedy="mend what it names")


def _some(names: Iterable[str]) -> str:
    words = list(names)
    more = f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return ", ".join(words[:_SHOWN]) + more
