"""The command ``route``."""

from typing import Any

import click

from gitops_ci.cli.options import argument, jenkins, network_options, option, output_options
from gitops_ci.errors import UsageError


@click.command("route")
@argument("app", nargs=-1, required=False)
@option("--all", is_flag=True, help="Every application that has a values file in that environment.")
@option("--branch-name", metavar="BRANCH", help="Branch of the source repository.  [default: BRANCH_NAME]")
@option("--tag-name", metavar="TAG", help="Tag of the source repository; wins over a branch.  [default: TAG_NAME]")
@option(
    "--revision", metavar="REV", help="Source revision that is built.  [default: GIT_COMMIT, else what the ref names in --source]"
)
@option("--source", metavar="DIR", help="Checkout of the source.  [default: the current folder]")
@option("--repo", required=True, metavar="URL|PATH", help="The GitOps repository.")
@option("--branch", metavar="BRANCH", help="The branch with gitops.yaml; default: the one that HEAD names.")
@option("--config", metavar="FILE", help="A local gitops.yaml instead.")
@output_options
@network_options
def route_command(**given: Any) -> int:
    """Say which environment a branch or tag of the source feeds: by a new build, or by the release that exists.

    Changes nothing. A ref without a route, and a pull request, feed no environment: exit code 0, environment null.
    """
    from gitops_ci.cli.place import place_of
    from gitops_ci.deadline import Deadline
    from gitops_ci.delivery import approach

    place, deadline = place_of({**given, "plain_http": ()}), Deadline.after(given["timeout"])
    ref = _ref(given)
    with approach(place, deadline) as repository:
        from gitops_ci.delivery.routing import RouteRequest, route
        from gitops_ci.operation import Actor
        from gitops_ci.report import routed as report

        ask = RouteRequest(
            ref,
            Actor(()),
            apps=tuple(given["app"]),
            every=given["all"],
            revision=given["revision"] or jenkins("GIT_COMMIT"),
            checkout=given["source"],
            change=jenkins("CHANGE_ID"),
        )
        found = route(repository, place, ask, deadline)
    report.show(found, as_json=given["output"] == "json", file=given["result_file"])
    return 0


def _ref(given: dict[str, Any]) -> Any:
    """Return the ref that is built, None in the build of a pull request; raises UsageError when nothing says it."""
    from gitops_ci.config.names import check_branch
    from gitops_ci.routes import BRANCH, TAG, Ref

    branch, tag = given["branch_name"], given["tag_name"]
    if jenkins("CHANGE_ID"):
        return None
    if not branch and not tag:  # Jenkins sets both in the build of a tag
        tag = jenkins("TAG_NAME")
        branch = None if tag else jenkins("BRANCH_NAME")
    if not branch and not tag:
        raise UsageError(
            "nothing says which branch or tag is built: BRANCH_NAME and TAG_NAME are not set",
            remedy="give --branch-name or --tag-name",
        )
    return Ref(TAG, check_branch(tag)) if tag else Ref(BRANCH, check_branch(branch))
