"""What is to be installed, and where from."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from installer.logins import split_login
from installer.words import Problem

_DIRECT = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*(\[[^]]*\])?\s*@\s*)?[a-z+]+://\S+")
_ARCHIVES = (".whl", ".tar.gz", ".zip")


@dataclass(frozen=True)
class Carried:
    """What a library carries: a folder of files, and their checksums; that of the lock if any."""

    folder: Path
    version: str
    file: str
    sha256: str
    requirements: str


@dataclass(frozen=True)
class Request:
    """An installation; without a source it is what the library carries."""

    place: Path
    version: str
    carried: Carried | None = None
    source: str = ""
    index: str = ""
    wheelhouse: str = ""

    def subject(self) -> str:
        """Return what is installed, for people."""
        return split_login(self.source)[0] or (self.carried.file if self.carried else "")


def requested(place: Path, variables: Mapping[str, str], files: Path) -> Request:
    """Return the request that variables make; raises Problem where nothing can come of it.

    ``files`` is the folder with what the library carries.
    """
    carried = _carried(files)
    request = Request(
        place,
        variables.get("GITOPS_VERSION") or (carried.version if carried else ""),
        carried,
        variables.get("GITOPS_TOOL_SOURCE", "").strip(),
        variables.get("GITOPS_TOOL_INDEX", "").strip(),
        variables.get("GITOPS_TOOL_WHEELHOUSE", ""),
    )
    if request.index and request.wheelhouse:
        raise Problem("tool: has both index and wheelhouse", "give one of them")
    if request.source:
        _check_source(request)
    else:
        _check_carried(request)
    return request


def _carried(files: Path) -> Carried | None:
    manifest = files / "wheel.json"
    if not manifest.exists():
        return None
    found = json.loads(manifest.read_text("utf-8"))
    name = Path(found["file"]).name
    return Carried(files, found["version"], name, found["sha256"], found.get("requirements", ""))


def _check_carried(request: Request) -> None:
    carried = request.carried
    if carried is None or carried.version != request.version:
        brings = f"gitops-ci {carried.version}" if carried else "no gitops-ci"
        version = request.version or "of no version"
        raise Problem(
            f"this library is {version} (taken from a branch?) and carries {brings}",
            "give tool: [source: ...], or take a release's tag",
        )


def _check_source(request: Request) -> None:
    source = request.source
    if source.startswith("-") or "\n" in source:
        raise Problem(
            "tool: [source: ...] has options of pip",
            "give one requirement in pip's words, and the address of an index as index:",
        )
    if _DIRECT.match(source) or Path(source).exists():
        return
    if "/" in source or source.endswith(_ARCHIVES):
        raise Problem(f"there is no file {source} on this agent", "")
    if not (request.index or request.wheelhouse):
        raise Problem(
            f"{source} is a name, which anybody could register in a public index",
            f"name your own index as well: tool: [source: '{source}', index: ...]",
        )
