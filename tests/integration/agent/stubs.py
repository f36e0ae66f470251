"""Wheels that stand for gitops-ci where only the installation matters, and what a library carries
of them.
"""

import base64
import hashlib
import json
import sys
import zipfile
from pathlib import Path

import gitops_ci
from tests.surroundings import ROOT

VERSION = gitops_ci.__version__
PYTHON = sys.executable
SCRIPT = ROOT / "resources" / "gitops-ci" / "run.sh"
PROGRAM = """\
import os, sys


def run():
    if sys.argv[1:] == ["--version"]:
        print("gitops-ci, version {version}")
    else:
        print("words:", *sys.argv[1:])
        print("mark: {mark}")
        print("prefix:", sys.prefix)
        print("secrets:", sorted(name for name in os.environ if name.startswith("GITOPS_TOOL")))
"""


def wheel(folder: Path, version: str = VERSION, *, mark: str = "") -> Path:
    """Write a wheel whose program says its version, and otherwise its words and the mark."""
    files = {"stub_of_gitops.py": PROGRAM.format(version=version, mark=mark)}
    entry = "[console_scripts]\ngitops-ci = stub_of_gitops:run\n"
    return package(folder, "gitops-ci", version, files, entry)


def package(
    folder: Path, name: str, version: str, files: dict[str, str], entry_points: str = ""
) -> Path:
    """Write a wheel of any package."""
    folder.mkdir(parents=True, exist_ok=True)
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    file = folder / f"{module}-{version}-py3-none-any.whl"
    content = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: "
        "true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": entry_points,
        f"{info}/RECORD": "",
    }
    with zipfile.ZipFile(file, "w") as archive:
        for path, text in content.items():
            archive.writestr(zipfile.ZipInfo(path), text)
    return file


def sha256(file: Path) -> str:
    """Return the checksum of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def carry(
    folder: Path, wheel: Path, lock: str = "# nothing else\n", version: str = VERSION
) -> Path:
    """Write what a release's library carries, as `make release` does."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "wheel.b64").write_bytes(base64.encodebytes(wheel.read_bytes()))
    (folder / "requirements.txt").write_text(lock)
    facts = {
        "version": version,
        "file": wheel.name,
        "sha256": sha256(wheel),
        "requirements": sha256(folder / "requirements.txt"),
    }
    (folder / "wheel.json").write_text(json.dumps(facts, indent=2) + "\n")
    return folder
