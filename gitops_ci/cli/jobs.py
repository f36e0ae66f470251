"""The commands ``jobs ...``: the promotion job on a Jenkins controller."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from gitops_ci.base.errors import Exit, UsageError
from gitops_ci.cli.parameters.options import (
    APPS,
    BRANCH,
    CONFIG,
    NetworkOptions,
    OptionSet,
    OutputOptions,
    PolicyOptions,
    argument,
    command,
    jenkins,
    option,
)

if TYPE_CHECKING:
    from gitops_ci.adapters.jenkins import Controller
    from gitops_ci.base.deadline import Deadline
    from gitops_ci.model.config import Jenkins
    from gitops_ci.usecases.jobs.define import JobDefinitionOptions

_READING = 120.0  # seconds for reading gitops.yaml, where a build may be followed for a day
# seconds for the last look at a build that is followed: a slow answer is no unavailable controller
_SLACK = 5.0


class ControllerOptions(OptionSet):
    """Where the promotion job is."""

    jenkins_url: str | None = option(
        "The controller.  [default: jenkins: url: in gitops.yaml, JENKINS_URL]", "URL"
    )
    folder: str | None = option(
        "Folder of the job, / between folders.  [default: that of gitops.yaml, gitops]",
        "PATH",
    )
    job: str | None = option("Name of the job.  [default: that of gitops.yaml, promote]", "NAME")


class DefinitionOptions(OptionSet):
    """What the promotion job is to be."""

    library: str | None = option(
        "The shared library.  [default: gitops-ci in this version]", "NAME@VERSION"
    )
    label: str | None = option("Label of the agents that the job takes.", "LABEL")
    git_credentials: str | None = option(
        "Jenkins credential that may push to the GitOps repository.", "ID"
    )
    registry_credentials: str | None = option("Jenkins credential for the registry.", "ID")
    adopt: bool = option(
        "Take over a job of that name that is not this repository's; what it does is replaced."
    )


class JobsDiffOptions(OptionSet):
    """The options of ``jobs diff``."""

    repository: PolicyOptions
    controller: ControllerOptions
    definition: DefinitionOptions
    dry_run: bool = True
    output: OutputOptions
    network: NetworkOptions


class JobsApplyOptions(JobsDiffOptions):
    """The options of ``jobs apply``."""

    dry_run: bool = option("Show what would be done, as jobs diff does.")


class JobOptions(OptionSet):
    """Where the job is, for those who use it: gitops.yaml need not be read."""

    repo: str | None = option(
        "The GitOps repository, where its gitops.yaml says where the job is.", "URL|PATH"
    )
    branch: str | None = BRANCH
    config: str | None = CONFIG
    controller: ControllerOptions
    output: OutputOptions
    network: NetworkOptions


class _FollowingOptions(NetworkOptions):
    timeout: float = option("How long the build is followed.", default="24h")
    ca_file: str | None = option(
        "Certificates (PEM) to trust for Git and Jenkins, beside the system's.", "FILE"
    )


class _FollowedJobOptions(JobOptions):
    network: _FollowingOptions


class TriggerOptions(OptionSet):
    """The options of ``jobs trigger``."""

    app: tuple[str, ...] = APPS
    to: str | None = option("Environment to promote to.", "ENV")
    tag: str | None = option(
        "Tag of an earlier release; default: what the environment before runs.", "TAG"
    )
    reason: str | None = option("Why; recorded in the commit.", "TEXT")
    dry_run: bool = option(
        "Have the job plan and judge, and publish nothing: its parameter DRY_RUN."
    )
    no_follow: bool = option("Start it and don't wait for its end.")
    job: _FollowedJobOptions


class ApproveOptions(OptionSet):
    """The options of ``jobs approve``."""

    build: str | None = argument("[BUILD]")
    plan: str | None = option(
        "Approve only if it is this plan that waits (12 digits or more).", "PLAN_ID"
    )
    reason: str | None = option("Why, where the question asks for it.", "TEXT")
    job: JobOptions


class AbortOptions(OptionSet):
    """The options of ``jobs abort``."""

    build: str | None = argument("[BUILD]")
    reason: str | None = option(
        "Why; becomes the build's description, where the user may write it.", "TEXT"
    )
    job: JobOptions


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
    with _found(options.job, slack=_SLACK) as (controller, settings):
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
    with _found(options) as (controller, settings):
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
    from gitops_ci.report.form.output import check_file

    check_file(options.output.result_file)
    if options.repository.config and not options.dry_run:
        raise UsageError(
            "--config is for plans and dry runs alone",
            remedy="apply the gitops.yaml of the repository",
        )
    wishes = _redefined(_wishes(options.controller), options.definition)
    with open_location(options.repository, options.network) as (
        repository,
        location,
        deadline,
    ):
        from gitops_ci.usecases.jobs.define import definition_of

        definition, settings = definition_of(repository, location, wishes)
    with _controller(settings, options.network.ca_file, deadline) as controller:
        from gitops_ci.report import jobs as report
        from gitops_ci.usecases.jobs.apply import apply, compare

        act = compare if options.dry_run else apply
        outcome = act(controller, definition, adopt=options.definition.adopt)
    report.show_applied(outcome, options.output, dry_run=options.dry_run)
    return Exit.OK


def _answer(options: ApproveOptions | AbortOptions, word: str, plan: str | None) -> int:
    with _found(options.job) as (controller, settings):
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
def _found(options: JobOptions, *, slack: float = 0.0) -> Iterator[tuple["Controller", "Jenkins"]]:
    """Yield the controller and where the job stands there; gitops.yaml is read only where it
    decides something.
    """
    from gitops_ci.base.deadline import Deadline
    from gitops_ci.model.config import Jenkins
    from gitops_ci.report.form.output import check_file
    from gitops_ci.usecases.jobs.define import settings_of, with_options

    check_file(options.output.result_file)
    network = options.network
    deadline, wishes = Deadline.after(network.timeout), _wishes(options.controller)
    if options.repo and not (wishes.url and wishes.folder and wishes.job):
        from gitops_ci.cli.parameters.location import open_location

        source = PolicyOptions(repo=options.repo, branch=options.branch, config=options.config)
        reading = NetworkOptions(timeout=min(network.timeout, _READING), ca_file=network.ca_file)
        with open_location(source, reading) as (repository, location, _):
            settings = settings_of(repository, location, wishes)
    else:
        settings = with_options(Jenkins(), wishes)
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


def _wishes(options: ControllerOptions) -> "JobDefinitionOptions":
    from gitops_ci.usecases.jobs.define import JobDefinitionOptions

    return JobDefinitionOptions(
        url=options.jenkins_url,
        folder=options.folder,
        job=options.job,
    )


def _redefined(
    wishes: "JobDefinitionOptions", options: DefinitionOptions
) -> "JobDefinitionOptions":
    from msgspec.structs import replace

    ids = {
        "git": options.git_credentials,
        "registry": options.registry_credentials,
    }
    credentials = {kind: name for kind, name in ids.items() if name}
    return replace(
        wishes,
        library=options.library,
        label=options.label,
        credentials=credentials,
    )


def _one(apps: tuple[str, ...]) -> str | None:
    if len(apps) > 1:
        raise UsageError(
            "the promotion job promotes one application at a time",
            remedy="trigger it once for each",
        )
    return apps[0] if apps else None
