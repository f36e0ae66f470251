"""An operation's outcome as Markdown, for a comment on a pull request or a chat message. Pure."""

from gitops_ci.model.operation import OVERRIDDEN, PASSED, PENDING, REFUSED, Change, Plan, Verdict
from gitops_ci.model.outcome import Outcome
from gitops_ci.report.formats.markdown import code, escape, table
from gitops_ci.report.formats.releases import short_digest, tag_of
from gitops_ci.report.operation_text import message

_WORDS = {
    PASSED: "passed",
    REFUSED: "**refused**",
    PENDING: "*waits*",
    OVERRIDDEN: "**overridden**",
}


def text(outcome: Outcome) -> str:
    """Return how it ended, what moves, every gate's verdict and the plan's id."""
    plan = outcome.plan
    blocks = [f"**{escape(message(outcome))}**\n"]
    if plan.changes:
        headers = ["application", "environment", "from", "to", "digest"]
        blocks.append(table(headers, [_move(change, plan) for change in plan.changes]))
        blocks.append(
            table(
                ["gate", "application", "verdict", "reason"],
                [_row(verdict) for verdict in outcome.verdicts],
            )
        )
        blocks.append(f"plan {code(plan.id)}\n")
    if outcome.notices:
        blocks.append("".join(f"- warning: {escape(notice)}\n" for notice in outcome.notices))
    return "\n".join(blocks)


def _move(change: Change, plan: Plan) -> list[str]:
    after = None if plan.kind.removes else change.after
    return [
        escape(change.app.name),
        escape(change.environment.name),
        code(tag_of(change.before)) or "-",
        code(tag_of(after)) or "-",
        code(short_digest(after)) or "-",
    ]


def _row(verdict: Verdict) -> list[str]:
    shown = verdict.remedy and verdict.state in {REFUSED, PENDING}
    remedy = f" ({verdict.remedy})" if shown else ""
    return [
        escape(verdict.gate),
        escape(verdict.app),
        _WORDS[verdict.state],
        escape(verdict.reason + remedy),
    ]
