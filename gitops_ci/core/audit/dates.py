"""Tells of dates that are not believed, and which judgements hang on them."""

from collections.abc import Iterable

from gitops_ci.core.audit.findings import FindingCollector
from gitops_ci.core.audit.history.arrivals import ArrivedCommit
from gitops_ci.core.audit.state.environment_states import States
from gitops_ci.core.believed_dates import AHEAD
from gitops_ci.core.freeze_window import utc
from gitops_ci.model.commits import LoggedCommit
from gitops_ci.model.config import Environment
from gitops_ci.model.ledger_views import VIOLATION, Finding
from gitops_ci.model.operation import PASSED, Verdict

DATE = "date"
_BY_THE_CLOCK = frozenset({"soak", "freeze"})


def add_disbelieved_dates(step: ArrivedCommit, collector: FindingCollector) -> None:
    """Note the commits of a step whose dates count nowhere."""
    for commit in step.disbelieved():
        collector.add_notice(DATE, commit, ("", ""), _words(step, commit))


class DoubtedDates:
    """Remembers the commits whose dates are not believed, for what hangs on them."""

    def __init__(self, states: States) -> None:
        self._states = states
        self._commits: set[str] = set()

    def add(self, step: ArrivedCommit) -> None:
        self._commits |= {commit.id for commit in step.disbelieved()}

    def words(
        self, verdict: Verdict, step: ArrivedCommit, commit: LoggedCommit, environment: Environment
    ) -> str:
        """Return the reason of a verdict on an operation of a commit; where it goes by the clock
        and did not pass, with the dates that could have said something else.
        """
        if verdict.gate not in _BY_THE_CLOCK or verdict.state == PASSED:
            return verdict.reason
        source = self._states.get((verdict.app, environment.source or ""))
        deployments = source.deployments if source and verdict.gate == "soak" else ()
        deciding = [*(deployment.commit for deployment in deployments), commit.id, step.commit.id]
        doubted = [name[:12] for name in dict.fromkeys(deciding) if name in self._commits]
        if not doubted:
            return verdict.reason
        return f"{verdict.reason}; what {', '.join(doubted)} claims as its date is not believed"


def from_the_future(commits: Iterable[LoggedCommit], now: int) -> list[Finding]:
    """Return the violations of what is pushed with a date that has not come yet."""
    return [
        Finding(
            VIOLATION,
            DATE,
            commit.id,
            commit.time,
            "",
            "",
            f"it is dated {utc(commit.time)}, and here it is {utc(now)}",
            "set the clock of the machine that made it, and make it again",
        )
        for commit in commits
        if commit.time > now + AHEAD
    ]


def _words(step: ArrivedCommit, commit: LoggedCommit) -> str:
    """Return why a date is not believed."""
    claim = f"it claims to be of {utc(commit.time)}" if commit.time else "it has no date"
    if step.arrived == step.latest:
        return f"{claim}, and arrived at {utc(step.arrived)}: its date counts for nothing"
    between = f"between {utc(step.arrived)} and {utc(step.latest)}"
    return f"{claim}, and the commits around it say {between}: its date counts for nothing"
