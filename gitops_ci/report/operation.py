"""An operation's outcome as text for people and as the result document for machines."""

from typing import Any, Literal

from msgspec import to_builtins

from gitops_ci.base.errors import Category, Exit
from gitops_ci.base.redaction import printable, safe
from gitops_ci.model.operation import (
    OVERRIDDEN,
    PASSED,
    PENDING,
    REFUSED,
    Change,
    ChartEntry,
    Proposal,
    Verdict,
)
from gitops_ci.model.outcome import Outcome
from gitops_ci.report.form import result, terminal
from gitops_ci.report.form.output import MarkdownOutput, render
from gitops_ci.report.form.releases import release_result
from gitops_ci.report.form.text_diff import file_diff

# characters: newer Input plug-ins send the message as a header too, and Jetty takes no more than 8
# KiB of headers
_LONGEST_SUMMARY = 6_000
_SHORTEST_END = 2_000  # with verdicts and plan id


def show(outcome: Outcome, output: MarkdownOutput) -> None:
    """Print an outcome and write the result file; raises GitopsError when the file can't be
    written.
    """
    render(
        output,
        lambda: document(outcome),
        text=lambda: coloured(safe(text(outcome))),
        markdown=lambda: as_markdown(outcome),
    )


def as_markdown(outcome: Outcome) -> str:
    """Return the outcome for a comment or a chat."""
    from gitops_ci.report import operation_markdown  # few ask for it

    return operation_markdown.text(outcome)


def coloured(shown: str) -> str:
    """Return a text that is printable already, on a terminal with its verdicts and its difference
    in colour.
    """
    if not terminal.coloured():
        return shown
    return "\n".join(terminal.paint(line, _style(line)) for line in shown.split("\n"))


def _style(line: str) -> terminal.Style:
    if line.startswith(("+", "  ok ")):
        return "good"
    if line.startswith(("-", "  NO ", "  OVER")):
        return "bad"
    return (
        "wait"
        if line.startswith(("  wait", "warning:"))
        else "faint"
        if line.startswith("@@")
        else ""
    )


def exit_code(outcome: Outcome) -> Exit:
    """Return 0 when done or only the approval is pending in a plan, otherwise why it was not
    done.
    """
    refused = [verdict for verdict in outcome.verdicts if verdict.state == REFUSED]
    if any(verdict.cause == "rule" for verdict in refused):
        return Exit.REFUSED
    if any(verdict.cause == "failed" for verdict in refused):
        return Exit.FAILED
    if refused:
        return Exit.UNAVAILABLE
    pending = any(verdict.state == PENDING for verdict in outcome.verdicts)
    return Exit.REFUSED if pending and not outcome.request.dry_run else Exit.OK


def message(outcome: Outcome) -> str:
    """Return in one sentence how it ended."""
    plan = outcome.plan
    where = f"{plan.operation} to {plan.environment.name}"
    tag = f" with the Git tag {outcome.git_tag.name}" if outcome.git_tag else ""
    if not plan.changes and outcome.git_tag and not outcome.git_tag.there:
        done = "published" if outcome.published else "would be published"
        return (
            f"{where}: the Git tag {outcome.git_tag.name} {done} on commit "
            f"{outcome.commit or outcome.git_tag.commit}"
        )
    if not plan.changes:
        known = f" (commit {outcome.commit[:12]})" if outcome.commit else ""
        return (
            f"nothing to do: {_what(plan.unchanged)} is in {plan.environment.name} already{known}"
        )
    blocking = [verdict for verdict in outcome.verdicts if verdict.state in {REFUSED, PENDING}]
    if outcome.published:
        return f"{where}: {_what(plan.changes)} published as {outcome.commit}{tag}"
    proposal = outcome.proposal
    if proposal and proposal.made:
        known = "is proposed already on" if proposal.kept else "proposed on"
        return f"{where}: {_what(plan.changes)} {known} {proposal.branch} as {outcome.commit}"
    if not blocking and proposal:
        return f"{where}: {_what(plan.changes)} would be proposed on {proposal.branch}"
    if not blocking:
        return f"{where}: {_what(plan.changes)} would be published"
    first = blocking[0]
    return f"{where}: {first.state} by {first.gate} of {first.app}: {first.reason}"


def diff(outcome: Outcome) -> str:
    """Return the change of the values files as a unified diff."""
    return "".join(
        file_diff(file, outcome.before[file], after) for file, after in outcome.after.items()
    )


def rendered_diff(outcome: Outcome) -> str | None:
    """Return the change of the manifests as a unified diff, None where nobody asked for it."""
    if not outcome.request.show_rendered:
        return None
    from gitops_ci.report.form import manifests  # few ask for it

    return manifests.difference(outcome.rendered)


def document(outcome: Outcome) -> result.Result:
    """Return the result document."""
    plan = outcome.plan
    code = exit_code(outcome)
    apps = [_app(change, outcome) for change in (*plan.changes, *plan.unchanged)]
    only = apps[0] if len(apps) == 1 else None
    return result.Result(
        ok=code == Exit.OK,
        exit_code=int(code),
        category=_category(outcome, code),
        message=message(outcome),
        operation=plan.operation,
        apps=apps,
        environment=plan.environment.name,
        release=only.release if only else None,
        previous=only.previous if only else None,
        changed=outcome.published,
        commit=outcome.commit,
        plan_id=plan.id if plan.changes else None,
        rendered_diff=rendered_diff(outcome),
        summary=_summary(outcome) if outcome.request.dry_run and plan.changes else None,
        changelog=_changelog(outcome),
        gates=[gate_result(verdict) for verdict in outcome.verdicts],
        diff=diff(outcome),
        attempts=outcome.attempts,
        dry_run=outcome.request.dry_run,
        warnings=list(outcome.notices),
        published=_published(outcome),
        git_tag=outcome.git_tag.name if outcome.git_tag else None,
        proposal=result.ProposalResult(
            outcome.proposal.branch, outcome.proposal.target, hints(outcome.proposal)
        )
        if outcome.proposal and plan.changes
        else None,
    )


def text(outcome: Outcome) -> str:
    """Return what a person reads: the moves, the difference, the gates, the plan's id and how it
    ended.
    """
    plan = outcome.plan
    blocks = _planned(outcome) if plan.changes else []
    blocks += [f"warning: {notice}\n" for notice in outcome.notices]
    blocks.append(f"{message(outcome)}\n")
    if outcome.proposal and outcome.proposal.made:
        blocks[-1] += "".join(f"  {hint}\n" for hint in hints(outcome.proposal))
    return "\n".join(block for block in blocks if block)


def _planned(outcome: Outcome) -> list[str]:
    return [
        "".join(f"{_move(change, outcome)}\n" for change in outcome.plan.changes),
        diff(outcome),
        rendered_diff(outcome) or "",
        _brought(outcome),
        "".join(_line(verdict) for verdict in outcome.verdicts),
        f"plan {outcome.plan.id}\n",
    ]


def _summary(outcome: Outcome) -> str:
    """Return a plan for the page of a question: as people read it, and no longer than such a page
    stays readable.
    """
    blocks = _planned(outcome)
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


def _brought(outcome: Outcome) -> str:
    if outcome.brings is None:
        return ""
    from gitops_ci.report import diff as diff_report

    return "".join(
        f"{line}\n"
        for app in outcome.brings.apps
        for line in diff_report.lines(app, outcome.brings)
    )


def _changelog(outcome: Outcome) -> list[dict[str, Any]]:
    if outcome.brings is None:
        return []
    from gitops_ci.report import diff as diff_report

    changes: list[dict[str, Any]] = to_builtins(diff_report.entries(outcome.brings))
    return changes


def hints(proposal: Proposal) -> list[str]:
    """Return what leads to the pull request: the server's own words, and in any case which branches
    it is about.
    """
    return [
        *proposal.words,
        f"to be merged: a pull request from {proposal.branch} into {proposal.target}",
    ]


def _published(outcome: Outcome) -> Literal["committed", "proposed"] | None:
    if outcome.published:
        return "committed"
    return "proposed" if outcome.proposal and outcome.proposal.made else None


def _move(change: Change, outcome: Outcome) -> str:
    source = (
        f"{outcome.plan.source} -> "
        if outcome.plan.operation == "promote" and outcome.plan.source
        else ""
    )
    before = change.before.label or "nothing"
    line = (
        f"{outcome.plan.operation} {change.app.name}: {source}{change.environment.name}, "
        f"{before} -> {change.after}"
    )
    return line + "".join(f"\n  chart: {_carried(chart_entry)}" for chart_entry in change.carried)


def _carried(entry: ChartEntry) -> str:
    return f"{entry.path} {(entry.before or 'new')[:7]} -> {(entry.after or 'removed')[:7]}"


def _line(verdict: Verdict) -> str:
    mark = {PASSED: "ok  ", REFUSED: "NO  ", PENDING: "wait", OVERRIDDEN: "OVER"}[verdict.state]
    remedy = (
        f"\n       {verdict.remedy}"
        if verdict.remedy and verdict.state in {REFUSED, PENDING}
        else ""
    )
    return f"  {mark} {verdict.gate:<9} {verdict.app}: {verdict.reason}{remedy}\n"


def _what(changes: tuple[Change, ...]) -> str:
    if len(changes) == 1:
        return f"{changes[0].app.name} {changes[0].after}"
    return f"{len(changes)} applications"


def _category(outcome: Outcome, code: Exit) -> Category:
    failed = {verdict.gate for verdict in outcome.verdicts if verdict.cause == "failed"}
    names: dict[Exit, Category] = {
        Exit.REFUSED: "refused",
        Exit.FAILED: "failed" if failed == {"render"} else "image",
        Exit.UNAVAILABLE: "unavailable",
    }
    if code != Exit.OK:
        return names[code]
    if not outcome.plan.changes and not outcome.published:
        return "unchanged"
    if outcome.proposal and outcome.proposal.made:
        return "proposed"
    return "done" if outcome.published else "planned"


def _app(change: Change, outcome: Outcome) -> result.AppResult:
    moves = change in outcome.plan.changes
    return result.AppResult(
        app=change.app.name,
        file=change.file,
        branch=change.branch,
        release=release_result(change.after),
        previous=release_result(change.before),
        changed=moves and outcome.published,
        commit=outcome.commit if moves else outcome.existing.get(change.app.name),
        carried=[
            result.CarriedResult(chart_entry.path, chart_entry.before, chart_entry.after)
            for chart_entry in change.carried
        ],
    )


def gate_result(verdict: Verdict) -> result.GateResult:
    """Return a verdict as result documents have it."""
    return result.GateResult(
        gate=verdict.gate,
        app=verdict.app,
        environment=verdict.environment,
        state=verdict.state,
        reason=verdict.reason,
        remedy=verdict.remedy,
        openers=list(verdict.openers),
        opens_at=verdict.opens_at,
        asks=list(verdict.asks),
    )
