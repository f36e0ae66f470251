"""What a signal does to a process that has asked for it: it is raised once, not where it would do
harm, and never lost.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.surroundings import ROOT

BEGIN = """
import os, signal, sys, threading, time
from gitops_ci.base import interrupts, processes, temporary
interrupts.install()
send = signal.raise_signal

def runs(number):
    # one that nobody has waited for is in the table, and dead
    try:
        with open(f"/proc/{number}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False
"""


def outcome(script: str, *, ignored: int | None = None) -> str:
    """Run a script and return what it printed."""
    start = signal.signal(ignored, signal.SIG_IGN) if ignored else None
    try:
        done = subprocess.run(
            [sys.executable, "-c", BEGIN + script],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        if ignored:
            signal.signal(ignored, start)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 0
    return done.stdout


@pytest.mark.parametrize(
    ("number", "name"),
    [("SIGTERM", "Terminated"), ("SIGHUP", "Terminated"), ("SIGINT", "KeyboardInterrupt")],
)
def test_a_signal_becomes_an_exception(number: str, name: str) -> None:
    script = f"""
try:
    send(signal.{number})
except BaseException as error:
    print(type(error).__name__)
"""
    assert outcome(script) == f"{name}\n"


def test_a_signal_waits_until_the_outermost_body_has_ended() -> None:
    script = """
try:
    with interrupts.hold_signals():
        with interrupts.hold_signals():
            send(signal.SIGTERM)
        print("after the inner body")
    print("never here")
except interrupts.Terminated:
    print("behind the outer body")
"""
    assert outcome(script) == "after the inner body\nbehind the outer body\n"


def test_a_body_in_another_thread_holds_nothing_back() -> None:
    script = """
inside, done = threading.Event(), threading.Event()
def work():
    with interrupts.hold_signals():
        inside.set()
        done.wait()
threading.Thread(target=work).start()
inside.wait()
try:
    send(signal.SIGTERM)
except interrupts.Terminated:
    print("raised")
done.set()
"""
    assert outcome(script) == "raised\n"


def test_an_impatient_second_signal_does_not_disturb_what_cleans_up() -> None:
    script = """
try:
    try:
        send(signal.SIGINT)
    finally:
        send(signal.SIGINT)
        send(signal.SIGTERM)
        print("cleaned up")
except KeyboardInterrupt:
    print("once")
"""
    assert outcome(script) == "cleaned up\nonce\n"


def test_an_exception_that_python_drops_in_a_destructor_comes_again() -> None:
    script = """
class Last:
    def __del__(self):
        send(signal.SIGTERM)
try:
    Last()
    while True:
        time.sleep(0.01)
except interrupts.Terminated:
    print("not lost")
"""
    assert outcome(script) == "not lost\n"


@pytest.mark.parametrize(
    "waits", ["os.read(os.pipe()[0], 1)", "processes.run(['sleep', '600'], 600)", "time.sleep(600)"]
)
def test_a_signal_that_interrupts_no_wait_ends_it_all_the_same(waits: str) -> None:
    """It came right before the call that waits, or, as here, in another thread: the kernel sees no
    reason to end the call.
    """
    script = f"""
def late():
    time.sleep(0.2)
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

threading.Thread(target=late).start()
try:
    {waits}
except BaseException as error:
    print(type(error).__name__)
"""
    assert outcome(script) == "Terminated\n"


def test_an_exception_is_not_dropped_again_by_who_is_told_of_it() -> None:
    """The timer may be over in the very hook that starts it anew."""
    script = """
real = signal.setitimer

def over_at_once(*given):
    real(*given)
    signal.raise_signal(signal.SIGALRM)

class Dropped:
    def __del__(self):
        send(signal.SIGTERM)

signal.setitimer = over_at_once
try:
    Dropped()
    time.sleep(60)
except interrupts.Terminated:
    print("raised")
"""
    assert outcome(script) == "raised\n"


def test_the_timer_does_not_end_a_process_that_has_ended() -> None:
    assert outcome("interrupts._BEAT = 0.0001\ninterrupts.install()\nprint('done')") == "done\n"


def test_the_children_are_gone_before_anything_is_raised() -> None:
    script = """
child = processes.start(["sh", "-c", "sleep 600 >&- & echo $!; wait"])
started = int(child.stdout.readline())
try:
    send(signal.SIGTERM)
except interrupts.Terminated:
    print(processes.ended(child), runs(started))
"""
    assert outcome(script) == "True False\n"


def test_a_thread_that_is_left_behind_starts_nothing_any_more() -> None:
    script = """
go, said = threading.Event(), []
def work():
    go.wait()
    try:
        processes.start(["sleep", "600"])
    except OSError as error:
        said.append(error.strerror)
thread = threading.Thread(target=work)
thread.start()
try:
    send(signal.SIGTERM)
except interrupts.Terminated:
    go.set()
    thread.join()
    print(*said)
"""
    assert outcome(script) == "the program is ending\n"


def test_what_nobody_removed_is_removed_at_the_end(tmp_path: Path) -> None:
    script = f"""
made = temporary.make_folder("try-", __import__("pathlib").Path({str(tmp_path)!r}))
(made / "file").write_text("x")
kept = temporary.make_folder("kept-", made.parent)
temporary.keep(kept)
interrupts.finish()
"""
    assert outcome(script) == ""
    assert [path.name[:5] for path in tmp_path.iterdir()] == ["kept-"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_what_came_in_ignored_stays_ignored_and_sigterm_still_ends(number: signal.Signals) -> None:
    script = f"""
send(signal.{number.name})
print("goes on")
try:
    send(signal.SIGTERM)
except interrupts.Terminated:
    print("ends")
"""
    assert outcome(script, ignored=number) == "goes on\nends\n"


def test_a_child_that_does_not_listen_is_killed() -> None:
    script = """
child = processes.start(["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"])
child.stdout.readline()
processes.stop(child, grace=0.2)
print(child.returncode)
"""
    assert outcome(script) == f"{-signal.SIGKILL}\n"


def test_a_group_is_left_alone_once_its_leader_was_waited_for() -> None:
    """The number of a process that was waited for may be that of another one."""
    script = """
child = processes.start(["sh", "-c", "sleep 600 >&- 2>&- & echo $!"])
other = int(child.stdout.readline())
child.wait()
processes.stop(child)
os.kill(other, 0)
os.kill(other, signal.SIGKILL)
print("left alone")
"""
    assert outcome(script) == "left alone\n"


def test_a_wait_that_knows_no_time_limit_is_ended_by_that_of_the_run(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    script = f"""
interrupts.end_within(0.3, grace=0)
try:
    open({str(tmp_path / "pipe")!r}, "rb")
except interrupts.Overdue:
    print("over")
interrupts.end_within(float("inf"))
time.sleep(0.6)
print("no limit")
"""
    try:
        assert outcome(script) == "over\nno limit\n"
    finally:
        (tmp_path / "pipe").unlink()  # what a failed test leaves is copied
