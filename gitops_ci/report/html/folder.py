"""Writes a report into a folder: the whole of it, in the place of the one before, or nothing."""

import ctypes
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from gitops_ci.base import interrupts, temporary
from gitops_ci.base.errors import GitopsError, UsageError
from gitops_ci.base.redaction import one_line
from gitops_ci.report.html.page import AUDIT, GATES, INDEX, STYLE

MARKER = ".gitops-ci-report"
_OURS = frozenset({MARKER, INDEX, GATES, AUDIT, STYLE, "apps", "timelines"})
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of renameat2(2)
_ELSEWHERE = "give --html a folder of its own, a new one or that of an earlier report"


def check_folder(folder: Path) -> Path:
    """Return the real path; raises UsageError for a folder that holds anything but a report."""
    try:
        path = folder.resolve()
        if Path.cwd().is_relative_to(path):
            raise UsageError(f"{_shown(folder)} holds the current folder", remedy=_ELSEWHERE)
        if not path.exists():
            return path
        names = {entry.name for entry in path.iterdir()}
    except NotADirectoryError:
        raise UsageError(f"{_shown(folder)} is not a folder", remedy=_ELSEWHERE) from None
    except (OSError, ValueError, RuntimeError) as error:
        raise _unwritable(folder, error) from error
    if names and (MARKER not in names or names - _OURS):
        raise UsageError(
            f"{_shown(folder)} holds something that is no report of gitops-ci", remedy=_ELSEWHERE
        )
    return path


def write(files: Iterable[tuple[str, str]], folder: Path) -> int:
    """Write the files and return their number; a reader finds the old report or the new one, never
    half of one.
    """
    path = check_folder(folder)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = temporary.make_folder(f".{path.name[:50]}.", path.parent)
        try:
            number = _fill(draft, files)
            draft.chmod(0o777 & ~temporary.umask())
            with interrupts.hold_signals():
                _put(draft, check_folder(path))
        finally:
            temporary.remove(draft)
    except (OSError, ValueError) as error:
        raise _unwritable(folder, error) from error
    return number


def _fill(draft: Path, files: Iterable[tuple[str, str]]) -> int:
    (draft / MARKER).write_text(
        "Made by gitops-ci report, which replaces this whole folder.\n", encoding="utf-8"
    )
    for name in ("apps", "timelines/dark"):
        (draft / name).mkdir(parents=True)
    number = 0
    for number, (path, text) in enumerate(files, 1):  # noqa: B007 - the number of files is what is returned
        (draft / path).write_bytes(text.encode("utf-8", "replace"))
    return number


def _put(draft: Path, path: Path) -> None:
    """Put a folder in the place of another; where the system can't exchange them, the place is
    empty for a moment.
    """
    if not path.exists() or not any(path.iterdir()):
        draft.replace(path)
    elif not _exchanged(draft, path):
        old = draft.with_name(f"{draft.name}.old")
        path.replace(old)
        try:
            draft.replace(path)
        except OSError:
            old.replace(path)
            raise
        shutil.rmtree(old, ignore_errors=True)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders in one step, where the C library and the file system know how."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    return (
        rename is not None
        and rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0
    )


def _unwritable(folder: Path, error: Exception) -> GitopsError:
    reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    return GitopsError(
        f"the report can't be written to {_shown(folder)}: {one_line(reason)}", remedy=_ELSEWHERE
    )


def _shown(folder: Path) -> str:
    return repr(str(folder))
