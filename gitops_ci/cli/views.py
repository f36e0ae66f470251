"""status and history: what is read from the ledger."""

from typing import Literal

import click

from gitops_ci.base.errors import Exit
from gitops_ci.cli.parameters.options import (
    APPS,
    ENVIRONMENTS,
    MarkdownOptions,
    NetworkOptions,
    OptionSet,
    OutputOptions,
    PolicyOptions,
    RegistryOptions,
    command,
    option,
    output_format,
)
from gitops_ci.cli.parameters.times import Moment
from gitops_ci.cli.parameters.wait import ArgocdServerOptions

_SCREENFUL = 50  # entries that a person is shown unless they ask for more


class StatusOptions(OptionSet):
    """The options of ``status``."""

    app: tuple[str, ...] = APPS
    env: tuple[str, ...] = ENVIRONMENTS
    digests: bool = option("Ask the registries too, as a promotion would.")
    argocd: bool = option("Ask Argo CD too: what really runs, and the gate argocd.")
    fail_on_drift: bool = option("Exit with 3 when a value was not put there by an operation.")
    server: ArgocdServerOptions
    repository: RegistryOptions
    output: MarkdownOptions
    network: NetworkOptions


@command("status", StatusOptions)
def status_command(status_options: StatusOptions) -> int:
    """Show what runs where, since when and by whom, how far behind it is, what it waits for, and drift.

    Drift is a value that no operation put there. Changes nothing.
    """
    from gitops_ci.cli.parameters.location import open_location

    with open_location(status_options.repository, status_options.network, status_options.server) as (
        repository,
        location,
        deadline,
    ):
        from gitops_ci.report import status as report
        from gitops_ci.usecases.views.status import deployment_statuses

        overview = deployment_statuses(
            repository,
            location,
            deadline,
            status_options.app,
            status_options.env,
            digests=status_options.digests,
            argocd=status_options.argocd,
        )
    drifted = status_options.fail_on_drift and any(status.drift for status in overview.standings)
    code = Exit.REFUSED if drifted else Exit.OK
    report.show(overview, status_options.output, code)
    return code


class _HistoryOutput(OutputOptions):
    format: str = output_format("csv")


class HistoryOptions(OptionSet):
    """The options of ``history``."""

    app: tuple[str, ...] = APPS
    env: tuple[str, ...] = ENVIRONMENTS
    by: str | None = option("Requested or approved by this person, under any name in people:.", "PERSON")
    since: int | None = option(
        "From then on: 2026-11-24, 2026-11-24T16:00+01:00, or an age (12h, 7d).",
        "TIME",
        type=Moment(),
    )
    until: int | None = option("Up to then; a day is included.", "TIME", type=Moment(end=True))
    tag: str | None = option("The image tag.", "TAG")
    operation: Literal["update", "promote", "rollback", "adopt"] | None = option("This operation only.")
    limit: int | None = option(
        f"The newest N; default: {_SCREENFUL} as text, else all.",
        "N",
        type=click.IntRange(min=1),
    )
    repository: PolicyOptions
    output: _HistoryOutput
    network: NetworkOptions


@command("history", HistoryOptions)
def history_command(history_options: HistoryOptions) -> int:
    """Show who moved what when, the newest first; what a commit only claims is shown as not counting. Changes nothing."""
    from gitops_ci.cli.parameters.location import open_location

    with open_location(history_options.repository, history_options.network) as (repository, location, _):
        from gitops_ci.report import history as report
        from gitops_ci.usecases.views.history import HistoryRequest, history_entries

        request = HistoryRequest(
            apps=history_options.app,
            environments=history_options.env,
            person=history_options.by,
            since=history_options.since,
            until=history_options.until,
            tag=history_options.tag,
            operation=history_options.operation,
            limit=history_options.limit or (_SCREENFUL if history_options.output.format == "text" else None),
        )
        history = history_entries(repository, location, request)
    report.show(history, history_options.output)
    return Exit.OK
