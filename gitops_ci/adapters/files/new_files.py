"""Writes files that are not there yet: all of them or none, and never over anything."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from gitops_ci.base import interrupts
from gitops_ci.base.errors import GitopsError
from gitops_ci.base.redaction import one_line


def existing_paths(folder: Path, paths: Sequence[str]) -> list[str]:
    """Return what exists already of some paths in a folder, and what would be written through
    (links, files as folders).
    """
    existing: dict[str, None] = {}
    for path in paths:
        parts = path.split("/")
        above = ["/".join(parts[:count]) for count in range(1, len(parts))]
        blocking = [
            parent
            for parent in above
            if os.path.lexists(folder / parent) and not _is_folder(folder / parent)
        ]
        if blocking or os.path.lexists(folder / path):
            existing[blocking[0] if blocking else path] = None
    return list(existing)


@contextmanager
def write_new_files(folder: Path, files: Mapping[str, bytes]) -> Iterator[None]:
    """Write files into a folder, which is made where it is missing; whatever goes wrong, in the
    body too, removes them again.

    A file that ends in .sh may be executed. Raises GitopsError.
    """
    paths: list[Path] = []
    try:
        try:
            _make_folder(folder, paths)
            for path, content in files.items():
                _make_folder((folder / path).parent, paths)
                _write(folder / path, content, paths)
        except OSError as error:
            raise GitopsError(
                f"{one_line(str(error.filename or folder))} can't be written: {error.strerror}",
                remedy="check its rights and the disk",
            ) from error
        yield
    except BaseException:
        for written in reversed(paths):
            with suppress(OSError):
                written.rmdir() if _is_folder(written) else written.unlink()
        raise


def _make_folder(folder: Path, written: list[Path]) -> None:
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        with interrupts.hold_signals():
            path.mkdir()
            written.append(path)


def _write(file: Path, content: bytes, written: list[Path]) -> None:
    mode = 0o777 if file.suffix == ".sh" else 0o666
    with interrupts.hold_signals():
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        written.append(file)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
