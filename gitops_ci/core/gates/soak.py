"""The release ran long enough in the environment before."""

from msgspec.structs import replace

from gitops_ci.core.config.parts import Duration, seconds
from gitops_ci.core.freeze_window import utc
from gitops_ci.core.gates.gate import (
    FactKind,
    Gate,
    GateInput,
    ReplayedHistory,
    Setting,
    SettingError,
    promoted,
)
from gitops_ci.core.gates.words import duration
from gitops_ci.model.deployment import Soak, soak_of
from gitops_ci.model.operation import Verdict
from gitops_ci.model.release import Unknown

_LONGEST = 10 * 366 * 86400  # seconds: what is longer is a typing error, and no date may hold it


def _replayed(replay: ReplayedHistory) -> Soak:
    deployments = [deployment for deployment in replay.source if deployment.of(replay.change.after)]
    return soak_of(deployments, replay.now)


SOAK: FactKind[Soak | Unknown] = FactKind("soak", Soak(0), _replayed)


def _read(text: str) -> int:
    needed = seconds(text)
    if needed > _LONGEST:
        raise SettingError(f"{text[:100]} is longer than ten years", "give for example 4h or 1d12h")
    return needed


def _in_words(needed: int) -> str:
    return f"{needed} s" if needed else ""


def _loosened(old: int, new: int) -> str:
    return f"soak: {duration(old)} -> {duration(new) if new else 'none'}" if new < old else ""


NEEDED = Setting(  # seconds
    "soak", 0, _read, Duration, in_words=_in_words, needs_source=True, loosened=_loosened
)


def _judge(gate_input: GateInput) -> Verdict:
    change, fact = gate_input.change, gate_input.fact(SOAK)
    if isinstance(fact, Unknown):
        remedy = "see that the history of the GitOps repository can be read"
        return gate_input.undecided(fact, remedy)
    needed, source = NEEDED.of(change.environment), change.environment.source
    running = max(0, gate_input.facts.now - fact.since) if fact.since is not None else 0
    longest = max(fact.seconds, running)
    required = duration(needed)
    if longest >= needed:
        reason = f"{change.after} ran {duration(longest)} in {source}, {required} are asked for"
        return replace(gate_input.passed(reason), measure=duration(longest))
    if fact.since is None:
        ran = f"ran there {duration(longest)} of the {required} that are asked for"
        return gate_input.refused(
            f"{change.after} does not run in {source} now, and {ran}",
            f"bring it to {source} again and let it run there for {required}",
        )
    opens_at = fact.since + needed
    left = duration(opens_at - gate_input.facts.now)
    refused = gate_input.refused(
        f"{change.after} has run {duration(running)} of {required} in {source}, long enough in "
        f"{left}",
        f"try again after {utc(opens_at)}",
    )
    return replace(refused, opens_at=utc(opens_at))


GATE = Gate("soak", promoted, _judge, (SOAK,), setting=NEEDED)
