"""Reads a local file, and replaces it as a whole."""

import os
import stat
from pathlib import Path

from gitops_ci.base import temporary
from gitops_ci.base.errors import ValuesError
from gitops_ci.base.redaction import one_line

_LARGEST = 20_000_001  # bytes; one more than the editor takes, so that it is the editor who refuses


def read_file(path: Path) -> bytes:
    """Return the bytes of a regular file; raises ValuesError."""
    shown = one_line(str(path))
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise ValuesError(f"{shown} is not a regular file", remedy="give a YAML file")
            return file.read(_LARGEST)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ValuesError(
            f"{shown} can't be read: {reason}", remedy="give the path of a YAML file"
        ) from error


def replace_file(path: Path, before: bytes, after: bytes) -> None:
    """Write a file anew in one step, with its mode; a symbolic link stays, its target is written.

    Raises ValuesError when that is not possible, or when the file is no longer what it was.
    """
    shown = one_line(str(path))
    try:
        target = path.resolve(strict=True)
        state = target.stat()
        with temporary.replacement(target) as file:
            file.write(after)
            _adopt(file.fileno(), state)
            file.flush()
            os.fsync(file.fileno())
            if read_file(target) != before:
                raise ValuesError(
                    f"{shown} was changed by somebody else meanwhile", remedy="run it again"
                )
    except OSError as error:
        raise ValuesError(
            f"{shown} can't be written: {error.strerror}",
            remedy="check the rights on the file and its folder",
        ) from error


def _adopt(handle: int, state: os.stat_result) -> None:
    """Give the new file the owner and mode of the old one, as far as this user may."""
    if (state.st_uid, state.st_gid) != (os.geteuid(), os.getegid()):
        try:
            os.fchown(handle, state.st_uid, state.st_gid)
        except PermissionError:
            os.fchmod(handle, stat.S_IMODE(state.st_mode) & 0o777)
            return
    os.fchmod(handle, stat.S_IMODE(state.st_mode))


def _without_waiting(path: str, flags: int) -> int:
    # a named pipe would hold us for ever
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)
