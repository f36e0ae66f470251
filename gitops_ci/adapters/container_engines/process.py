"""Runs an engine: its output goes live to stderr, its time is bounded, and it leaves no process
behind.
"""

import contextlib
import logging
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from typing import IO

import msgspec

from gitops_ci.base import processes
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import ImageError
from gitops_ci.base.redaction import printable, redact

log = logging.getLogger(__name__)

_KEPT = 200  # lines
_LAST = 15  # lines of an error message
_LINE = 8192  # bytes; a longer one is cut into several
_GRACE = 5.0  # seconds to end after SIGTERM: buildah removes its working container
_DRAIN = 2.0  # seconds for output that is still in the pipe when the engine has ended


class FinishedEngine(msgspec.Struct, frozen=True):
    """How a process ended: ``code`` as subprocess has it, ``output`` the last lines of stdout and
    stderr, masked.
    """

    code: int
    output: str
    timed_out: bool = False

    @property
    def last_words(self) -> str:
        """Return the last lines."""
        return "\n".join(self.output.splitlines()[-_LAST:])


def run(
    command: Sequence[str],
    environ: Mapping[str, str] | None,
    deadline: Deadline,
    *,
    quiet: bool = False,
) -> FinishedEngine:
    """Run a program until it ends or time is over; raises ImageError when it can't be started."""
    log.debug("run %s", " ".join(command))
    try:
        process = processes.start(command, environ=environ, stderr=subprocess.STDOUT)
    except (OSError, ValueError) as error:
        raise ImageError(
            f"{command[0]} can't be run: {error}",
            remedy=f"install {command[0]}, or name another engine",
        ) from error
    lines: deque[str] = deque(maxlen=_KEPT)
    # the reader alone closes the pipe: closing what another thread reads would wait for it
    output, process.stdout = process.stdout, None
    reader = threading.Thread(target=_copy, args=(output, lines, quiet), daemon=True)
    try:
        reader.start()
        in_time = processes.wait(process, max(0.1, deadline.remaining()))
    finally:
        processes.stop(process, _GRACE)
    reader.join(_DRAIN)
    return FinishedEngine(process.returncode, "".join(lines), not in_time)


def _copy(stream: IO[bytes], lines: "deque[str]", quiet: bool) -> None:
    with stream:
        while block := stream.readline(_LINE):
            line = printable(redact(block.decode(errors="replace").replace("\r", "\n")))
            lines.append(line)
            if not quiet:
                # nobody reads stderr any more: the engine has to go on
                with contextlib.suppress(OSError, ValueError):
                    sys.stderr.write(line)
                    sys.stderr.flush()
