"""SIGTERM, SIGHUP and SIGINT as exceptions of the main thread, which come late where they would
leave something behind.

Python runs a signal's handler between any two instructions of the main thread: also between the
start of a process and the ``try`` that would end it. `held` closes that gap: a signal that comes
inside is raised behind it. What runs beside the main thread ends before anything is raised
(`on_interrupt`), so that nobody who unwinds removes what a child still writes to.

A signal that comes right before a system call that waits, or in another thread, interrupts nothing:
Python would run its handler when the call returns, hours later. A timer interrupts every wait a few
times a second.

The same timer holds the time limit of the whole run (`end_within`) where nothing else does: a named
pipe that nobody writes to, a file without end, a computation that somebody made endless.
"""

import atexit
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType

# A second signal within so many seconds is that of an impatient person: what the first one has
# begun to remove is removed.
_UNWINDING = 10.0
_SOON = 0.001  # seconds until an exception that got lost is raised again
_BEAT = 0.25  # seconds in which a wait that has missed a signal learns of it
# Seconds beyond a time limit: whoever waits for something knows the limit itself, ends its children
# and says what it has waited for.
_GRACE = 5.0

_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class Terminated(BaseException):
    """The process was asked to end by SIGTERM or SIGHUP."""


class Overdue(BaseException):
    """The time limit of the run is over, and nobody who waited has noticed."""


class _State:
    def __init__(self) -> None:
        self.installed = False
        self.depth = 0
        self.pending: int | None = None
        self.last: int = signal.SIGTERM
        self.lost = False
        self.raised_at = float("-inf")
        self.due = float("inf")
        self.on_interrupt: list[Callable[[], None]] = []
        self.on_exit: list[Callable[[], None]] = []


_state = _State()
_RAISED: dict[int, type[BaseException]] = {
    signal.SIGINT: KeyboardInterrupt,
    signal.SIGALRM: Overdue,
}


class HeldSignals:
    """While the body runs in the main thread no signal is raised; one that came is raised behind
    the outermost body.
    """

    def __enter__(self) -> None:
        if _in_main_thread():
            _state.depth += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not _in_main_thread():
            return
        _state.depth -= 1
        number = _state.pending
        if _state.depth == 0 and number is not None:
            _state.pending = None
            _interrupt(number)


_held = HeldSignals()


def hold_signals() -> HeldSignals:
    """Return the context in which signals wait; for a moment, not for what may take long."""
    return _held


def install() -> None:
    """Let SIGTERM and SIGHUP raise `Terminated` and SIGINT KeyboardInterrupt in this process.

    SIGHUP and SIGINT stay ignored where they came in ignored, as nohup and a shell's background
    jobs want it.
    """
    for number in _SIGNALS:
        if number == signal.SIGTERM or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _handle)
    signal.signal(signal.SIGALRM, _beat)
    signal.setitimer(signal.ITIMER_REAL, _BEAT, _BEAT)
    # later Python gives signals back to the system, which ends the process for one that nobody
    # handles
    atexit.register(_stop_timer)
    sys.unraisablehook = _not_raised
    _state.installed = True


def end_within(seconds: float, grace: float = _GRACE) -> None:
    """Have `Overdue` raised when so many seconds from now have passed, and the grace behind them.

    Replaces an earlier limit, with infinity by none. Holds where `install` was called.
    """
    _state.due = time.monotonic() + seconds + grace


def ignore() -> None:
    """From here on nothing is raised: how the process ends is decided. Does nothing where `install`
    was not called.
    """
    if _state.installed:
        _stop_timer()
        for number in (*_SIGNALS, signal.SIGALRM):
            signal.signal(number, signal.SIG_IGN)


def finish() -> None:
    """Raise nothing any more, and do what `on_exit` was given: the last that a process does."""
    ignore()
    for call in _state.on_exit:
        call()


def on_interrupt(call: Callable[[], None]) -> None:
    """Have something called before a signal is raised; it must not raise, nor wait for a lock that
    its caller may hold.
    """
    _state.on_interrupt.append(call)


def on_exit(call: Callable[[], None]) -> None:
    """Have something called by `finish`, behind what was given before."""
    _state.on_exit.append(call)


def _handle(number: int, _frame: FrameType | None) -> None:
    if _state.depth:
        _state.pending = number
    else:
        _interrupt(number)


def _interrupt(number: int) -> None:
    now = time.monotonic()
    if now - _state.raised_at < _UNWINDING:
        return
    _state.raised_at = now
    _state.depth += 1
    for call in _state.on_interrupt:
        call()
    _state.depth -= 1
    _state.pending = None
    _state.last = number
    raise _RAISED.get(number, Terminated)


def _not_raised(unraisable: "sys.UnraisableHookArgs") -> None:
    """Have an exception of ours raised again that Python dropped: in a destructor or a callback
    nobody can catch it.
    """
    if isinstance(unraisable.exc_value, KeyboardInterrupt | Terminated | Overdue):
        _state.raised_at = float("-inf")
        _state.lost = True
        signal.setitimer(signal.ITIMER_REAL, _SOON, _BEAT)
    else:
        sys.__unraisablehook__(unraisable)


def _beat(_number: int, frame: FrameType | None) -> None:
    """Let Python run the handlers of what came in meanwhile, and raise what it dropped, or that
    time is over.

    In the hook that is told of it Python would drop it again, for good: the next beat raises it.
    """
    if _in_hook(frame):
        return
    if _state.lost:
        _state.lost = False
        _handle(_state.last, frame)
    elif time.monotonic() > _state.due:
        _handle(signal.SIGALRM, frame)


def _in_hook(frame: FrameType | None) -> bool:
    while frame:
        if frame.f_code is _not_raised.__code__:
            return True
        frame = frame.f_back
    return False


def _stop_timer() -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)


def _in_main_thread() -> bool:
    return threading.get_ident() == threading.main_thread().ident
