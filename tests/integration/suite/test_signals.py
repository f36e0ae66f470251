"""The tests behave the same in the background and under nohup, and end when they are told to."""

import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.integration.suite.running import alive, command, environment
from tests.program import Run

SAMPLE = """
import os
import signal
import subprocess
import time

import pytest

@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_what_is_started_hears(number):
    with subprocess.Popen(["sleep", "600"]) as child:
        child.send_signal(number)
        assert child.wait(60) == -number

def test_the_run_goes_on_without_its_terminal():
    for process in (os.getpid(), os.getppid()):
        if process in {os.getpid(), int(os.environ["CONTROLLER"])}:
            os.kill(process, signal.SIGHUP)
"""
ENDLESS = """
import os
import time
from pathlib import Path
from tests.servers.processes import running

def test_that_waits():
    with running(["sleep", "600"], Path(os.environ["TMPDIR"], "log"), lambda: True) as process:
        Path("started").write_text(str(process))
        time.sleep(600)
"""


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
def test_ignored_signals_reach_what_is_started_and_do_not_end_the_run(
    tmp_path: Path,
    workers: str,
) -> None:
    deaf = ["sh", "-c", 'trap "" INT HUP; export CONTROLLER=$$; exec "$@"', "deaf"]
    done = subprocess.run(
        [*deaf, *command(tmp_path, SAMPLE, "-n", workers)],
        cwd=tmp_path,
        env=environment(CI="1"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_run_that_is_told_to_end_leaves_nothing(
    tmp_path: Path,
    temporary: Path,
    workers: str,
) -> None:
    started = tmp_path / "started"
    environ = environment(CI="1", TMPDIR=str(temporary))
    with Run(command(tmp_path, ENDLESS, "-n", workers), cwd=tmp_path, env=environ) as run:
        while run.poll() is None and not (started.exists() and started.read_text()):
            time.sleep(0.05)
        run.send_signal(signal.SIGTERM)
        said, _ = run.communicate(timeout=120)
    assert run.returncode == pytest.ExitCode.INTERRUPTED, said
    assert not alive(started.read_text())
    assert list(temporary.iterdir()) == []
