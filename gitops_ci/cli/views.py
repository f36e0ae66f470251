"""status and history: what is read from the ledger."""

from typing import Any

import click

from gitops_ci.cli.options import Duration, argument, option, together
from gitops_ci.cli.times import Moment
from gitops_ci.cli.waiting import argocd_options
from gitops_ci.errors import Exit

_SCREENFUL = 50  # entries that a person is shown unless they ask for more

_app = argument("app", nargs=-1, required=False)
_env = option("--env", multiple=True, metavar="ENV", help="This environment only (repeatable).")
_result_file = option("--result-file", metavar="FILE", help="Write the result there as JSON, on failure too.")
_place_options = together(
    option("--repo", required=True, metavar="URL|PATH", help="The GitOps repository."),
    option("--branch", metavar="BRANCH", help="The branch with gitops.yaml; default: the one that HEAD names."),
    option("--config", metavar="FILE", help="A local gitops.yaml instead."),
)
_network_options = together(
    option("--timeout", type=Duration(), default="120s", show_default=True, help="Bound on the whole operation."),
    option("--ca-file", metavar="FILE", help="Certificates (PEM) to trust for Git and registries, beside the system's."),
)


@click.command("status")
@_app
@_env
@option("--digests", is_flag=True, help="Ask the registries too, as a promotion would.")
@option("--argocd", is_flag=True, help="Ask Argo CD too: what really runs, and the gate argocd.")
@option("--fail-on-drift", is_flag=True, help="Exit with 3 when a value was not put there by an operation.")
@argocd_options
@_place_options
@option("--plain-http", multiple=True, metavar="HOST[:PORT]", help="A registry that may be asked without TLS (repeatable).")
@option("--output", type=click.Choice(["text", "json", "markdown"]), default="text", help="How the result is printed.")
@_result_file
@_network_options
def status_command(**given: Any) -> int:
    """Show what runs where, since when and by whom, how far behind it is, what it waits for, and drift.

    Drift is a value that no operation put there. Changes nothing.
    """
    from gitops_ci.cli.place import place_of
    from gitops_ci.deadline import Deadline
    from gitops_ci.delivery import approach

    place, deadline = place_of(given), Deadline.after(given["timeout"])
    with approach(place, deadline) as repository:
        from gitops_ci.delivery.overview import standings
        from gitops_ci.report import status as report

        found = standings(
            repository, place, deadline, given["app"], given["env"], digests=given["digests"], argocd=given["argocd"]
        )
    drifted = given["fail_on_drift"] and any(each.drift for each in found.standings)
    code = Exit.REFUSED if drifted else Exit.OK
    report.show(found, output=given["output"], file=given["result_file"], code=int(code))
    return code


@click.command("history")
@_app
@_env
@option("--by", metavar="PERSON", help="Requested or approved by this person, under any name in people:.")
@option("--since", type=Moment(), metavar="TIME", help="From then on: 2026-11-24, 2026-11-24T16:00+01:00, or an age (12h, 7d).")
@option("--until", type=Moment(end=True), metavar="TIME", help="Up to then; a day is included.")
@option("--tag", metavar="TAG", help="The image tag.")
@option("--operation", type=click.Choice(["update", "promote", "rollback", "adopt"]), help="This operation only.")
@option("--limit", type=click.IntRange(min=1), metavar="N", help=f"The newest N; default: {_SCREENFUL} as text, else all.")
@_place_options
@option("--output", type=click.Choice(["text", "json", "csv"]), default="text", help="How the result is printed.")
@_result_file
@_network_options
def history_command(**given: Any) -> int:
    """Show who moved what when, the newest first; what a commit only claims is shown as not counting. Changes nothing."""
    from gitops_ci.cli.place import place_of
    from gitops_ci.deadline import Deadline
    from gitops_ci.delivery import approach

    place, deadline = place_of({**given, "plain_http": ()}), Deadline.after(given["timeout"])
    with approach(place, deadline) as repository:
        from gitops_ci.delivery.history import Query, entries
        from gitops_ci.report import history as report

        query = Query(
            apps=tuple(given["app"]),
            environments=tuple(given["env"]),
            person=given["by"],
            since=given["since"],
            until=given["until"],
            tag=given["tag"],
            operation=given["operation"],
            limit=given["limit"] or (_SCREENFUL if given["output"] == "text" else None),
        )
        found = entries(repository, place, query)
    report.show(found, output=given["output"], file=given["result_file"])
    return Exit.OK
