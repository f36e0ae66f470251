"""A work tree on this machine, by GitPython: makes a repository, says where it comes from, commits
what was just written.
"""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from gitops_ci.adapters.checkout import git_library
from gitops_ci.adapters.checkout.variables import AUTHORS, without_inherited
from gitops_ci.base.errors import GitError
from gitops_ci.base.redaction import one_line, redact

_PATIENCE = 60.0  # seconds; a hook of the user may be slow


def is_root(folder: Path) -> bool:
    """Tell whether a folder is the top of a work tree."""
    return os.path.exists(folder / ".git")  # False too for a path that no file system takes


def enclosing_work_tree(folder: Path) -> Path | None:
    """Return the work tree that a folder, which need not exist, lies in."""
    return next((path for path in folder.absolute().parents if is_root(path)), None)


def origin(folder: Path) -> str | None:
    """Return the address that a repository was cloned from, as its configuration has it."""
    code, output = _git(folder, "config", "--get", "remote.origin.url")
    return output or None if code == 0 else None


def check_author(folder: Path) -> None:
    """Raise GitError where git would not know whose a commit is."""
    for who in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
        code, _ = _git(folder, "var", who)
        if code:
            raise GitError(
                "git does not know whose commit this would be",
                remedy="git config --global user.name and user.email, or leave --first-commit out",
            )


def create(folder: Path, branch: str) -> None:
    """Make a repository in a folder that exists; raises GitError."""
    code, output = _git(folder, "init", "--quiet", f"--initial-branch={branch}", ".")
    if code:
        raise GitError(
            f"git init failed in {one_line(str(folder))}: {output}",
            remedy="git 2.28 or newer is needed",
        )


def commit(folder: Path, paths: Sequence[str], message: str) -> str:
    """Commit these files alone and return the commit; raises GitError."""
    for arguments in (
        ["add", "--force", "--", *paths],
        ["commit", "--quiet", f"--message={message}", "--", *paths],
    ):
        code, output = _git(folder, *arguments)
        if code:
            raise GitError(
                f"git {arguments[0]} failed: {output}",
                remedy="the files are written; commit them yourself",
            )
    return _git(folder, "rev-parse", "HEAD")[1]


def branch(folder: Path, name: str) -> None:
    """Make a branch at HEAD; raises GitError."""
    code, output = _git(folder, "branch", name)
    if code:
        raise GitError(f"git branch {name} failed: {output}", remedy=f"git branch {name}")


def _git(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run git in a folder, or in the next one above it that exists; returns the exit code and,
    as one line, its stdout, or its stderr where it failed.
    """
    existing = next(
        path for path in (folder.absolute(), *folder.absolute().parents) if path.is_dir()
    )
    with without_inherited(keep=AUTHORS):
        try:
            finished = git_library.run(
                existing, arguments, _PATIENCE, {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
            )
        except subprocess.TimeoutExpired:
            return 1, f"git {arguments[0]} did not end within {_PATIENCE:g} s"
    output = finished.out.decode("utf-8", "replace") if finished.code == 0 else finished.err
    return finished.code, one_line(redact(output.strip()))
