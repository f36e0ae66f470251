"""Every check that the target asks for has passed for this release; the latest result of each name
decides.
"""

from collections.abc import Mapping, Sequence

import msgspec

from gitops_ci.core.believed_dates import AHEAD
from gitops_ci.core.config.parts import Text
from gitops_ci.core.gates.gate import (
    FactKind,
    Gate,
    GateInput,
    ReplayedHistory,
    Setting,
    SettingError,
    promoted,
)
from gitops_ci.core.gates.words import quoted
from gitops_ci.model.check_results import CheckResult, is_name, latest, of_release
from gitops_ci.model.operation import Verdict
from gitops_ci.model.release import Release, Unknown


class RecordedChecks(msgspec.Struct, frozen=True):
    """The results that are recorded for a release in ``from``, oldest first, and the commit of the
    ``notes`` with them.
    """

    results: tuple[CheckResult, ...] = ()
    notes: str | None = None


def _replayed(replay: ReplayedHistory) -> RecordedChecks:
    change = replay.change
    source = change.environment.source or ""
    return RecordedChecks(of_release(replay.checks, change.app.name, source, change.after))


CHECKS: FactKind[RecordedChecks | Unknown] = FactKind("checks", RecordedChecks(), _replayed)


def _read(names: Sequence[str]) -> tuple[str, ...]:
    for index, name in enumerate(names):
        if not is_name(name):
            remedy = "1 to 100 printable characters, no blanks around"
            raise SettingError(f"{name[:100]!r} can't name a check", remedy, index)
        if name in names[:index]:
            raise SettingError(f"the check {name!r} stands twice", "keep one of them", index)
    return tuple(names)


def _loosened(old: tuple[str, ...], new: tuple[str, ...]) -> str:
    dropped = [name for name in old if name not in new]
    return f"checks: {', '.join(dropped)} not asked for any more" if dropped else ""


NAMES: Setting[tuple[str, ...]] = Setting(
    "checks",
    (),
    _read,
    list[Text],
    in_words=", ".join,
    needs_source=True,
    loosened=_loosened,
)


def _judge(gate_input: GateInput) -> Verdict:
    change, recorded = gate_input.change, gate_input.fact(CHECKS)
    if isinstance(recorded, Unknown):
        remedy = "see that refs/notes/gitops-ci of the GitOps repository can be read"
        return gate_input.undecided(recorded, remedy)
    names = NAMES.of(change.environment)
    source = change.environment.source or ""
    results = of_release(recorded.results, change.app.name, source, change.after)
    # one of the year 2099 would be the newest for ever
    newest = latest(result for result in results if result.when <= gate_input.facts.now + AHEAD)
    deciding = {name: newest.get(name) for name in names}
    if all(result and result.passed for result in deciding.values()):
        return gate_input.passed(f"{' and '.join(names)} passed for {change.after}")
    return _refused(gate_input, deciding)


def _refused(gate_input: GateInput, results: Mapping[str, CheckResult | None]) -> Verdict:
    change = gate_input.change
    source = change.environment.source
    failed = [result for result in results.values() if result and not result.passed]
    missing = [name for name, result in results.items() if result is None]
    reasons = [_failed(result) for result in failed]
    if missing:
        reasons.append(f"no result of {' and '.join(missing)} for {change.after} in {source}")
    first = failed[0].name if failed else missing[0]
    options = f"--env {source} --tag {_tag(change.after)} --name {quoted(first)} --passed"
    remedy = f"when it has passed, record it: gitops-ci check {change.app.name} {options}"
    return gate_input.refused("; ".join(reasons), remedy)


def _failed(result: CheckResult) -> str:
    who = f" by {result.by}" if result.by else ""
    return f"{result.name} failed{who}" + (f" ({result.url})" if result.url else "")


def _tag(release: Release) -> str:
    return release.images[0].tag if release.images else "TAG"


GATE = Gate("checks", promoted, _judge, (CHECKS,), setting=NAMES)
