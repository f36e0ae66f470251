"""What names of branches and files may look like, checked before git or a tree sees them (pure)."""

import difflib
import re
from collections.abc import Iterable

from gitops_ci.adapters.git.objects.trees import TreeEntry
from gitops_ci.base.errors import GitError, UsageError
from gitops_ci.base.redaction import one_line
from gitops_ci.model.git_modes import FOLDER, SUBMODULE, SYMLINK

_LONGEST_BRANCH = 250  # characters; servers keep it as the name of a file
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# git-check-ref-format(1)
_BAD_BRANCH = re.compile(r"^[-/.]|[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)|[/.]$|^@$")


def branch_name(name: str) -> str:
    """Return the name of a branch; raises UsageError when git would not take it."""
    if (
        not name
        or len(name) > _LONGEST_BRANCH
        or not name.isprintable()
        or _BAD_BRANCH.search(name)
    ):
        raise UsageError(
            f"{one_line(name)!r} is not the name of a branch",
            remedy="give the name without refs/heads/",
        )
    return name


def file_parts(path: str) -> tuple[str, ...]:
    """Return the folders and the name of a file's path; raises UsageError when it could lead out of
    the repository.
    """
    parts = tuple(path.split("/"))
    if _CONTROL.search(path) or any(
        part in ("", ".", "..") or part.lower() == ".git" for part in parts
    ):
        raise UsageError(
            f"{one_line(path)!r} is not the path of a file in the repository",
            remedy="give it from the root of the repository with '/', without '.' and '..'",
        )
    return parts


def obstacle(entry: TreeEntry, path: str) -> GitError | None:
    """Return why what lies below an entry that is no folder can't be known; None below a file."""
    if entry.mode == SYMLINK:
        return GitError(
            f"{one_line(path)} is a symbolic link in the repository",
            remedy="name the file that it leads to",
        )
    if entry.mode == SUBMODULE:
        return GitError(
            f"{one_line(path)} is a submodule",
            remedy="give --repo the URL of the submodule's own repository",
        )
    return None


def check_file(entry: TreeEntry, path: str) -> None:
    """Raise GitError unless the entry is a file."""
    if error := obstacle(entry, path):
        raise error
    if entry.mode == FOLDER:
        raise GitError(
            f"{one_line(path)} is a folder in the repository", remedy="name the file in it"
        )


def check_size(size: int | None, limit: int, path: str) -> None:
    """Raise GitError when a file is larger than what is edited."""
    if size is None or size > limit:
        raise GitError(
            f"{one_line(path)} is larger than {limit // 1_000_000} MB",
            remedy="values files are small: check the path",
        )


def missing_branch(url: str, name: str, branches: Iterable[str]) -> GitError:
    """Return the error for a branch that the server does not have, with the names nearest to it."""
    names = sorted(branches)
    if not names:
        return GitError(
            f"{url} has no commits yet",
            remedy="push a first commit (see gitops-ci init), then run this again",
        )
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.4) or names[:5]
    return GitError(
        f"{url} has no branch {name}",
        remedy=f"name one that exists with --branch: {', '.join(map(one_line, near))}",
    )
