"""Runs a program as a process and says what it took: wall time, processor time with all children,
and bytes.
"""

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.servers.git_http import GitHttp

_LOG_DELAY = 0.05  # seconds; the server writes its access log after the client has its answer


@dataclass(frozen=True)
class Run:
    """What one run took: seconds of wall and processor time, bytes through the Git server,
    questions to another server.
    """

    wall: float
    cpu: float
    traffic: int = 0
    requests: int = 0


@dataclass(frozen=True)
class Series:
    """All runs of one side; the medians count, the extremes say how far to trust them."""

    runs: tuple[Run, ...]

    @property
    def wall(self) -> float:
        """Return the median wall time in seconds."""
        return statistics.median(run.wall for run in self.runs)

    @property
    def cpu(self) -> float:
        """Return the median processor time in seconds, children included."""
        return statistics.median(run.cpu for run in self.runs)

    @property
    def traffic(self) -> float:
        """Return the median of the bytes transferred."""
        return statistics.median(run.traffic for run in self.runs)

    @property
    def requests(self) -> float:
        """Return the median number of requests to the server that was asked."""
        return statistics.median(run.requests for run in self.runs)

    @property
    def spread(self) -> tuple[float, float]:
        """Return the shortest and the longest wall time in seconds."""
        return min(run.wall for run in self.runs), max(run.wall for run in self.runs)


def run(command: Sequence[str], extra: Mapping[str, str] | None = None) -> Run:
    """Run a program in an empty folder of its own, which is its temporary folder too; raises
    RuntimeError if it fails.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        environment = {**os.environ, "TMPDIR": name, **(extra or {})}
        with (folder / ".output").open("wb") as output:
            start = time.perf_counter()
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(
                f"{command[0]} ended with {process.returncode}: "
                f"{(folder / '.output').read_text()[-2000:]}"
            )
    return Run(wall, usage.ru_utime + usage.ru_stime)


def counted(server: GitHttp, once: Callable[[], Run]) -> Run:
    """Run once and add the bytes that went through the server meanwhile."""
    before = server.traffic()
    found = once()
    time.sleep(_LOG_DELAY)
    return Run(found.wall, found.cpu, server.traffic() - before)


def interleaved(rounds: int, *sides: Callable[[], Run]) -> list[Series]:
    """Measure every side once a round, each round beginning with another side, so that noise meets
    all of them.
    """
    found: list[list[Run]] = [[] for _ in sides]
    for number in range(rounds):
        for offset in range(len(sides)):
            index = (number + offset) % len(sides)
            found[index].append(sides[index]())
    return [Series(tuple(runs)) for runs in found]
