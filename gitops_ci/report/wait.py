"""How waiting ended: as text for people and as a part of the result document."""

from collections.abc import Sequence
from typing import cast

from msgspec.structs import replace

from gitops_ci.base.errors import Category, Exit
from gitops_ci.base.redaction import safe
from gitops_ci.core.rollout.arrival import DONE, FAILED, TIMEOUT, UNAVAILABLE, Arrival, worst_ending
from gitops_ci.model.outcome import Outcome
from gitops_ci.report import operation as outcome_report
from gitops_ci.report.formats import markdown, result, terminal
from gitops_ci.report.formats.output import MarkdownOutput, TextOutput, render, write_file

_CODES = {
    DONE: Exit.OK,
    FAILED: Exit.FAILED,
    UNAVAILABLE: Exit.UNAVAILABLE,
    TIMEOUT: Exit.WAIT_TIMEOUT,
}
_RUNS = {"committed": "is given", "synced": "has"}
_WORDS = {DONE: "ok  ", FAILED: "NO  ", UNAVAILABLE: "wait", TIMEOUT: "wait"}


def exit_code(arrivals: Sequence[Arrival]) -> Exit:
    """Return the exit code of the one that ended worst."""
    return _CODES[worst_ending([arrival.ending for arrival in arrivals])]


def summary(arrivals: Sequence[Arrival]) -> str:
    """Return in one sentence how it ended: what does not run, or what does."""
    if not arrivals:
        return "nothing to wait for"
    missing = [arrival for arrival in arrivals if arrival.ending != DONE]
    if missing:
        return _what_is_missing(missing)
    first = arrivals[0]
    runs = f"{first.environment} {_RUNS.get(first.level, 'runs')}"
    if len(arrivals) == 1:
        return f"{runs} {first.app} {first.release}: {first.message} ({first.seconds:.0f} s)"
    longest = max(arrival.seconds for arrival in arrivals)
    return f"{runs} all {len(arrivals)} applications ({longest:.0f} s)"


def _what_is_missing(arrivals: Sequence[Arrival]) -> str:
    ending = worst_ending([arrival.ending for arrival in arrivals])
    worst = next(arrival for arrival in arrivals if arrival.ending == ending)
    more = f" (and {len(arrivals) - 1} more)" if len(arrivals) > 1 else ""
    return f"{worst.app} in {worst.environment}: {worst.message}{more}"


def text(arrivals: Sequence[Arrival]) -> str:
    """Return a line for each application with what to do where it does not run, and how it ended;
    printable, without secrets.
    """
    if len(arrivals) == 1:
        return f"{safe(summary(arrivals))}\n{_remedy(arrivals[0], '  ')}"
    return "".join(map(_line, arrivals)) + f"{safe(summary(arrivals))}\n"


def _line(arrival: Arrival) -> str:
    line = f"{arrival.app} {arrival.release}: {arrival.message} ({arrival.seconds:.0f} s)"
    mark = terminal.mark(_WORDS[arrival.ending], "good" if arrival.ending == DONE else "bad")
    return f"  {mark} {safe(line)}\n{_remedy(arrival, '       ')}"


def _remedy(arrival: Arrival, indent: str) -> str:
    if arrival.ending == DONE:
        return ""
    return "".join(f"{indent}{safe(line)}\n" for line in (arrival.remedy, arrival.page) if line)


def category(code: Exit) -> Category:
    """Return the word for an exit code that the result document has."""
    categories: dict[Exit, Category] = {
        Exit.OK: "done",
        Exit.UNAVAILABLE: "unavailable",
        Exit.WAIT_TIMEOUT: "timeout",
    }
    return categories.get(code, "failed")


def rollouts(arrivals: Sequence[Arrival]) -> list[result.RolloutResult]:
    """Return the part of the result document."""
    return [
        result.RolloutResult(
            app=arrival.app,
            environment=arrival.environment,
            application=arrival.application,
            release=arrival.release,
            commit=arrival.commit,
            level=cast("result.Level", arrival.level),
            state=arrival.ending,
            message=arrival.message,
            remedy=arrival.remedy,
            revision=arrival.revision or None,
            sync=arrival.sync or None,
            health=arrival.health or None,
            images=list(arrival.images),
            seconds=arrival.seconds,
            url=arrival.page or None,
        )
        for arrival in arrivals
    ]


def show(arrivals: Sequence[Arrival], environment: str, output: TextOutput) -> Exit:
    """Print how waiting ended, write the result file, and return the exit code."""
    render(output, lambda: document(arrivals, environment), text=lambda: text(arrivals))
    return exit_code(arrivals)


def document(arrivals: Sequence[Arrival], environment: str) -> result.Result:
    code = exit_code(arrivals)
    commits = {arrival.commit for arrival in arrivals}
    return result.Result(
        ok=code == Exit.OK,
        exit_code=int(code),
        category=category(code),
        message=summary(arrivals),
        operation="wait",
        environment=environment,
        commit=commits.pop() if len(commits) == 1 else None,
        rollout=rollouts(arrivals),
    )


def with_rollout(document: result.Result, arrivals: Sequence[Arrival]) -> result.Result:
    """Return the result of an operation with how waiting ended; what was published stays."""
    code = exit_code(arrivals)
    message = f"{document.message}; {summary(arrivals)}" if arrivals else document.message
    waited = replace(document, message=message, rollout=rollouts(arrivals))
    if code == Exit.OK:
        return waited
    return replace(waited, ok=False, exit_code=int(code), category=category(code))


def show_before(outcome: Outcome, output: MarkdownOutput) -> None:
    """Show what was published before it is waited for: as text, and in the result file."""
    if output.format == "text":
        outcome_report.show(outcome, output)
    elif output.result_file:
        write_file(outcome_report.document(outcome), output.result_file)


def show_after(outcome: Outcome, arrivals: Sequence[Arrival], output: MarkdownOutput) -> Exit:
    """Show an operation and how waiting ended after it; return the exit code."""
    render(
        output,
        lambda: with_rollout(outcome_report.document(outcome), arrivals),
        text=lambda: text(arrivals),
        markdown=lambda: as_markdown(outcome, arrivals),
    )
    return exit_code(arrivals)


def as_markdown(outcome: Outcome, arrivals: Sequence[Arrival]) -> str:
    """Return the outcome, and how waiting ended, for a comment or a chat."""
    lines = "".join(f"- {markdown.escape(summary([arrival]))}\n" for arrival in arrivals)
    return f"{outcome_report.as_markdown(outcome)}\n{lines}"
