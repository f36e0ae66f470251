"""The command ``history``."""

from typing import Literal

import click

from gitops_ci.base.errors import Exit
from gitops_ci.cli.parameters.options import (
    APPS,
    ENVIRONMENTS,
    CsvOptions,
    NetworkOptions,
    OptionSet,
    PolicyOptions,
    command,
    option,
)
from gitops_ci.cli.parameters.times import Moment

_SCREENFUL = 50  # entries that a person is shown unless they ask for more


class HistoryOptions(OptionSet):
    """The options of ``history``."""

    app: tuple[str, ...] = APPS
    env: tuple[str, ...] = ENVIRONMENTS
    by: str | None = option(
        "Requested or approved by this person, under any name in people:.", "PERSON"
    )
    since: int | None = option(
        "From then on: 2026-11-24, 2026-11-24T16:00+01:00, or an age (12h, 7d).",
        "TIME",
        type=Moment(),
    )
    until: int | None = option("Up to then; a day is included.", "TIME", type=Moment(end=True))
    tag: str | None = option("The image tag.", "TAG")
    operation: Literal["update", "promote", "rollback", "adopt", "retire"] | None = option(
        "This operation only."
    )
    limit: int | None = option(
        f"The newest N; default: {_SCREENFUL} as text, else all.", "N", type=click.IntRange(min=1)
    )
    repository: PolicyOptions
    output: CsvOptions
    network: NetworkOptions


@command("history", HistoryOptions)
def history_command(options: HistoryOptions) -> int:
    """Show who moved what when, the newest first; what a commit only claims is shown as not
    counting. Changes nothing.
    """
    from gitops_ci.cli.parameters.location import open_location

    with open_location(options.repository, options.network) as (repository, location, _):
        from gitops_ci.report import history as report
        from gitops_ci.usecases.views.history import HistoryRequest, history_entries

        request = HistoryRequest(
            apps=options.app,
            environments=options.env,
            person=options.by,
            since=options.since,
            until=options.until,
            tag=options.tag,
            operation=options.operation,
            limit=options.limit or (_SCREENFUL if options.output.format == "text" else None),
        )
        history = history_entries(repository, location, request)
    report.show(history, options.output)
    return Exit.OK
