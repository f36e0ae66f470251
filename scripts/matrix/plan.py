"""What is tried, and what is not: from the Pythons and Gits of a machine to rows."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

Libraries = Literal["lock", "lowest", "newest"]

# the pure part, and one look at each library that speaks with something: git, requests,
# python-jenkins, GitPython, msgspec
LIBRARY_TESTS = (
    "tests/unit",
    "tests/docs/test_schemas.py",
    "tests/integration/images/test_registry.py",
    "tests/integration/jobs/test_connection.py",
    "tests/integration/operation/test_chain.py",
    "tests/integration/git/test_round_trip.py",
    "tests/integration/source/test_difference.py",
)
# everything that is said to Git and understood of its answers
GIT_TESTS = (
    "tests/unit/adapters/git",
    "tests/integration/audit/test_signers.py",
    "tests/integration/operation/test_chain.py",
    "tests/integration/operation/test_git_tags.py",
    "tests/integration/git",
    "tests/integration/source",
)


class Python(msgspec.Struct, frozen=True):
    """An interpreter; ``version`` is its whole version, 3.12.1."""

    version: str
    path: str

    @property
    def series(self) -> str:
        """Return the version as classifiers name it: 3.12."""
        return ".".join(self.version.split(".")[:2])


class Git(msgspec.Struct, frozen=True):
    """A Git; ``folder`` holds the program, empty for the one on PATH."""

    version: str
    folder: str = ""


class Row(msgspec.Struct, frozen=True):
    """One run of tests."""

    python: Python
    libraries: Libraries
    git: Git
    tests: tuple[str, ...] = LIBRARY_TESTS


class Gap(msgspec.Struct, frozen=True):
    """What can't be tried here, and why."""

    what: str
    why: str


def rows(pythons: Mapping[str, Python], git: Git, other_gits: Sequence[Git]) -> list[Row]:
    """Return the rows for the Pythons that there are, by their series, the oldest first."""
    found = sorted(pythons.values(), key=lambda python: numbers(python.version))
    if not found:
        return []
    oldest, newest = found[0], found[-1]
    return [
        Row(oldest, "lowest", git),
        *(Row(python, "lock", git) for python in found),
        Row(newest, "newest", git),
        *(Row(oldest, "lock", other, GIT_TESTS) for other in other_gits),
    ]


def numbers(version: str) -> tuple[int, ...]:
    """Return what versions are ordered by; what follows the numbers (rc1, .windows) is left out."""
    found = []
    for part in version.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        found.append(int(digits))
    return tuple(found)
