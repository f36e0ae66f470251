"""The commands ``jobs ...``: the promotion job on a Jenkins controller."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from gitops_ci.base import interrupts
from gitops_ci.base.errors import Exit, UsageError
from gitops_ci.cli.parameters.jobs import (
    AbortOptions,
    ApproveOptions,
    ControllerOptions,
    DefinitionOptions,
    JobOptions,
    JobsApplyOptions,
    JobsDiffOptions,
    TriggerOptions,
)
from gitops_ci.cli.parameters.options import NetworkOptions, PolicyOptions, command, jenkins

if TYPE_CHECKING:
    from gitops_ci.adapters.jenkins import Controller
    from gitops_ci.base.deadline import Deadline
    from gitops_ci.model.config import Jenkins
    from gitops_ci.usecases.jobs.define import JobDefinitionOptions

_READING = 120.0  # seconds for reading gitops.yaml, where a build may be followed for a day
# seconds for the last look at a build that is followed: a slow answer is no unavailable controller
_SLACK = 5.0
_FAREWELL = 30.0  # seconds beyond the time limit, for all such requests together


@click.group("jobs")
def jobs_command() -> None:
    """Keep the promotion job on Jenkins as gitops.yaml defines it; start it, and answer what it
    asks.
    """


@command("diff", JobsDiffOptions, jobs_command)
def diff(options: JobsDiffOptions) -> int:
    """Show how the promotion job on the controller differs from its definition. Changes nothing.

    Meanings are compared, not texts: what Jenkins rewrites or fills in by itself is no difference.
    """
    return _apply(options)


@command("apply", JobsApplyOptions, jobs_command)
def apply(options: JobsApplyOptions) -> int:
    """Make the promotion job as it is defined, with the folders that are missing. Sends nothing
    where nothing differs.

    Folders that exist, their permissions and credentials, and jobs that this repository does not
    own are left alone.
    """
    return _apply(options)


@command("trigger", TriggerOptions, jobs_command)
def trigger(options: TriggerOptions) -> int:
    """Start the promotion job and follow it: the queue, the log (on stderr), the question, the
    result.

    Exit code 0 for SUCCESS, 1 for any other result, 5 when --timeout is over: the build goes on
    then, as it does after Ctrl-C.
    """
    with _connected(options.job, slack=_SLACK) as (controller, settings):
        from gitops_ci.report import jobs as report
        from gitops_ci.usecases.jobs.trigger import TriggerRequest, trigger

        request = TriggerRequest(
            settings.path,
            _one(options.app),
            options.to,
            options.tag or "",
            options.reason or "",
            options.dry_run,
            not options.no_follow,
        )
        outcome = trigger(controller, request, report.to_stderr)
    return report.show_triggered(outcome, options.job.output)


@command("pending", JobOptions, jobs_command)
def pending(options: JobOptions) -> int:
    """List the builds that wait for approval, each with its plan. Changes nothing."""
    with _connected(options) as (controller, settings):
        from gitops_ci.report import jobs as report
        from gitops_ci.usecases.jobs.pending import pending

        builds = pending(controller, settings.path)
    report.show_pending(builds, options.output)
    return Exit.OK


@command("approve", ApproveOptions, jobs_command)
def approve(options: ApproveOptions) -> int:
    """Approve what a build asks, as the person whose token is used. BUILD is its number or URL;
    default: the only one.

    Without --plan whatever waits at that moment is approved; it is shown on stderr first.
    """
    return _answer(options, "approve", options.plan)


@command("abort", AbortOptions, jobs_command)
def abort(options: AbortOptions) -> int:
    """Reject what a build asks: it ends as aborted, nothing is published. BUILD is its number or
    URL; default: the only one.
    """
    return _answer(options, "abort", None)


def _apply(options: JobsDiffOptions) -> int:
    from gitops_ci.cli.parameters.location import open_location
    from gitops_ci.report.formats.output import check_file

    check_file(options.output.result_file)
    if options.repository.config and not options.dry_run:
        raise UsageError(
            "--config is for plans and dry runs alone",
            remedy="apply the gitops.yaml of the repository",
        )
    definition_options = _definition_options(options.controller, options.definition)
    with open_location(options.repository, options.network) as (repository, location, deadline):
        from gitops_ci.usecases.jobs.define import definition_of

        definition, settings = definition_of(repository, location, definition_options)
    with _controller(settings, options.network.ca_file, deadline) as controller:
        from gitops_ci.report import jobs as report
        from gitops_ci.usecases.jobs.apply import apply, compare

        act = compare if options.dry_run else apply
        outcome = act(controller, definition, adopt=options.definition.adopt)
    report.show_applied(outcome, options.output, dry_run=options.dry_run)
    return Exit.OK


def _answer(options: ApproveOptions | AbortOptions, word: str, plan: str | None) -> int:
    with _connected(options.job) as (controller, settings):
        from gitops_ci.report import jobs as report
        from gitops_ci.usecases.jobs.answer import AnswerRequest, answer, build_number

        path, number = settings.path, None
        if options.build:
            path, number = build_number(controller, options.build, path)
        request = AnswerRequest(path, word, number, plan, options.reason)
        outcome = answer(
            controller, request, lambda build: report.to_stderr(report.plan_text(build))
        )
    report.show_answered(outcome, options.job.output)
    return Exit.OK


@contextmanager
def _connected(
    options: JobOptions, *, slack: float = 0.0
) -> Iterator[tuple["Controller", "Jenkins"]]:
    """Yield the controller and the job's settings; gitops.yaml is read only where it decides."""
    from gitops_ci.base.deadline import Deadline
    from gitops_ci.model.config import Jenkins
    from gitops_ci.report.formats.output import check_file
    from gitops_ci.usecases.jobs.define import settings_of, with_options

    check_file(options.output.result_file)
    network = options.network
    # a request that runs when time is over is still answered, and what it was about is told
    interrupts.end_within(network.timeout, _FAREWELL)
    deadline, definition_options = (
        Deadline.after(network.timeout),
        _definition_options(options.controller),
    )
    if options.repo and not (
        definition_options.url and definition_options.folder and definition_options.job
    ):
        from gitops_ci.cli.parameters.location import open_location

        source = PolicyOptions(repo=options.repo, branch=options.branch, config=options.config)
        reading = NetworkOptions(timeout=min(network.timeout, _READING), ca_file=network.ca_file)
        with open_location(source, reading) as (repository, location, _):
            settings = settings_of(repository, location, definition_options)
    else:
        settings = with_options(Jenkins(), definition_options)
    with _controller(settings, network.ca_file, deadline, slack) as controller:
        yield controller, settings


@contextmanager
def _controller(
    settings: "Jenkins", ca_file: str | None, deadline: "Deadline", slack: float = 0.0
) -> Iterator["Controller"]:
    from gitops_ci.adapters.credentials import jenkins_login
    from gitops_ci.adapters.jenkins import Controller, connect

    url = settings.url or jenkins("JENKINS_URL")
    if not url:
        raise UsageError(
            "nothing says where Jenkins is",
            remedy="give --jenkins-url, or url: under jenkins: in gitops.yaml",
        )
    with Controller(connect(url, jenkins_login(), ca_file), deadline, slack) as controller:
        yield controller


def _definition_options(
    controller: ControllerOptions, definition: DefinitionOptions | None = None
) -> "JobDefinitionOptions":
    from gitops_ci.usecases.jobs.define import JobDefinitionOptions

    where = JobDefinitionOptions(
        url=controller.jenkins_url, folder=controller.folder, job=controller.job
    )
    if definition is None:
        return where
    from msgspec.structs import replace

    ids = {"git": definition.git_credentials, "registry": definition.registry_credentials}
    return replace(
        where,
        library=definition.library,
        label=definition.label,
        credentials={kind: name for kind, name in ids.items() if name},
    )


def _one(apps: tuple[str, ...]) -> str | None:
    if len(apps) > 1:
        raise UsageError(
            "the promotion job promotes one application at a time",
            remedy="trigger it once for each",
        )
    return apps[0] if apps else None
