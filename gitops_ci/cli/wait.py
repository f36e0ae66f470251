"""The command ``wait``."""

from typing import Any

import click

from gitops_ci.cli.options import argument, network_options, option, output_options
from gitops_ci.cli.waiting import argocd_options, wait_options, wish_of
from gitops_ci.errors import Exit, UsageError


@click.command("wait")
@argument("app", nargs=-1, required=False)
@option("--env", required=True, metavar="ENV", help="The environment that has to run it.")
@option("--all", is_flag=True, help="Every application that has a values file there.")
@option("--commit", metavar="SHA", help="The release of this commit of the environment's branch.")
@option("--last", is_flag=True, help="The release of the last operation; the default.")
@wait_options
@argocd_options
@option("--repo", required=True, metavar="URL|PATH", help="The GitOps repository.")
@option("--branch", metavar="BRANCH", help="The branch with gitops.yaml; default: the one that HEAD names.")
@option("--config", metavar="FILE", help="A local gitops.yaml instead.")
@output_options
@network_options
def wait_command(**given: Any) -> int:
    """Wait until Argo CD runs a release: at its commit or a later one that still has it, Synced and Healthy, for a while.

    The token comes from GITOPS_CI_ARGOCD_TOKEN, or the file that GITOPS_CI_ARGOCD_TOKEN_FILE names; the right to get the
    application is enough. Changes nothing but with --sync. Exit code 1 when it failed, 4 when Argo CD can't tell, 5 when the time
    is over.
    """
    from gitops_ci.cli.place import place_of
    from gitops_ci.deadline import Deadline
    from gitops_ci.delivery import approach
    from gitops_ci.repository import TimedOutError

    if given["commit"] and given["last"]:
        raise UsageError("either --commit or --last")
    place, wish = place_of({**given, "plain_http": ()}), wish_of(given)
    by_git = wish.level == "committed"  # Git alone tells: to ask it is to wait
    bound = (wish.seconds, "--wait-timeout") if by_git else (given["timeout"], "--timeout")
    deadline = Deadline.after(*bound)
    try:
        with approach(place, deadline) as repository:
            from gitops_ci.delivery.waiting.wanted import Question, wanted_of
            from gitops_ci.report.result import check_file

            check_file(given["result_file"])
            question = Question(given["env"], tuple(given["app"]), given["all"], given["commit"])
            wanted = wanted_of(repository, place, question, wish, deadline)
    except TimedOutError as error:
        if by_git:
            error.exit_code, error.category = Exit.WAIT_TIMEOUT, "timeout"
        raise
    from gitops_ci.delivery.waiting.many import wait_for
    from gitops_ci.report import rollout as report

    arrivals = wait_for(wanted, place, wish)
    return report.show(arrivals, environment=given["env"], as_json=given["output"] == "json", file=given["result_file"])
