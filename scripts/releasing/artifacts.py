"""Wheel and source archive, the same bytes each time, and what the library carries of them."""

import base64
import datetime
import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import PathDistribution
from pathlib import Path

import msgspec
from packaging.version import Version

from gitops_ci.base.errors import GitopsError
from scripts.releasing import tree

DIST = "dist"
CHECKSUMS = "SHA256SUMS"
LOCK = "requirements/package.txt"
RESOURCE = "resources/gitops-ci"
WHEEL_TEXT = f"{RESOURCE}/wheel.b64"
WHEEL_FACTS = f"{RESOURCE}/wheel.json"
WHEEL_LOCK = f"{RESOURCE}/requirements.txt"
CARRIED = (WHEEL_TEXT, WHEEL_FACTS, WHEEL_LOCK)
_LONGEST_BUILD = 300  # seconds


class Carried(msgspec.Struct, frozen=True):
    """What ``wheel.json`` says: ``sha256`` is of the wheel, not of its text; ``requirements`` of
    the lock.
    """

    version: str
    file: str
    sha256: str
    requirements: str


def wheel_name(version: Version) -> str:
    """Return the file name of a version's wheel."""
    return f"gitops_ci-{version}-py3-none-any.whl"


def archive_name(version: Version) -> str:
    """Return the file name of a version's source archive."""
    return f"gitops_ci-{version}.tar.gz"


def epoch(date: datetime.date) -> int:
    """Return the moment that everything in the archives gets: the date's midnight, UTC."""
    moment = datetime.datetime.combine(date, datetime.time(), datetime.UTC)
    return int(moment.timestamp())


def build(sources: Path, folder: Path, date: datetime.date, target: str = "") -> None:
    """Build wheel and source archive (or one ``target``) with the hatchling of this environment.

    hatchling takes times from SOURCE_DATE_EPOCH and normalises order, owners and rights. Raises
    GitopsError with its words.
    """
    chosen = ["--target", target] if target else []
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--directory", str(folder), *chosen],
        cwd=sources,
        env=os.environ | {"SOURCE_DATE_EPOCH": str(epoch(date))},
        capture_output=True,
        encoding=tree.ENCODING,
        timeout=_LONGEST_BUILD,
        check=False,
    )
    if done.returncode:
        raise GitopsError(
            f"hatchling could not build the package: {(done.stdout + done.stderr).strip()}",
            remedy="mend what it names; make dev-venv installs the hatchling that is locked",
        )


def distribution(wheel: Path) -> PathDistribution:
    """Return the metadata of a wheel as those of an installed package are read."""
    folder = "-".join(wheel.name.split("-")[:2]) + ".dist-info/"
    return PathDistribution(zipfile.Path(wheel, folder))


def sha256(file: Path) -> str:
    """Return the checksum of a file in hexadecimal digits."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def write_checksums(folder: Path) -> str:
    """Write what ``sha256sum --check`` reads, for all files of a folder; return it."""
    named = sorted(file for file in folder.iterdir() if file.name != CHECKSUMS)
    text = "".join(f"{sha256(file)}  {file.name}\n" for file in named)
    (folder / CHECKSUMS).write_text(text, tree.ENCODING)
    return text


def write_resource(root: Path, wheel: Path, version: Version) -> None:
    """Write what the library carries: the wheel as text, its facts, and the lock."""
    (root / RESOURCE).mkdir(parents=True, exist_ok=True)
    (root / WHEEL_TEXT).write_bytes(base64.encodebytes(wheel.read_bytes()))
    shutil.copy(root / LOCK, root / WHEEL_LOCK)
    carried = Carried(str(version), wheel.name, sha256(wheel), sha256(root / WHEEL_LOCK))
    text = json.dumps(msgspec.to_builtins(carried), indent=2)
    (root / WHEEL_FACTS).write_text(f"{text}\n", tree.ENCODING)
