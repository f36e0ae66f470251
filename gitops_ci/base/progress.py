"""Says on a terminal what is being waited for, once that takes more than a second; silent
everywhere else.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from gitops_ci.base.redaction import one_line, redact

_PATIENCE: Final = 1.0  # seconds before anything is shown
_TICK: Final = 0.1
_FRAMES: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_CLEAR: Final = "\r\x1b[2K"
_state = {"step": "", "drawn": ""}
_lock = threading.Lock()


def step(text: str) -> None:
    """Say what is being done from now on."""
    _state["step"] = one_line(redact(text))


def current() -> str:
    """Return what was last said to be done, '' for nothing."""
    return _state["step"]


def clear() -> None:
    """Take the line away before something else is written to stderr."""
    with _lock:
        _erase()


def silence() -> None:
    """Show nothing any more: the result is being printed."""
    step("")
    clear()


@contextmanager
def shown_steps() -> Iterator[None]:
    """Show the steps while the body runs, where stderr is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    event = threading.Event()
    thread = threading.Thread(target=_draw, args=(event, time.monotonic()), daemon=True)
    thread.start()
    try:
        yield
    finally:
        event.set()
        thread.join()
        clear()


def _draw(done: threading.Event, started: float) -> None:
    frame = 0
    while not done.wait(_TICK):
        if time.monotonic() - started > _PATIENCE and _state["step"]:
            frame = (frame + 1) % len(_FRAMES)
            with _lock:
                _erase()
                seconds = int(time.monotonic() - started)
                _state["drawn"] = f"{_FRAMES[frame]} {_state['step']} ({seconds} s)"[: _width()]
                sys.stderr.write(_state["drawn"])
                sys.stderr.flush()


def _width() -> int:
    import shutil

    return max(20, shutil.get_terminal_size().columns - 1)


def _erase() -> None:
    if _state["drawn"]:
        _state["drawn"] = ""
        sys.stderr.write(_CLEAR)
        sys.stderr.flush()
