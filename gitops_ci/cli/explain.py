"""The command ``explain``."""

from typing import Any

import click

from gitops_ci.cli.options import argument, network_options, option, output_options
from gitops_ci.cli.waiting import argocd_options
from gitops_ci.operation import PROMOTE, Actor, Request


@click.command("explain")
@argument("app", nargs=-1, required=False)
@option("--env", required=True, metavar="ENV", help="The environment that somebody wants to promote to.")
@option("--from", "from_", metavar="ENV", help="The environment to promote from; default: the one before.")
@option("--all", is_flag=True, help="Every application that has a values file there.")
@option("--tag", metavar="TAG", help="An earlier release that ran there, by its tag.")
@option("--commit", metavar="SHA", help="An earlier release, by the commit that deployed it.")
@option("--version", metavar="VERSION", help="The version, for an environment that is published as a Git tag.")
@option("--requested-by", multiple=True, metavar="NAME", help="Who would ask for it (repeatable); default: the login name.")
@option("--reason", metavar="TEXT", help="The reason that would be given.")
@option("--repo", required=True, metavar="URL|PATH", help="The GitOps repository.")
@option("--branch", metavar="BRANCH", help="The branch with gitops.yaml; default: the one that HEAD names.")
@option("--config", metavar="FILE", help="A local gitops.yaml instead.")
@option("--plain-http", multiple=True, metavar="HOST[:PORT]", help="A registry that may be asked without TLS (repeatable).")
@argocd_options
@output_options
@network_options
def explain_command(**given: Any) -> int:
    """Say what blocks a promotion now, until when, and who can open it with which command.

    Changes nothing, and exits with 0 whatever blocks: `plan promote` has the exit code of the gates.
    """
    from gitops_ci.cli.operations import requesters_of
    from gitops_ci.cli.place import place_of
    from gitops_ci.deadline import Deadline
    from gitops_ci.delivery import approach
    from gitops_ci.image_reference import check_tag

    place, deadline = place_of(given), Deadline.after(given["timeout"])
    request = Request(
        operation=PROMOTE,
        environment=given["env"],
        actor=Actor(requesters_of(given["requested_by"]), reason=given["reason"]),
        apps=tuple(given["app"]),
        every=given["all"],
        source=given["from_"],
        tag=check_tag(given["tag"]) if given["tag"] else None,
        commit=given["commit"],
        version=given["version"],
        dry_run=True,
    )
    with approach(place, deadline) as repository:
        from gitops_ci.delivery.explaining import explain
        from gitops_ci.report import explanation as report

        found = explain(repository, request, place, deadline)
    report.show(found, as_json=given["output"] == "json", file=given["result_file"])
    return 0
