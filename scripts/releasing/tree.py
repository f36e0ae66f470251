"""The work tree that is released: its files, its tags, and the copy in which everything is made."""

import shutil
import subprocess
from pathlib import Path

import msgspec

from gitops_ci.base.errors import GitopsError

ENCODING = "utf-8"
_LONGEST_GIT = 60  # seconds


class Differences(msgspec.Struct, frozen=True):
    """What a copy changes, as paths from the root, each list sorted."""

    written: list[str]
    removed: list[str]

    @property
    def paths(self) -> list[str]:
        """All of them."""
        return sorted(self.written + self.removed)


def git(root: Path, *words: str) -> str:
    """Return what git prints in a work tree; raises GitopsError with git's words."""
    done = subprocess.run(
        ["git", "-C", str(root), *words],
        capture_output=True,
        encoding=ENCODING,
        timeout=_LONGEST_GIT,
        check=False,
    )
    if done.returncode:
        raise GitopsError(
            f"git {words[0]} failed in {root}: {done.stderr.strip()}",
            remedy="make a release in a clone of the repository",
        )
    return done.stdout


def files(root: Path) -> list[str]:
    """Return the paths of all files that are tracked, or not ignored and about to be."""
    listed = git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return sorted({path for path in listed.split("\0") if path and (root / path).is_file()})


def changes(root: Path) -> list[str]:
    """Return the lines of ``git status`` for what is not committed."""
    return git(root, "status", "--porcelain", "--untracked-files=normal").splitlines()


def has_tag(root: Path, name: str) -> bool:
    """Tell whether a Git tag exists."""
    return bool(git(root, "tag", "--list", name).strip())


def export(root: Path, folder: Path) -> None:
    """Copy the files of a work tree, without Git's and without what is ignored, into a folder."""
    for path in files(root):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / path, target)


def differences(root: Path, copy: Path) -> Differences:
    """Compare a work tree with a copy that was changed."""
    before = set(files(root))
    after = {file.relative_to(copy).as_posix() for file in copy.rglob("*") if file.is_file()}
    changed = {path for path in before & after if _content(root, path) != _content(copy, path)}
    return Differences(sorted(changed | (after - before)), sorted(before - after))


def take_over(root: Path, copy: Path, found: Differences) -> None:
    """Write the changes of a copy into the work tree."""
    for path in found.written:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(copy / path, root / path)
    for path in found.removed:
        (root / path).unlink()


def replace_folder(folder: Path, made: Path) -> None:
    """Put a made folder where another one may be: nothing of an older release stays in it."""
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(made, folder)


def _content(folder: Path, path: str) -> bytes:
    return (folder / path).read_bytes()
