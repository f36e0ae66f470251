"""The command ``diff``."""

from gitops_ci.cli.parameters.options import (
    APPS,
    MarkdownOptions,
    NetworkOptions,
    OptionSet,
    PolicyOptions,
    argument,
    command,
    option,
)


class DiffOptions(OptionSet):
    """The options of ``diff``."""

    from_: str = argument("A")
    to: str = argument("B")
    app: tuple[str, ...] = APPS
    source: str | None = option(
        "Checkout of the source, or bare repository.  [default: the current folder]", "DIR"
    )
    repository: PolicyOptions
    output: MarkdownOptions
    network: NetworkOptions


@command("diff", DiffOptions)
def diff_command(options: DiffOptions) -> int:
    """Show what a promotion from environment A to B would bring, of APP or of every application.

    The releases that A had since the one that runs in B, the commits of the source between them,
    and what changed around them: the chart, and values by hand. Changes nothing. Without the
    source, gitops.yaml can name a page that compares (compare).
    """
    from gitops_ci.cli.parameters.location import open_location

    with open_location(options.repository, options.network) as (repository, location, deadline):
        from gitops_ci.report import diff as report
        from gitops_ci.usecases.views.diff import DiffRequest, difference

        request = DiffRequest(options.from_, options.to, options.app, options.source)
        result = difference(repository, location, request, deadline)
    report.show(result, options.output)
    return 0
