"""The program as a process: from its start to its end no signal shows a traceback or leaves
anything behind.
"""

import contextlib
import gc
import io
import os
import sys

from gitops_ci.base import interrupts


def run() -> None:
    """Run the command line and end the process with its exit code."""
    try:
        interrupts.install()
        code = _run()
    except KeyboardInterrupt:
        code = 130  # while the program was being loaded; later ones are told by the command line
    except interrupts.Terminated:
        code = 143
    interrupts.finish()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(
        code
    )  # everything is said and removed: taking the interpreter apart would only take time


def _run() -> int:
    from gitops_ci.cli import main

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(
            errors="backslashreplace"
        )  # a terminal that can't show a character is no reason to fail
    gc.disable()  # a process that lives for a moment has nothing to collect
    return main(sys.argv[1:])


if __name__ == "__main__":
    run()
