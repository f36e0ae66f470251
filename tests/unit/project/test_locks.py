"""The locks hold what pyproject.toml asks for, every file by its hash, and say nothing of an index
or a machine.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.surroundings import ROOT

FOLDER = ROOT / "requirements"
LOCKS = ("build", "dev", "package", "uv")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PYTHONS = [
    name.rpartition(" ")[2]
    for name in PROJECT["project"]["classifiers"]
    if re.fullmatch(r"Programming Language :: Python :: 3\.\d+", name)
]
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def group(name: str) -> list[str]:
    """Return the requirements of a dependency group, with those of the groups that it includes."""
    found: list[str] = []
    for entry in PROJECT["dependency-groups"][name]:
        found += [entry] if isinstance(entry, str) else group(entry["include-group"])
    return found


def asked_for(lock: str) -> list[Requirement]:
    """Return what a lock has to hold."""
    own: list[str] = PROJECT["project"]["dependencies"]
    texts = {
        "build": group("build"),
        "dev": own + group("dev"),
        "package": own,
        "uv": group("lock"),
    }
    return [Requirement(text) for text in texts[lock]]


def entries(lock: str) -> list[str]:
    """Return the entries of a lock, each on one line: the requirement and its hashes."""
    text = (FOLDER / f"{lock}.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    return "\n".join(lines).replace("\\\n", " ").splitlines()


def locked(lock: str) -> list[Requirement]:
    """Return the requirements of a lock."""
    return [Requirement(entry.partition("--hash")[0]) for entry in entries(lock)]


def pin(requirement: Requirement) -> Version:
    """Return the one version that an entry allows."""
    (specifier,) = requirement.specifier
    assert specifier.operator == "=="
    return Version(specifier.version)


def chosen(lock: str, python: str) -> dict[str, Version]:
    """Return name -> version of what a lock installs on one Python on Linux."""
    place = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": "linux",
    }
    place |= {
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
    }
    here = [entry for entry in locked(lock) if entry.marker is None or entry.marker.evaluate(place)]
    names = [canonicalize_name(entry.name) for entry in here]
    assert len(names) == len(set(names)), "one version of each"
    return {canonicalize_name(entry.name): pin(entry) for entry in here}


def test_no_lock_is_forgotten() -> None:
    assert {file.stem for file in FOLDER.glob("*.txt")} == set(LOCKS)


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize("python", PYTHONS)
def test_a_lock_holds_each_direct_dependency_within_its_bound(lock: str, python: str) -> None:
    versions = chosen(lock, python)
    for wanted in asked_for(lock):
        version = versions.get(canonicalize_name(wanted.name))
        assert version is not None, f"{wanted.name} is missing: run `make lock`"
        assert wanted.specifier.contains(version), (
            f"{wanted} is locked at {version}: run `make lock`"
        )


@pytest.mark.parametrize("python", PYTHONS)
def test_what_is_installed_is_what_is_tested(python: str) -> None:
    tested = chosen("dev", python)
    for lock in ("build", "package"):
        assert chosen(lock, python).items() <= tested.items()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_file_of_every_entry_has_its_hash(lock: str) -> None:
    for entry in entries(lock):
        _, first, rest = entry.partition("--hash=")
        hashes = (first + rest).split()
        assert hashes, entry
        assert all(HASH.fullmatch(each) for each in hashes), entry


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_neither_an_index_nor_a_folder_of_a_machine(lock: str) -> None:
    text = Path(FOLDER, f"{lock}.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(
        r"^\s*(-i|-f|--(extra-)?index-url|--find-links|--trusted-host)\b", text, re.MULTILINE
    )
    assert not re.search(r"(^|\s)/\w", text)


def test_the_oldest_python_is_the_one_that_is_required() -> None:
    assert PROJECT["project"]["requires-python"] == f">={PYTHONS[0]}"
