"""Runs the program in this process as in one of its own.

Starting Python and importing the program takes a third of a second, and most tests show nothing
that needs it. Signals, limits of a process and what Python does at its end do need one: those
tests start ``python -m gitops_ci``. ``tests/integration/test_in_process.py`` compares both.
"""

import contextlib
import io
import logging
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gitops_ci.base import redaction
from gitops_ci.cli import main

_STANDARD = (0, 1, 2)


@dataclass(frozen=True)
class Ended:
    """Exit code and both streams of a run; where they went to one log, ``err`` is empty."""

    code: int
    out: bytes
    err: bytes


def run(
    words: Sequence[str],
    folder: Path,
    environ: Mapping[str, str],
    *,
    together: bool = False,
    stdin: bytes = b"",
) -> Ended:
    """Run the program in a folder, with exactly this environment and standard input.

    ``together`` sends both streams to one file, as ``2>&1`` does: what is left in the buffer of
    standard output comes after what was written to standard error, there as here.
    """
    with tempfile.TemporaryFile(buffering=0) as out, tempfile.TemporaryFile(buffering=0) as err:
        streams = _streams(stdin, out, out if together else err)
        with _forgotten(), _place(folder, environ), streams:
            code = main(words)
        return Ended(int(code), _content(out), _content(err))


@contextlib.contextmanager
def _forgotten() -> Iterator[None]:
    """Take away what lasts as long as a process: a secret of the run before would be masked."""
    secrets = set(redaction._secrets)
    logger = logging.getLogger("gitops_ci")
    handlers, level, propagate = list(logger.handlers), logger.level, logger.propagate
    redaction._secrets.clear()
    try:
        yield
    finally:
        redaction._secrets.clear()
        redaction._secrets.update(secrets)
        logger.handlers[:] = handlers
        logger.setLevel(level)
        logger.propagate = propagate


@contextlib.contextmanager
def _place(folder: Path, environ: Mapping[str, str]) -> Iterator[None]:
    before, kept = Path.cwd(), dict(os.environ)
    os.chdir(folder)
    _be(environ)
    try:
        yield
    finally:
        _be(kept)
        os.chdir(before)


def _be(environ: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environ)
    tempfile.tempdir = None  # found anew: TMPDIR may have changed


@contextlib.contextmanager
def _streams(given: bytes, out: BinaryIO, err: BinaryIO) -> Iterator[None]:
    """Lead the streams of this process and of its children to files, buffered as Python does."""
    kept = [os.dup(number) for number in _STANDARD]
    streams = sys.stdin, sys.stdout, sys.stderr
    for stream in streams[1:]:
        stream.flush()
    with tempfile.TemporaryFile(buffering=0) as stdin:
        stdin.write(given)
        stdin.seek(0)
        for number, source in zip(_STANDARD, (stdin, out, err), strict=True):
            os.dup2(source.fileno(), number)
    sys.stdin, sys.stdout, sys.stderr = _stream(0), _stream(1), _stream(2)
    try:
        yield
    finally:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        sys.stdin, sys.stdout, sys.stderr = streams
        for number, copy in zip(_STANDARD, kept, strict=True):
            os.dup2(copy, number)
            os.close(copy)


def _stream(number: int) -> io.TextIOWrapper:
    if number == 0:
        return open(0, encoding="utf-8", closefd=False)
    return open(
        number,
        "w",
        encoding="utf-8",
        errors="backslashreplace",
        buffering=1 if number == 2 else -1,
        closefd=False,
    )


def _content(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read()
