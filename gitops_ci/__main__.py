"""The program as a process: from its start to its end no signal shows a traceback or leaves
anything behind.
"""

# The first statements of the program: until `interrupts.install` Ctrl-C ends the process without a
# word, as SIGTERM does. `signal` imports for a millisecond in which Python would show a traceback.
import _signal  # type: ignore[import-not-found]  # typeshed leaves the module behind `signal` out

if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:  # not under nohup
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)

import contextlib
import gc
import io
import os
import sys

from gitops_ci import __version__
from gitops_ci.base import interrupts


def run() -> None:
    """Run the command line and end the process with its exit code."""
    _replace_closed_streams()
    try:
        interrupts.install()
        code = _run()
    except KeyboardInterrupt:
        code = 130  # while the program was being loaded; later ones are told by the command line
    except interrupts.Terminated:
        code = 143
    except interrupts.Overdue:
        code = 4
    interrupts.finish()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    # everything is said and removed: taking the interpreter apart would only take time
    os._exit(code)


def _replace_closed_streams() -> None:
    """Let what nobody reads or writes (``>&-``) lead nowhere: Python has None for it."""
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115 - as long as the process
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _run() -> int:
    if sys.argv[1:] == ["--version"]:
        # the vars ask before each step, and loading the command line costs 45 ms; it tells what
        # goes wrong with stdout
        with contextlib.suppress(OSError, ValueError):
            os.write(sys.stdout.fileno(), f"gitops-ci, version {__version__}\n".encode())
            return 0
    from gitops_ci.cli import main

    if isinstance(sys.stdout, io.TextIOWrapper):
        # a terminal that can't show a character is no reason to fail
        sys.stdout.reconfigure(errors="backslashreplace")
    gc.disable()  # a process that lives for a moment has nothing to collect
    return main(sys.argv[1:])


if __name__ == "__main__":
    run()
