"""The command ``route``."""

from typing import TYPE_CHECKING

from gitops_ci.base.errors import UsageError
from gitops_ci.cli.parameters.options import (
    APPS,
    NetworkOptions,
    OptionSet,
    OutputOptions,
    PolicyOptions,
    command,
    jenkins,
    option,
)

if TYPE_CHECKING:
    from gitops_ci.core.routes import Ref


class RouteOptions(OptionSet):
    """The options of ``route``."""

    app: tuple[str, ...] = APPS
    all: bool = option("Every application that has a values file in that environment.")
    branch_name: str | None = option(
        "Branch of the source repository.  [default: BRANCH_NAME]", "BRANCH"
    )
    tag_name: str | None = option(
        "Tag of the source repository; wins over a branch.  [default: TAG_NAME]", "TAG"
    )
    revision: str | None = option(
        "Source revision that is built.  [default: GIT_COMMIT, else what the ref names in "
        "--source]",
        "REV",
    )
    source: str | None = option("Checkout of the source.  [default: the current folder]", "DIR")
    repository: PolicyOptions
    output: OutputOptions
    network: NetworkOptions


@command("route", RouteOptions)
def route_command(options: RouteOptions) -> int:
    """Say which environment a branch or tag of the source feeds: by a new build, or by the release
    that exists.

    Changes nothing. A ref without a route, and a pull request, feed no environment: exit code 0,
    environment null.
    """
    from gitops_ci.cli.parameters.location import open_location

    ref = _ref(options)
    with open_location(options.repository, options.network) as (repository, location, deadline):
        from gitops_ci.model.operation import Actor
        from gitops_ci.report import route as report
        from gitops_ci.usecases.views.route import RouteRequest, route

        request = RouteRequest(
            ref,
            Actor(()),
            apps=options.app,
            every=options.all,
            revision=options.revision or jenkins("GIT_COMMIT"),
            checkout=options.source,
            change=jenkins("CHANGE_ID"),
        )
        outcome = route(repository, location, request, deadline)
    report.show(outcome, options.output)
    return 0


def _ref(options: RouteOptions) -> "Ref | None":
    """Return the ref that is built, None in the build of a pull request; raises UsageError when
    nothing says it.
    """
    from gitops_ci.core.routes import BRANCH, TAG, Ref
    from gitops_ci.model.names import check_branch

    branch, tag = options.branch_name, options.tag_name
    if jenkins("CHANGE_ID"):
        return None
    if not branch and not tag:  # Jenkins sets both in the build of a tag
        tag = jenkins("TAG_NAME")
        branch = None if tag else jenkins("BRANCH_NAME")
    if tag:
        return Ref(TAG, check_branch(tag))
    if branch:
        return Ref(BRANCH, check_branch(branch))
    raise UsageError(
        "nothing says which branch or tag is built: BRANCH_NAME and TAG_NAME are not set",
        remedy="give --branch-name or --tag-name",
    )
