"""The command ``doctor``."""

from gitops_ci.cli.parameters.options import (
    BRANCH,
    CA_FILE,
    PLAIN_HTTP,
    Engine,
    OptionSet,
    OutputOptions,
    RepositoryOptions,
    command,
    option,
)
from gitops_ci.cli.parameters.wait import ArgocdServerOptions


class DoctorOptions(OptionSet):
    """The options of ``doctor``."""

    repo: str | None = option(
        "The GitOps repository; without it only this machine is looked at.", "URL|PATH"
    )
    branch: str | None = BRANCH
    env: tuple[str, ...] = option("Look at this environment only (repeatable).", "ENV")
    plain_http: tuple[str, ...] = PLAIN_HTTP
    engine: Engine | None = option("The engine that has to work.")
    argocd: ArgocdServerOptions
    output: OutputOptions
    timeout: float = option("Bound on the whole examination.", default="30s")
    ca_file: str | None = CA_FILE


@command("doctor", DoctorOptions)
def doctor_command(options: DoctorOptions) -> int:
    """Say what is missing on this machine, at the servers and in the GitOps repository, and how to
    mend it.

    Changes nothing. Exit code 0 without an error, 4 where only servers that can't be reached are to
    blame, otherwise 1.
    """
    from gitops_ci.base.deadline import Deadline
    from gitops_ci.cli.parameters.location import location_of
    from gitops_ci.report import doctor as report
    from gitops_ci.usecases.doctor import examine

    location = None
    if options.repo:
        repository = RepositoryOptions(
            repo=options.repo, branch=options.branch, plain_http=options.plain_http
        )
        location = location_of(repository, options.ca_file, options.argocd)
    checks = examine(location, options.env, options.engine, Deadline.after(options.timeout))
    report.show(checks, options.output)
    return report.exit_code(checks)
