"""What doctor found, as text for people and as the result document for machines."""

from collections.abc import Sequence

from gitops_ci.base.errors import Category, Exit
from gitops_ci.base.redaction import safe
from gitops_ci.model.diagnosis import ERROR, OK, WARNING, Check
from gitops_ci.report.formats import result
from gitops_ci.report.formats.output import TextOutput, render

_MARKS = {OK: "ok  ", WARNING: "warn", ERROR: "NO  "}


class DoctorResult(result.Result, frozen=True, kw_only=True):
    """The result document of ``doctor``."""

    checks: list[Check]


def show(checks: Sequence[Check], output: TextOutput) -> None:
    render(output, lambda: document(checks), text=lambda: safe(text(checks)))


def exit_code(checks: Sequence[Check]) -> Exit:
    """Return 0 without an error, 4 where all are servers that can't be reached, otherwise 1."""
    errors = [check for check in checks if check.state == ERROR]
    if not errors:
        return Exit.OK
    return Exit.UNAVAILABLE if all(check.unavailable for check in errors) else Exit.FAILED


def text(checks: Sequence[Check]) -> str:
    """Return one line for each check, and below it what to do next."""
    width = max((len(check.subject) for check in checks), default=0)
    return "".join(_lines(check, width) for check in checks) + f"\n{_summary(checks)}\n"


def document(checks: Sequence[Check]) -> DoctorResult:
    code = exit_code(checks)
    categories: dict[Exit, Category] = {Exit.OK: "done", Exit.UNAVAILABLE: "unavailable"}
    return DoctorResult(
        ok=code == Exit.OK,
        exit_code=int(code),
        category=categories.get(code, "failed"),
        message=_summary(checks),
        operation="doctor",
        warnings=[
            f"{check.subject}: {check.message}" for check in checks if check.state == WARNING
        ],
        checks=list(checks),
    )


def _lines(check: Check, width: int) -> str:
    indent = " " * (len(_MARKS[OK]) + 1 + width + 2)
    remedy = f"{indent}-> {check.remedy}\n" if check.remedy and check.state != OK else ""
    return f"{_MARKS[check.state]} {check.subject.ljust(width)}  {check.message}\n{remedy}"


def _summary(checks: Sequence[Check]) -> str:
    counts = {state: sum(check.state == state for check in checks) for state in (ERROR, WARNING)}
    if not any(counts.values()):
        return "everything is as it should be"
    counted = [
        f"{count} {state}{'' if count == 1 else 's'}" for state, count in counts.items() if count
    ]
    return ", ".join(counted)
