"""The release ran long enough in the environment before."""

from msgspec.structs import replace

from gitops_ci.config.model import Config
from gitops_ci.freeze_window import utc
from gitops_ci.gates.facts import Facts, Soak
from gitops_ci.gates.verdict import undecided, verdict
from gitops_ci.gates.words import duration
from gitops_ci.model import Unknown
from gitops_ci.operation import PASSED, REFUSED, Actor, Change, Plan, Verdict


def soak(plan: Plan, change: Change, config: Config, facts: Facts, actor: Actor) -> Verdict:
    """The release ran long enough, without an interruption, in the environment before."""
    needed, source = change.environment.soak, change.environment.source or ""
    soaked = facts.soaked.get(change.app.name, Soak(0))
    if isinstance(soaked, Unknown):
        return undecided("soak", change, soaked, "see that the history of the GitOps repository can be read")
    running = max(0, facts.now - soaked.since) if soaked.since is not None else 0
    longest = max(soaked.seconds, running)
    if longest >= needed:
        reason = f"{change.after} ran {duration(longest)} in {source}, {duration(needed)} are asked for"
        return replace(verdict("soak", change, PASSED, reason), measure=duration(longest))
    asked = duration(needed)
    if soaked.since is None:
        return verdict(
            "soak", change, REFUSED,
            f"{change.after} does not run in {source} now, and ran there {duration(longest)} of the {asked} that are asked for",
            f"bring it to {source} again and let it run there for {asked}",
        )  # fmt: skip
    opens_at = soaked.since + needed
    refused = verdict(
        "soak", change, REFUSED,
        f"{change.after} has run {duration(running)} of {asked} in {source}, long enough in {duration(opens_at - facts.now)}",
        f"try again after {utc(opens_at)}",
    )  # fmt: skip
    return replace(refused, opens_at=utc(opens_at))
