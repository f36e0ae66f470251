"""Mounts below a folder: a folder with one in it can't be removed."""

import re
import subprocess
from pathlib import Path

_TABLE = Path("/proc/self/mountinfo")
_ESCAPED = re.compile(r"\\([0-7]{3})")  # a blank in a path is written as \040
_PLACE = 4  # the field that names where something is mounted


def below(folder: Path) -> list[Path]:
    """Return where something is mounted at or below a folder, the innermost place first."""
    if not _TABLE.exists():
        return []
    lines = _TABLE.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    places = [Path(_plain(line.split()[_PLACE])) for line in lines]
    return sorted((place for place in places if place.is_relative_to(folder)), reverse=True)


def release(folder: Path) -> None:
    """Unmount everything at or below a folder."""
    for place in below(folder):
        subprocess.run(["umount", str(place)], check=True, capture_output=True)


def _plain(field: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 8)), field)
