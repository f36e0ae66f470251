"""The command ``explain``."""

from gitops_ci.cli.parameters.options import (
    ALL,
    APPS,
    NetworkOptions,
    OptionSet,
    OutputOptions,
    RegistryOptions,
    command,
    option,
)
from gitops_ci.cli.parameters.wait import ArgocdServerOptions
from gitops_ci.model.operation import PROMOTE, Actor, Request


class ExplainOptions(OptionSet):
    """The options of ``explain``."""

    app: tuple[str, ...] = APPS
    env: str = option("The environment that somebody wants to promote to.", "ENV")
    from_: str | None = option("The environment to promote from; default: the one before.", "ENV")
    all: bool = ALL
    tag: str | None = option("An earlier release that ran there, by its tag.", "TAG")
    commit: str | None = option("An earlier release, by the commit that deployed it.", "SHA")
    version: str | None = option(
        "The version, for an environment that is published as a Git tag.", "VERSION"
    )
    requested_by: tuple[str, ...] = option(
        "Who would ask for it (repeatable); default: the login name.", "NAME"
    )
    reason: str | None = option("The reason that would be given.", "TEXT")
    repository: RegistryOptions
    argocd: ArgocdServerOptions
    output: OutputOptions
    network: NetworkOptions


@command("explain", ExplainOptions)
def explain_command(options: ExplainOptions) -> int:
    """Say what blocks a promotion now, until when, and who can open it with which command.

    Changes nothing, and exits with 0 whatever blocks: `plan promote` has the exit code of the
    gates.
    """
    from gitops_ci.cli.parameters.actor import requesters_of
    from gitops_ci.cli.parameters.location import open_location
    from gitops_ci.model.image_reference import check_tag

    request = Request(
        operation=PROMOTE,
        environment=options.env,
        actor=Actor(requesters_of(options.requested_by), reason=options.reason),
        apps=options.app,
        every=options.all,
        source=options.from_,
        tag=check_tag(options.tag) if options.tag else None,
        commit=options.commit,
        version=options.version,
        dry_run=True,
    )
    with open_location(options.repository, options.network, options.argocd) as (
        repository,
        location,
        deadline,
    ):
        from gitops_ci.report import explain as report
        from gitops_ci.usecases.views.explain import explain

        explanation = explain(repository, request, location, deadline)
    report.show(explanation, options.output)
    return 0
