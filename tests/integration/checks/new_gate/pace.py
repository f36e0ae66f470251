"""What runs in the target ran there long enough before it is replaced."""

from msgspec.structs import replace

from gitops_ci.core.config.parts import Duration, seconds
from gitops_ci.core.freeze_window import utc
from gitops_ci.core.gates.gate import FactKind, Gate, GateInput, ReplayedHistory, Setting, promoted
from gitops_ci.model.operation import Verdict


def _replayed(replay: ReplayedHistory) -> int | None:
    running = [each.since for each in replay.target if each.until is None]
    return running[-1] if running else None


SINCE: FactKind[int | None] = FactKind(
    "since", None, _replayed
)  # when the release came that is replaced
PACE = Setting("pace", 0, seconds, Duration)


def _judge(given: GateInput) -> Verdict:
    since = given.fact(SINCE)
    if since is None:
        return given.passed("nothing is replaced")
    opens_at = since + PACE.of(given.change.environment)
    if opens_at <= given.facts.now:
        return given.passed(f"{given.change.before} ran long enough")
    reason = f"{given.change.before} runs since {utc(since)} alone"
    refused = given.refused(reason, f"try again after {utc(opens_at)}")
    return replace(refused, opens_at=utc(opens_at))


GATE = Gate("pace", promoted, _judge, (SINCE,), setting=PACE)
