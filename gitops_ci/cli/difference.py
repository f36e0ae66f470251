"""The command ``diff``."""

from typing import Any

import click

from gitops_ci.cli.options import argument, network_options, option


@click.command("diff")
@argument("from", metavar="A")
@argument("to", metavar="B")
@argument("app", nargs=-1, required=False)
@option("--source", metavar="DIR", help="Checkout of the source, or bare repository.  [default: the current folder]")
@option("--repo", required=True, metavar="URL|PATH", help="The GitOps repository.")
@option("--branch", metavar="BRANCH", help="The branch with gitops.yaml; default: the one that HEAD names.")
@option("--config", metavar="FILE", help="A local gitops.yaml instead.")
@option("--output", type=click.Choice(["text", "json", "markdown"]), default="text", help="How the result is printed.")
@option("--result-file", metavar="FILE", help="Write the result there as JSON, on failure too.")
@network_options
def diff_command(**given: Any) -> int:
    """Show what a promotion from environment A to B would bring, of APP or of every application.

    The releases that A had since the one that runs in B, the commits of the source between them, and what changed around them:
    the chart, and values by hand. Changes nothing. Without the source, gitops.yaml can name a page that compares (compare).
    """
    from gitops_ci.cli.place import place_of
    from gitops_ci.deadline import Deadline
    from gitops_ci.delivery import approach

    place, deadline = place_of({**given, "plain_http": ()}), Deadline.after(given["timeout"])
    with approach(place, deadline) as repository:
        from gitops_ci.delivery.difference import DiffRequest, difference
        from gitops_ci.report import difference as report

        ask = DiffRequest(given["from"], given["to"], tuple(given["app"]), given["source"])
        found = difference(repository, place, ask, deadline)
    report.show(found, output=given["output"], file=given["result_file"])
    return 0
