"""What stands between a release and an environment, in words that a person can act on."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import asdict

from gitops_ci.base.errors import RefusedError
from gitops_ci.base.redaction import safe
from gitops_ci.core.gates.words import duration, quoted
from gitops_ci.model.operation import OVERRIDDEN, PASSED, PENDING, REFUSED, Change, Verdict
from gitops_ci.model.outcome import Explanation, Outcome
from gitops_ci.report import operation, operation_text
from gitops_ci.report.formats import result
from gitops_ci.report.formats.output import TextOutput, render
from gitops_ci.report.formats.terminal import Style, mark
from gitops_ci.report.formats.times import time_words

_ORDER = (REFUSED, PENDING, OVERRIDDEN, PASSED)
_WORDS: dict[str, tuple[str, Style]] = {
    REFUSED: ("blocks", "bad"),
    PENDING: ("waits", "wait"),
    OVERRIDDEN: ("by force", "wait"),
    PASSED: ("passed", "good"),
}
_WIDTH = 10


class ExplainResult(result.Result, frozen=True, kw_only=True):
    """The result document of ``explain``; ``opens_at`` null where one of the gates never opens by
    itself.
    """

    blocked: bool
    waiting: bool
    opens_at: str | None


def show(explanation: Explanation, output: TextOutput) -> None:
    render(output, lambda: document(explanation), text=lambda: text(explanation))


def text(explanation: Explanation) -> str:
    """Return each application's move with what blocks it first, and a summary in one sentence."""
    blocks: list[str] = []
    if explanation.outcome:
        blocks += [
            _application(change, explanation.outcome, explanation.now)
            for change in explanation.outcome.plan.changes
        ]
    if explanation.refusal:
        blocks.append(_refused(explanation.refusal))
    return "\n".join([*blocks, f"{safe(summary(explanation))}\n"])


def summary(explanation: Explanation) -> str:
    """Return in one sentence what keeps the promotion, until when, and what then."""
    name, outcome = explanation.environment.name, explanation.outcome
    if explanation.refusal:
        return f"nothing can be promoted to {name}: {explanation.refusal.message}"
    if outcome is None:
        return _takes_builds(explanation)
    if not outcome.plan.changes:
        return operation_text.message(outcome)
    what = _what(outcome)
    refused, pending = _in_state(outcome, REFUSED), _in_state(outcome, PENDING)
    waits = f"the approval of {' or '.join(pending[0].openers)}" if pending else ""
    if refused:
        gates = " and ".join(dict.fromkeys(verdict.gate for verdict in refused))
        until = _until(refused, explanation.now)
        then = f"; it also needs {waits}" if waits else ""
        return f"{what} can't be promoted to {name}: blocked by {gates}{until}{then}"
    if pending:
        return f"{what} waits for {waits}"
    return f"nothing blocks: {what} can be promoted to {name}"


def _takes_builds(explanation: Explanation) -> str:
    name, fed = explanation.environment.name, explanation.next
    then = ""
    if fed:
        verb = "receives" if len(fed) == 1 else "receive"
        then = f"; {' and '.join(fed)} {verb} what runs there"
    return f"{name} takes builds directly: gitops-ci update APP --env {name} --tag TAG{then}"


def document(explanation: Explanation) -> ExplainResult:
    """Return the promotion's document with a message of its own; there may be no promotion."""
    outcome = explanation.outcome
    refused = _in_state(outcome, REFUSED) if outcome else []
    fields = asdict(operation.document(outcome)) if outcome else {}
    if explanation.refusal:
        fields["gates"] = [result.refusal(explanation.refusal)]
    fields |= {
        "ok": True,
        "exit_code": 0,
        "category": "unchanged" if outcome and not outcome.plan.changes else "planned",
        "message": summary(explanation),
        "operation": "explain",
        "environment": explanation.environment.name,
    }
    return ExplainResult(
        **fields,
        blocked=bool(refused or explanation.refusal),
        waiting=bool(outcome and _in_state(outcome, PENDING)),
        opens_at=_opens(refused),
    )


def _application(change: Change, outcome: Outcome, now: int) -> str:
    before = change.before.label or "nothing"
    lines = [
        f"{safe(f'{change.app.name} {change.after} -> {change.environment.name}')} (there "
        f"now: {safe(before)})\n"
    ]
    origin = change.origin
    if origin and origin.environment:
        record = origin.record
        since = (
            f" since {time_words(record.time)} UTC (commit {record.commit[:12]})" if record else ""
        )
        lines.append(
            safe(f"  {'runs' if origin.present else 'ran'} in {origin.environment}{since}") + "\n"
        )
    lines.append("\n")
    own = [each for each in outcome.verdicts if each.app == change.app.name]
    for verdict in sorted(own, key=lambda each: _ORDER.index(each.state)):
        lines += _verdict(verdict, outcome, now)
    return "".join(lines)


def _verdict(verdict: Verdict, outcome: Outcome, now: int) -> list[str]:
    word, style = _WORDS[verdict.state]
    indent = " " * (_WIDTH + 2)
    lines = [f"  {mark(word.ljust(_WIDTH), style)}{verdict.gate}: {safe(verdict.reason)}\n"]
    if verdict.opens_at:
        lines.append(f"{indent}until {safe(_time_left(verdict.opens_at, now))}\n")
    elif verdict.remedy and verdict.state in {REFUSED, PENDING} and not _awaited(verdict):
        lines.append(f"{indent}{safe(verdict.remedy)}\n")
    # an approval that is refused opens by its remedy alone, whoever approves
    opens = verdict.state == PENDING or (verdict.state == REFUSED and verdict.gate != "approval")
    if opens and verdict.openers:
        lines.append(f"{indent}who can open it: {safe(', '.join(verdict.openers))}\n")
        lines.append(f"{indent}  {safe(_command(verdict, outcome))}\n")
    return lines


def _awaited(verdict: Verdict) -> bool:
    return verdict.gate == "approval" and verdict.state == PENDING


def _command(verdict: Verdict, outcome: Outcome) -> str:
    """Return what one of those who can open a gate lets run."""
    request = outcome.request
    command = [
        "gitops-ci promote",
        *map(quoted, request.apps),
        *(["--all"] if request.every else []),
        f"--to {request.environment}",
    ]
    command += [f"--from {quoted(request.source)}"] if request.source else []
    command += [f"--tag {quoted(request.tag)}"] if request.tag else []
    command += [f"--commit {quoted(request.commit)}"] if request.commit else []
    command += [f"--version {quoted(request.version)}"] if request.version else []
    if verdict.gate == "approval":
        command += ["--approved-by NAME", f"--approved-plan {outcome.plan.id}"]
    else:
        command += [f"--override {verdict.gate}", "--requested-by NAME", "--reason TEXT"]
    return " ".join(command)


def _refused(error: RefusedError) -> str:
    remedy = f"{' ' * (_WIDTH + 2)}{safe(error.remedy)}\n" if error.remedy else ""
    return f"  {mark('blocks'.ljust(_WIDTH), 'bad')}{error.gate}: {safe(error.message)}\n{remedy}"


def _in_state(outcome: Outcome, state: str) -> list[Verdict]:
    return [verdict for verdict in outcome.verdicts if verdict.state == state]


def _opens(refused: Sequence[Verdict]) -> str | None:
    """Return when the last of the gates opens by itself; None where one of them never does."""
    times = [verdict.opens_at for verdict in refused if verdict.opens_at]
    return max(times, key=datetime.fromisoformat) if times and len(times) == len(refused) else None


def _until(refused: Sequence[Verdict], now: int) -> str:
    last = _opens(refused)
    return f" until {_time_left(last, now)}" if last else ""


def _time_left(opens_at: str, now: int) -> str:
    """Return a time as the gate's own zone has it, and how long it is until then."""
    time = datetime.fromisoformat(opens_at)
    zone = time.strftime("%z")
    offset = "UTC" if zone in {"", "+0000"} else f"UTC{zone[:3]}:{zone[3:]}"
    return f"{time:%a %Y-%m-%d %H:%M} {offset} (in {duration(max(0, int(time.timestamp()) - now))})"


def _what(outcome: Outcome) -> str:
    changes = outcome.plan.changes
    return (
        f"{changes[0].app.name} {changes[0].after}"
        if len(changes) == 1
        else f"{len(changes)} applications"
    )
