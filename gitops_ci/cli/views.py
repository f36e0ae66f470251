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
def status_command(given: StatusOptions) -> int:
    """Show what runs where, since when and by whom, how far behind it is, what it waits for, and drift.

    Drift is a value that no operation put there. Changes nothing.
    """
    from gitops_ci.cli.parameters.location import open_location

    with open_location(given.repository, given.network, given.server) as (repository, place, deadline):
        from gitops_ci.report import status as report
        from gitops_ci.usecases.views.status import deployment_statuses

        found = deployment_statuses(
            repository,
            place,
            deadline,
            given.app,
            given.env,
            digests=given.digests,
            argocd=given.argocd,
        )
    drifted = given.fail_on_drift and any(each.drift for each in found.standings)
    code = Exit.REFUSED if drifted else Exit.OK
    report.show(found, given.output, code)
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
def history_command(given: HistoryOptions) -> int:
    """Show who moved what when, the newest first; what a commit only claims is shown as not counting. Changes nothing."""
    from gitops_ci.cli.parameters.location import open_location

    with open_location(given.repository, given.network) as (repository, place, _):
        from gitops_ci.report import history as report
        from gitops_ci.usecases.views.history import HistoryRequest, history_entries

        query = HistoryRequest(
            apps=given.app,
            environments=given.env,
            person=given.by,
            since=given.since,
            until=given.until,
            tag=given.tag,
            operation=given.operation,
            limit=given.limit or (_SCREENFUL if given.output.format == "text" else None),
        )
        found = history_entries(repository, place, query)
    report.show(found, given.output)
    return Exit.OK
