"""What is being waited for is shown on a terminal, after a second, and taken away again."""

import io
import time
from types import SimpleNamespace

import pytest

from gitops_ci.base import progress


class Stream(io.StringIO):
    """A stderr that is a terminal or not."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        """Return what it was made for."""
        return self._terminal


def written(monkeypatch: pytest.MonkeyPatch, *, terminal: bool, patience: float = 0.0) -> str:
    """Return what a short wait writes to stderr."""
    stream = Stream(terminal)
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=stream))
    monkeypatch.setattr(progress, "_PATIENCE", patience)
    monkeypatch.setattr(progress, "_TICK", 0.01)
    with progress.shown_steps():
        progress.step("waiting for \x1b[2J the server")
        end = time.monotonic() + 5
        while terminal and not patience and not stream.getvalue() and time.monotonic() < end:
            time.sleep(0.01)
        progress.silence()
    return stream.getvalue()


def test_a_terminal_is_told_and_left_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    told = written(monkeypatch, terminal=True)
    assert "waiting for \\x1b[2J the server" in told
    assert told.endswith("\r\x1b[2K")


def test_nothing_is_shown_of_a_short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    assert written(monkeypatch, terminal=True, patience=60.0) == ""


def test_a_log_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert written(monkeypatch, terminal=False) == ""
