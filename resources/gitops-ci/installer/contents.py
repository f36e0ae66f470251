"""What goes into an installation: the wheel and the lock of the library, or what was named."""

import base64
import hashlib
import os
import re
import shutil
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

from installer import pips
from installer.logins import check_alike, git_settings, netrc_file, split_login
from installer.pips import Pip
from installer.processes import run
from installer.request import Carried, Request
from installer.words import Problem, say

# what a package without a wheel is built by; pip alone would take any version of them, unhashed
_BUILDERS = {"setuptools", "wheel"}


def fill(request: Request, folder: Path, scratch: Path) -> None:
    """Make a virtual environment and install the program; ``scratch`` is for files meanwhile."""
    places = []
    if request.wheelhouse:
        found = wheelhouse_folder(Path(request.wheelhouse), scratch)
        places = ["--no-index", "--find-links", str(found)]
    lock = _lock_of(request.carried, scratch) if request.carried and not request.source else ""
    command = pips.make_environment(folder)
    variables = pips.environment_of(command, folder, bool(request.index or places))
    variables |= {"TMPDIR": str(scratch)} | _addresses(request, scratch, variables)
    pip = Pip(command, variables, scratch / "pip.log")
    if request.source:
        # by way of stdin: an address may hold a token, which has no place among the arguments
        source = split_login(request.source)[0]
        pip.install(*places, "--requirement", "/dev/stdin", told=f"{source}\n")
    else:
        _install_locked(lock, pip, scratch, places)
    _check_version(request, folder)


def _addresses(request: Request, scratch: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables for the index of a request, and for the logins of its addresses."""
    source, of_source = split_login(request.source)
    index, of_index = split_login(request.index)
    found = {"PIP_INDEX_URL": index} if index else {}
    if of_source and "git+" in source:
        found |= git_settings(of_source, variables)
        of_source = None
    logins = [each for each in (of_source, of_index) if each]
    if logins:
        check_alike(logins)
        found["NETRC"] = str(netrc_file(logins, scratch))
    return found


def _lock_of(carried: Carried, scratch: Path) -> str:
    """Write the wheel that a library carries; return its lock, with the wheel as the last line."""
    wheel = scratch / carried.file
    content = base64.b64decode((carried.folder / "wheel.b64").read_bytes())
    wheel.write_bytes(_checked("wheel", content, carried.sha256))
    lock = (carried.folder / "requirements.txt").read_bytes()
    if carried.requirements:
        _checked("requirements.txt", lock, carried.requirements)
    return f"{lock.decode()}\ngitops-ci @ {wheel.as_uri()} --hash=sha256:{carried.sha256}\n"


def _install_locked(lock: str, pip: Pip, scratch: Path, places: list[str]) -> None:
    """Install what a lock names, and nothing without its hash."""
    file = scratch / "requirements.txt"
    hashed = ("--require-hashes", "--no-deps", *places, "--requirement", str(file))
    builders = lines_of(lock, _BUILDERS)
    if builders:
        file.write_text(builders, "utf-8")
        pip.install("--only-binary", ":all:", *hashed)
    file.write_text(lock, "utf-8")
    pip.install("--no-build-isolation", *hashed)


def _checked(name: str, content: bytes, sha256: str) -> bytes:
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise Problem(
            f"the {name} that this library carries has the SHA-256 {found},"
            f" and wheel.json names {sha256}",
            "take the library from a release's tag",
        )
    return content


def lines_of(lock: str, names: set[str]) -> str:
    """Return the requirements of a lock that have these names, with their hashes."""
    blocks = re.findall(r"^[A-Za-z0-9](?:.*\\\n)*.*$", lock, re.MULTILINE)
    wanted = [each for each in blocks if re.split(r"[^A-Za-z0-9._-]", each)[0].lower() in names]
    return "".join(f"{block}\n" for block in wanted)


def wheelhouse_folder(path: Path, scratch: Path) -> Path:
    """Return the folder of a wheelhouse; the files of an archive are written into one."""
    if path.is_dir():
        return path.resolve()
    folder = scratch / "wheelhouse"
    folder.mkdir()
    try:
        for name, content in _members(path):
            # side by side, whatever folders they have in the archive
            with content, (folder / Path(name).name).open("wb") as copy:
                shutil.copyfileobj(content, copy)
    except FileNotFoundError:
        raise Problem(f"there is no wheelhouse {path} on this agent", "") from None
    except (tarfile.TarError, zipfile.BadZipFile) as problem:
        raise Problem(f"the wheelhouse {path} is no .tar, .tar.gz or .zip: {problem}") from None
    return folder


def _members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    # in this order: a tar archive whose last file is a wheel looks like a zip file from behind
    if tarfile.is_tarfile(path):
        with tarfile.open(path) as tar:
            for member in tar:
                content = tar.extractfile(member) if member.isfile() else None
                if content:
                    yield member.name, content
        return
    with zipfile.ZipFile(path) as archive:
        for item in archive.infolist():
            if not item.is_dir():
                yield item.filename, archive.open(item)


def _check_version(request: Request, folder: Path) -> None:
    """Raise Problem unless the program starts, and has the version that is needed."""
    program = (str(folder / "bin" / "python"), "-I", str(folder / "bin" / "gitops-ci"))
    variables = pips.surroundings(os.environ)
    _, printed = run(*program, "--version", environment=variables)
    match = re.search(r"^gitops-ci, version (\S+)$", printed, re.MULTILINE)
    if match is None:
        say(printed.rstrip())
        raise Problem(f"{request.subject()} brings no gitops-ci that starts", "")
    if match[1] != request.version:
        raise Problem(
            f"{request.subject()} brings gitops-ci {match[1]},"
            f" and this library needs {request.version}",
            "use the library and the tool in the same version",
        )
