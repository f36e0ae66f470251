"""The command ``wait``."""

from gitops_ci.base.errors import Exit, UsageError
from gitops_ci.cli.parameters.options import (
    ALL,
    APPS,
    NetworkOptions,
    OptionSet,
    OutputOptions,
    PolicyOptions,
    command,
    option,
)
from gitops_ci.cli.parameters.wait import ArgocdServerOptions, WaitOptions, wait_policy_of


class WaitCommandOptions(OptionSet):
    """The options of ``wait``."""

    app: tuple[str, ...] = APPS
    env: str = option("The environment that has to run it.", "ENV")
    all: bool = ALL
    commit: str | None = option("The release of this commit of the environment's branch.", "SHA")
    last: bool = option("The release of the last operation; the default.")
    waiting: WaitOptions
    argocd: ArgocdServerOptions
    repository: PolicyOptions
    output: OutputOptions
    network: NetworkOptions


@command("wait", WaitCommandOptions)
def wait_command(options: WaitCommandOptions) -> int:
    """Wait until Argo CD runs a release: at its commit or a later one that still has it, Synced and
    Healthy, for a while.

    The token comes from GITOPS_CI_ARGOCD_TOKEN, or the file that GITOPS_CI_ARGOCD_TOKEN_FILE names;
    the right to get the application is enough. Changes nothing but with --sync. Exit code 1 when it
    failed, 4 when Argo CD can't tell, 5 when the time is over.
    """
    from gitops_ci.adapters.git import TimedOutError
    from gitops_ci.base import interrupts
    from gitops_ci.base.deadline import Deadline
    from gitops_ci.cli.parameters.location import location_of
    from gitops_ci.usecases import approach

    if options.commit and options.last:
        raise UsageError("either --commit or --last")
    location = location_of(options.repository, options.network.ca_file, options.argocd)
    wait_policy = wait_policy_of(options.waiting)
    by_git = wait_policy.level == "committed"  # Git alone tells: to ask it is to wait
    bound = (
        (wait_policy.seconds, "--wait-timeout")
        if by_git
        else (options.network.timeout, "--timeout")
    )
    deadline = Deadline.after(*bound)
    interrupts.end_within(deadline.seconds)
    try:
        with approach(location, deadline) as repository:
            from gitops_ci.report.formats.output import check_file
            from gitops_ci.usecases.wait.request import WaitRequest, awaited_targets

            check_file(options.output.result_file)
            request = WaitRequest(options.env, options.app, options.all, options.commit)
            awaiteds = awaited_targets(repository, location, request, wait_policy, deadline)
    except TimedOutError as error:
        if by_git:
            error.exit_code, error.category = Exit.WAIT_TIMEOUT, "timeout"
        raise
    from gitops_ci.report import wait as report
    from gitops_ci.usecases.wait.run import wait_for

    return report.show(wait_for(awaiteds, location, wait_policy), options.env, options.output)
