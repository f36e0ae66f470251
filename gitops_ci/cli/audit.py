"""The command ``audit``."""

import sys

from gitops_ci.cli.parameters.options import (
    APPS,
    PLAIN_HTTP,
    NetworkOptions,
    OptionSet,
    OutputOptions,
    RepositoryOptions,
    command,
    option,
)


class _AuditedRepository(RepositoryOptions):
    repo: str = option("The GitOps repository; a local one is read in place.", "URL|PATH")
    plain_http: tuple[str, ...] = PLAIN_HTTP


class AuditOptions(OptionSet):
    """The options of ``audit``."""

    app: tuple[str, ...] = APPS
    env: tuple[str, ...] = option("Findings of this environment only (repeatable).", "ENV")
    since: str | None = option(
        "Begin there: values that stood then count as adopted.", "COMMIT|TIME"
    )
    range: str | None = option(
        "Judge these commits only, as if their branch stood at NEW.", "OLD..NEW"
    )
    hook: bool = option(
        "Judge what is being pushed: reads OLD NEW REF lines, as a pre-receive hook gets them."
    )
    images: bool = option("Ask the registries whether every promoted digest still exists.")
    repository: _AuditedRepository
    output: OutputOptions
    network: NetworkOptions


@command("audit", AuditOptions)
def audit_command(options: AuditOptions) -> int:
    """Prove over the history that every change of a managed value came from an operation whose
    rules held.

    Exit code 3 with a list when something violates them, 0 otherwise, notices or not. Changes
    nothing.
    """
    from gitops_ci.base.deadline import Deadline
    from gitops_ci.base.errors import UsageError
    from gitops_ci.cli.parameters.location import location_of
    from gitops_ci.report import audit as report
    from gitops_ci.report.formats.output import check_file
    from gitops_ci.usecases.audit.run import AuditRequest, audit

    location = location_of(options.repository, options.network.ca_file)
    deadline = Deadline.after(options.network.timeout)
    check_file(options.output.result_file)
    if options.hook:
        from gitops_ci.usecases.audit.hook import judge_push

        if options.range or options.since or options.app or options.env:
            raise UsageError(
                "--hook takes no application, --env, --since or --range",
                remedy="what is pushed says it all",
            )
        pushed = judge_push(location, sys.stdin.buffer.read(), deadline)
        return report.show_push(pushed, options.output)
    request = AuditRequest(options.app, options.env, options.since, options.range, options.images)
    return report.show(audit(location, request, deadline), options.output)
