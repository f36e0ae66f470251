"""A lock in pip's form: the exact versions and the checksums of their files."""

import re
from collections.abc import Iterable
from pathlib import Path

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from gitops_ci.base.errors import GitopsError
from scripts.releasing import tree

_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_CONTINUED = re.compile(r"\\\n")


class Locked(msgspec.Struct, frozen=True):
    """One package; ``hashes`` are the SHA-256 of each file in which this version is distributed."""

    name: str
    version: str
    hashes: tuple[str, ...]


def read(file: Path) -> list[Locked]:
    """Return the packages of a lock; raises GitopsError for a line without version or checksums."""
    lines = _CONTINUED.sub(" ", file.read_text(tree.ENCODING)).splitlines()
    stripped = [line.strip() for line in lines]
    return [_locked(line, file) for line in stripped if line and not line.startswith("#")]


def unmet(requirements: Iterable[str], locked: Iterable[Locked]) -> list[str]:
    """Return the requirements of a package that a lock does not meet."""
    versions = {each.name: each.version for each in locked}
    found: list[str] = []
    for text in requirements:
        wanted = Requirement(text)
        version = versions.get(canonicalize_name(wanted.name))
        if version is None or not wanted.specifier.contains(version, prereleases=True):
            found.append(text)
    return found


def _locked(line: str, file: Path) -> Locked:
    text = re.split(r"\s(?:--|#)", line)[0]
    hashes = tuple(sorted(_HASH.findall(line)))
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise _wrong(text, file) from error
    pins = [each for each in requirement.specifier if each.operator == "=="]
    if len(pins) != 1 or not hashes:
        raise _wrong(text, file)
    return Locked(canonicalize_name(requirement.name), pins[0].version, hashes)


def _wrong(text: str, file: Path) -> GitopsError:
    return GitopsError(
        f"{file.name}: {text.strip()!r} has no exact version with checksums",
        remedy="make lock",
    )
