"""Values that were read or set, as text and as result documents."""

from collections.abc import Mapping, Sequence

import click

from gitops_ci.base.errors import Category
from gitops_ci.base.redaction import safe
from gitops_ci.report.formats.output import TextOutput, render
from gitops_ci.report.formats.result import Result
from gitops_ci.report.formats.text_diff import file_diff


class ValuesSetResult(Result, frozen=True, kw_only=True):
    """The result document of ``values set``."""

    file: str


class ValuesGetResult(ValuesSetResult, frozen=True, kw_only=True):
    """The result document of ``values get``; ``values`` by key, null where nothing stands there."""

    values: dict[str, str | None]


def show_read(
    file: str, keys: Sequence[str], values: Mapping[str, str | None], output: TextOutput
) -> None:
    """Print values, one a line in the order of the keys, and write the result file."""
    document = ValuesGetResult(
        ok=True,
        exit_code=0,
        category="done",
        message=f"{len(keys)} read",
        operation="values get",
        file=file,
        values=dict(values),
    )
    lines = "".join(f"{safe(values[key] or '')}\n" for key in keys)
    render(output, lambda: document, text=lambda: lines)


def show_set(file: str, before: bytes, after: bytes, output: TextOutput, *, dry_run: bool) -> None:
    """Print a change as a diff, say on stderr how it ended, and write the result file."""
    changed = after != before
    category, message = _ending(changed=changed, dry_run=dry_run)
    document = ValuesSetResult(
        ok=True,
        exit_code=0,
        category=category,
        message=message,
        operation="values set",
        changed=changed and not dry_run,
        diff=file_diff(file, before, after),
        dry_run=dry_run,
        file=file,
    )
    diff = safe(document.diff.replace("\r\n", "\n"))
    render(output, lambda: document, text=lambda: diff)
    if output.format == "text":
        click.echo(f"{file}: {message}", err=changed)


def _ending(*, changed: bool, dry_run: bool) -> tuple[Category, str]:
    """Return the category and the words for how it went."""
    if not changed:
        return "unchanged", "nothing to do: the values are there already"
    return ("planned", "would change") if dry_run else ("done", "changed")
