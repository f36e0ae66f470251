"""The command ``audit``, and ``audit acknowledge``."""

import sys
from typing import Any

import click

from gitops_ci.cli.parameters.options import (
    APPS,
    PLAIN_HTTP,
    NetworkOptions,
    OptionSet,
    OutputOptions,
    RepositoryOptions,
    argument,
    command,
    option,
    read_leniently,
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


class AcknowledgeOptions(OptionSet):
    """The options of ``audit acknowledge``."""

    finding: str | None = argument("FINDING", required=False)
    reason: str | None = option("Why it is closed; recorded in the commit.", "TEXT")
    requested_by: tuple[str, ...] = option(
        "Who asks for it (repeatable); default: the login name.", "NAME"
    )
    approved_by: tuple[str, ...] = option("Who approved it (repeatable).", "NAME")
    approved_plan: str | None = option("Publish this plan or nothing.", "ID")
    publish_branch: str | None = option(
        "Propose it on a branch of its own, to be merged by a pull request.", "BRANCH"
    )
    dry_run: bool = option("Show the plan and who has to approve it; publish nothing.")
    repository: RepositoryOptions
    output: OutputOptions
    network: NetworkOptions


class _AuditGroup(click.Group):
    """``audit [APP]...`` as ever; ``acknowledge`` is the command where it is followed by what only
    that takes: the id of a finding, which has colons as no application's name has, or its options.
    """

    allow_extra_args = False
    allow_interspersed_args = True

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Return the context of the command that the words mean."""
        if args[:1] == ["acknowledge"] and _acknowledges(args[1:]):
            own = click.Context(self, parent=parent, info_name=info_name)
            return self.commands["acknowledge"].make_context("acknowledge", args[1:], own, **extra)
        return super().make_context(info_name, args, parent, **extra)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words as those of a plain command."""
        return click.Command.parse_args(self, ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run it as a plain command."""
        return click.Command.invoke(self, ctx)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """Return what stands behind the name: no command has to."""
        return click.Command.collect_usage_pieces(self, ctx)


def _acknowledges(words: list[str]) -> bool:
    if {"--help", "-h"} & set(words):
        return True
    options = read_leniently(AcknowledgeOptions, words)
    return ":" in (options.finding or "") or options.reason is not None


def _audit(options: AuditOptions) -> int:
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


_PLAIN = command("audit", AuditOptions)(_audit)
audit_command = _AuditGroup(
    "audit",
    callback=_PLAIN.callback,
    params=_PLAIN.params,
    help=_PLAIN.help,
    invoke_without_command=True,
    no_args_is_help=False,
)


@command("acknowledge", AcknowledgeOptions, audit_command)
def acknowledge_command(options: AcknowledgeOptions) -> int:
    """Close a violation of the past: with a reason, and approved as its environment asks.

    FINDING is an id as audit shows it. The line in .gitops-ci/acknowledged.yaml and its commit are
    audited as all operations are; the violation becomes a notice that says who answers for it.
    """
    from gitops_ci.base.errors import UsageError
    from gitops_ci.cli.parameters.actor import acknowledging_actor
    from gitops_ci.cli.parameters.location import open_location

    if not options.finding:
        raise UsageError("no finding was named", remedy="gitops-ci audit shows the id of each")
    actor = acknowledging_actor(
        options.requested_by, options.approved_by, options.approved_plan, options.reason
    )
    with open_location(options.repository, options.network) as (repository, location, deadline):
        from gitops_ci.report import acknowledge as report
        from gitops_ci.report.formats.output import check_file
        from gitops_ci.usecases.audit.acknowledge import AcknowledgeRequest, acknowledge

        check_file(options.output.result_file)
        request = AcknowledgeRequest(
            options.finding, actor, options.publish_branch or None, options.dry_run
        )
        outcome = acknowledge(repository, location, request, deadline)
    return report.show(outcome, options.output)
