"""Counts the skips of a run, and fails the run where a skip hides a part that has to be there."""

import os
from collections import Counter

import pytest

from tests.realparts import listed_part


def strict() -> bool:
    """Tell whether this run is one of a CI server."""
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


class Skips:
    """A pytest plugin of the process that collects the reports (not of the workers)."""

    def __init__(self, strict: bool) -> None:
        self.strict = strict
        self.reasons: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.refused() and session.exitstatus in {
            pytest.ExitCode.OK,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        }:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.reasons:
            return
        terminalreporter.section(f"{self.reasons.total()} skipped")
        for reason, count in sorted(self.reasons.items()):
            terminalreporter.line(f"{count:4} x {reason}")
        for reason in self.refused():
            terminalreporter.line(
                f"FAILED with CI set, where nothing may be missing: {reason}", red=True
            )

    def refused(self) -> list[str]:
        """Return the reasons for which this run has failed."""
        return sorted(reason for reason in self.reasons if self.strict and listed_part(reason))

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if (
            report.skipped
            and isinstance(report.longrepr, tuple)
            and not hasattr(report, "wasxfail")
        ):
            self.reasons[report.longrepr[2].removeprefix("Skipped: ")] += 1
