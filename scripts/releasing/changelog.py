"""The changelog: which releases it has, and the section that towncrier makes of changelog.d/."""

import datetime
import re
import subprocess
import sys
from pathlib import Path

from packaging.version import Version

from gitops_ci.base.errors import GitopsError
from scripts.releasing import tree

FILE = "CHANGELOG.md"
FOLDER = "changelog.d"
KINDS = ("added", "changed", "deprecated", "removed", "fixed", "security")
_HEADING = re.compile(r"^## (\d+\.\d+\.\d+) - (\d{4}-\d{2}-\d{2})$", re.MULTILINE)
_NAME = re.compile(rf"[a-z0-9-]+\.(?:{'|'.join(KINDS)})\.md")
_OWN = {"README.md", "section.md.jinja"}
_LONGEST_TOWNCRIER = 60  # seconds


def fragments(root: Path) -> list[str]:
    """Return the names of the pieces that wait for a release."""
    return sorted(file.name for file in (root / FOLDER).iterdir() if file.name not in _OWN)


def problems(root: Path) -> list[str]:
    """Return what is wrong with the pieces: a name without a kind, or a content that is no list."""
    found: list[str] = []
    for name in fragments(root):
        if not _NAME.fullmatch(name):
            found.append(f"{FOLDER}/{name}: not SUBJECT.KIND.md with a kind of {', '.join(KINDS)}")
        elif not (root / FOLDER / name).read_text(tree.ENCODING).startswith("- "):
            found.append(f"{FOLDER}/{name}: does not begin with '- '")
    return found


def releases(root: Path) -> dict[Version, datetime.date]:
    """Return the releases that the changelog has and their dates."""
    text = (root / FILE).read_text(tree.ENCODING)
    return {Version(name): datetime.date.fromisoformat(day) for name, day in _HEADING.findall(text)}


def last_release(root: Path) -> Version | None:
    """Return the newest version that has a section."""
    return max(releases(root), default=None)


def section(root: Path, version: Version) -> str:
    """Return what the changelog says of a release, without the heading."""
    text = (root / FILE).read_text(tree.ENCODING)
    for match in _HEADING.finditer(text):
        if match[1] == str(version):
            following = _HEADING.search(text, match.end())
            return text[match.end() : following.start() if following else None].strip() + "\n"
    raise GitopsError(f"{FILE} has no section for {version}", remedy="see towncrier.toml")


def write_section(root: Path, version: Version, date: datetime.date) -> None:
    """Move the pieces into the changelog; raises GitopsError with towncrier's words."""
    given = ["--version", str(version), "--date", date.isoformat()]
    done = subprocess.run(
        [sys.executable, "-m", "towncrier", "build", "--yes", *given],
        cwd=root,
        capture_output=True,
        encoding=tree.ENCODING,
        timeout=_LONGEST_TOWNCRIER,
        check=False,
    )
    if done.returncode:
        raise GitopsError(
            f"the changelog can't be written: {(done.stdout + done.stderr).strip()}",
            remedy=f"see {FOLDER}/README.md",
        )
