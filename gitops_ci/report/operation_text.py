"""An operation's outcome as text for people."""

from gitops_ci.base.redaction import printable
from gitops_ci.model.operation import (
    OVERRIDDEN,
    PASSED,
    PENDING,
    REFUSED,
    Change,
    ChartEntry,
    Plan,
    Proposal,
    Verdict,
)
from gitops_ci.model.outcome import Outcome
from gitops_ci.report.formats import terminal
from gitops_ci.report.formats.text_diff import file_diff

# characters: newer Input plug-ins send the message as a header too, and Jetty takes no more than 8
# KiB of headers
_LONGEST_SUMMARY = 6_000
_SHORTEST_END = 2_000  # with verdicts and plan id
_MARKS = {PASSED: "ok  ", REFUSED: "NO  ", PENDING: "wait", OVERRIDDEN: "OVER"}
_STYLES: dict[str, terminal.Style] = {
    "+": "good",
    "  ok ": "good",
    "-": "bad",
    "  NO ": "bad",
    "  OVER": "bad",
    "  wait": "wait",
    "warning:": "wait",
    "@@": "faint",
}


def text(outcome: Outcome) -> str:
    """Return the moves, the difference, the gates, the plan's id and how it ended."""
    blocks = _plan_blocks(outcome) if outcome.plan.changes else []
    blocks += [f"warning: {notice}\n" for notice in outcome.notices]
    blocks.append(f"{message(outcome)}\n")
    if outcome.proposal and outcome.proposal.made:
        blocks[-1] += "".join(f"  {hint}\n" for hint in hints(outcome.proposal))
    return "\n".join(block for block in blocks if block)


def coloured(shown: str) -> str:
    """Return a printable text, on a terminal with verdicts and difference in colour."""
    if not terminal.coloured():
        return shown
    return "\n".join(terminal.paint(line, _style(line)) for line in shown.split("\n"))


def _style(line: str) -> terminal.Style:
    return next((style for start, style in _STYLES.items() if line.startswith(start)), "")


def message(outcome: Outcome) -> str:
    """Return in one sentence how it ended."""
    plan, proposal, removes = outcome.plan, outcome.proposal, outcome.plan.kind.removes
    if not plan.changes:
        return _message_without_changes(outcome)
    moves = f"{_where(outcome)}: {_what(plan.changes)}"
    if outcome.published:
        tag = f" with the Git tag {outcome.git_tag.name}" if outcome.git_tag else ""
        done = f"{_retires(plan, 'retired')}: commit" if removes else f"{moves} published as"
        return f"{done} {outcome.commit}{tag}"
    if proposal and proposal.made:
        done = "is proposed already on" if proposal.kept else "proposed on"
        return f"{moves} {done} {proposal.branch} as {outcome.commit}"
    for verdict in outcome.verdicts:
        if verdict.state in {REFUSED, PENDING}:
            blocked = f"{verdict.state} by {verdict.gate} of {verdict.app}"
            return f"{_where(outcome)}: {blocked}: {verdict.reason}"
    if proposal:
        return f"{moves} would be proposed on {proposal.branch}"
    return _retires(plan, "would be retired") if removes else f"{moves} would be published"


def _retires(plan: Plan, verb: str) -> str:
    return f"{_what(plan.changes)} {verb} from {plan.environment.name}"


def _message_without_changes(outcome: Outcome) -> str:
    plan, git_tag = outcome.plan, outcome.git_tag
    if git_tag and not git_tag.there:
        done = "published" if outcome.published else "would be published"
        return (
            f"{_where(outcome)}: the Git tag {git_tag.name} {done} on commit "
            f"{outcome.commit or git_tag.commit}"
        )
    commit = f" (commit {outcome.commit[:12]})" if outcome.commit else ""
    return f"nothing to do: {_what(plan.unchanged)} is in {plan.environment.name} already{commit}"


def _where(outcome: Outcome) -> str:
    preposition = "from" if outcome.plan.kind.removes else "to"
    return f"{outcome.plan.operation} {preposition} {outcome.plan.environment.name}"


def _what(changes: tuple[Change, ...]) -> str:
    if len(changes) == 1:
        return f"{changes[0].app.name} {changes[0].after}"
    return f"{len(changes)} applications"


def diff(outcome: Outcome) -> str:
    """Return the change of the values files as a unified diff."""
    return "".join(
        file_diff(file, outcome.before[file], after) for file, after in outcome.after.items()
    )


def rendered_diff(outcome: Outcome) -> str | None:
    """Return the change of the manifests as a unified diff, None where nobody asked for it."""
    if not outcome.request.show_rendered:
        return None
    from gitops_ci.report.formats import manifests  # few ask for it

    return manifests.difference(outcome.rendered)


def summary(outcome: Outcome) -> str:
    """Return a plan for the page of a question, shortened in the middle where it is too long."""
    blocks = _plan_blocks(outcome)
    warnings = (
        f"warning: {verdict.app}: {verdict.warning}\n"
        for verdict in outcome.verdicts
        if verdict.warning
    )
    blocks.insert(-1, "".join(warnings))  # whoever approves is the one who has to know
    shown = "\n".join(block for block in blocks if block)
    if len(shown) <= _LONGEST_SUMMARY:
        return printable(shown)
    head, tail = shown[: _LONGEST_SUMMARY - _SHORTEST_END], shown[-_SHORTEST_END:]
    return printable(f"{head}\n... shortened: the whole plan is in the log ...\n{tail}")


def _plan_blocks(outcome: Outcome) -> list[str]:
    return [
        "".join(f"{_move(change, outcome)}\n" for change in outcome.plan.changes),
        diff(outcome),
        rendered_diff(outcome) or "",
        _changelog(outcome),
        "".join(map(verdict_lines, outcome.verdicts)),
        f"plan {outcome.plan.id}\n",
    ]


def _changelog(outcome: Outcome) -> str:
    if outcome.brings is None:
        return ""
    from gitops_ci.report import diff_text

    return "".join(
        f"{line}\n" for app in outcome.brings.apps for line in diff_text.lines(app, outcome.brings)
    )


def hints(proposal: Proposal) -> list[str]:
    """Return what leads to the pull request: the server's own words, and in any case which branches
    it is about.
    """
    return [
        *proposal.words,
        f"to be merged: a pull request from {proposal.branch} into {proposal.target}",
    ]


def _move(change: Change, outcome: Outcome) -> str:
    plan = outcome.plan
    source = f"{plan.source} -> " if plan.operation == "promote" and plan.source else ""
    after = "nothing" if plan.kind.removes else change.after
    line = (
        f"{plan.operation} {change.app.name}: {source}{change.environment.name}, "
        f"{change.before.label or 'nothing'} -> {after}"
    )
    line += "".join(f"\n  removed: {path}" for path in change.removed)
    return line + "".join(f"\n  chart: {_chart_entry(entry)}" for entry in change.carried)


def _chart_entry(entry: ChartEntry) -> str:
    return f"{entry.path} {(entry.before or 'new')[:7]} -> {(entry.after or 'removed')[:7]}"


def verdict_lines(verdict: Verdict) -> str:
    """Return what a gate says, and what to do where it is not open."""
    line = f"  {_MARKS[verdict.state]} {verdict.gate:<9} {verdict.app}: {verdict.reason}\n"
    if verdict.remedy and verdict.state in {REFUSED, PENDING}:
        return f"{line}       {verdict.remedy}\n"
    return line
