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

    repo: str | None = option("The GitOps repository; without it only this machine is looked at.", "URL|PATH")
    branch: str | None = BRANCH
    env: tuple[str, ...] = option("Look at this environment only (repeatable).", "ENV")
    plain_http: tuple[str, ...] = PLAIN_HTTP
    engine: Engine | None = option("The engine that has to work.")
    argocd: ArgocdServerOptions
    output: OutputOptions
    timeout: float = option("Bound on the whole examination.", default="30s")
    ca_file: str | None = CA_FILE


@command("doctor", DoctorOptions)
def doctor_command(doctor_options: DoctorOptions) -> int:
    """Say what is missing on this machine, at the servers and in the GitOps repository, and how to mend it.

    Changes nothing. Exit code 0 without an error, 4 where only servers that can't be reached are to blame, otherwise 1.
    """
    from gitops_ci.base.deadline import Deadline
    from gitops_ci.cli.parameters.location import location_of
    from gitops_ci.report import doctor as report
    from gitops_ci.usecases.doctor import examine

    location = None
    if doctor_options.repo:
        repository = RepositoryOptions(
            repo=doctor_options.repo, branch=doctor_options.branch, plain_http=doctor_options.plain_http
        )
        location = location_of(repository, doctor_options.ca_file, doctor_options.argocd)
    checks = examine(location, doctor_options.env, doctor_options.engine, Deadline.after(doctor_options.timeout))
    report.show(checks, doctor_options.output)
    return report.exit_code(checks)
