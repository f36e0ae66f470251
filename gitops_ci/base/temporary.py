"""Temporary files and folders that are gone when the program is, however it ends.

Each is registered in the same breath in which it is made (`interrupts.hold_signals`); what is still
registered at the end of the program is removed by `remove_all`.
"""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gitops_ci.base import interrupts
from gitops_ci.base.errors import GitopsError

_TRIES = 50
_PAUSE = 0.02  # seconds; what was just ended in the folder may still have written

_registered: set[Path] = set()


@contextmanager
def folder(suffix: str = "") -> Iterator[Path]:
    """Make a folder for the body in the system's temporary folder; raises GitopsError.

    Its name is gitops-ci-SUFFIX-RANDOM.
    """
    path = make_folder(f"gitops-ci-{suffix}-" if suffix else "gitops-ci-")
    try:
        yield path
    finally:
        remove(path)


def make_folder(prefix: str, parent: Path | None = None) -> Path:
    """Make a folder that the caller removes with `remove`, or keeps with `keep`; raises OSError
    where it can't be made in ``parent``, GitopsError in the system's temporary folder.
    """
    try:
        with interrupts.hold_signals():
            path = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
            _registered.add(path)
    except OSError as error:
        if parent:
            raise
        raise GitopsError(
            f"no temporary folder can be made: {error.strerror}", remedy="check TMPDIR and the disk"
        ) from error
    return path


@contextmanager
def replacement(path: Path) -> Iterator[BinaryIO]:
    """Give a new file beside ``path``, closed behind the body, that takes the place of ``path`` if
    the body ends well.

    Readers of ``path`` find the old file or the whole new one. The new one may be read and written
    by its owner alone until the body changes that. Raises OSError.
    """
    with interrupts.hold_signals():
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
        new = Path(name)
        _registered.add(new)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        with interrupts.hold_signals():
            new.replace(path)
            keep(new)
    finally:
        remove(new)


def umask() -> int:
    """Return the bits that new files and folders of this process don't get."""
    with interrupts.hold_signals():
        mask = os.umask(0)
        os.umask(mask)
    return mask


def keep(path: Path) -> None:
    """Leave a folder or file where it is: it has become a result."""
    _registered.discard(path)


def remove(path: Path) -> None:
    """Remove a folder or file that was made here, unless it is kept."""
    if path not in _registered:
        return
    with interrupts.hold_signals():
        remove_tree(path)
        _registered.discard(path)


def remove_all() -> None:
    """Remove everything that is still registered."""
    for path in list(_registered):
        remove(path)


def remove_tree(path: Path) -> None:
    """Remove a file or a folder with all that it holds, as far as that is possible."""
    if not path.is_dir():
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        return
    for _ in range(_TRIES):
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            return
        time.sleep(_PAUSE)


interrupts.on_exit(remove_all)
