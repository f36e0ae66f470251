"""The command ``status``."""

from gitops_ci.base.errors import Exit
from gitops_ci.cli.parameters.options import (
    APPS,
    ENVIRONMENTS,
    MarkdownOptions,
    NetworkOptions,
    OptionSet,
    RegistryOptions,
    command,
    option,
)
from gitops_ci.cli.parameters.wait import ArgocdServerOptions


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
def status_command(options: StatusOptions) -> int:
    """Show what runs where, since when and by whom, how far behind it is, what it waits for, and
    drift.

    Drift is a value that no operation put there. Changes nothing.
    """
    from gitops_ci.cli.parameters.location import open_location

    with open_location(options.repository, options.network, options.server) as (
        repository,
        location,
        deadline,
    ):
        from gitops_ci.report import status as report
        from gitops_ci.usecases.views.status import StatusRequest, deployment_statuses

        request = StatusRequest(options.app, options.env, options.digests, options.argocd)
        overview = deployment_statuses(repository, location, request, deadline)
    drifted = options.fail_on_drift and any(status.drift for status in overview.standings)
    code = Exit.REFUSED if drifted else Exit.OK
    report.show(overview, options.output, code)
    return code
