"""The commands ``jobs ...``: the promotion job on a Jenkins controller."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from gitops_ci.cli.options import Duration, argument, jenkins, network_options, option, output_options, together
from gitops_ci.errors import Exit, UsageError

if TYPE_CHECKING:
    from gitops_ci.config.model import Jenkins
    from gitops_ci.deadline import Deadline
    from gitops_ci.delivery.jobs.defining import Wishes
    from gitops_ci.jenkins import Controller

_READING = 120.0  # seconds for reading gitops.yaml, where a build may be followed for a day
_SLACK = 5.0  # seconds for the last look at a build that is followed: a slow answer is no unavailable controller

_controller_options = together(
    option("--jenkins-url", metavar="URL", help="The controller.  [default: jenkins: url: in gitops.yaml, JENKINS_URL]"),
    option("--folder", metavar="PATH", help="Folder of the job, / between folders.  [default: that of gitops.yaml, gitops]"),
    option("--job", metavar="NAME", help="Name of the job.  [default: that of gitops.yaml, promote]"),
)
_branch = option("--branch", metavar="BRANCH", help="The branch with gitops.yaml; default: the one that HEAD names.")
_config = option("--config", metavar="FILE", help="A local gitops.yaml instead.")
_place_options = together(option("--repo", required=True, metavar="URL|PATH", help="The GitOps repository."), _branch, _config)
_where_options = together(
    option("--repo", metavar="URL|PATH", help="The GitOps repository, where its gitops.yaml says where the job is."),
    _branch,
    _config,
)
_definition_options = together(
    option("--library", metavar="NAME@VERSION", help="The shared library.  [default: gitops-ci in this version]"),
    option("--label", metavar="LABEL", help="Label of the agents that the job takes."),
    option("--git-credentials", metavar="ID", help="Jenkins credential that may push to the GitOps repository."),
    option("--registry-credentials", metavar="ID", help="Jenkins credential for the registry."),
    option("--adopt", is_flag=True, help="Take over a job of that name that is not this repository's; what it does is replaced."),
)
_app = argument("app", nargs=-1, required=False)


@click.group("jobs")
def jobs_command() -> None:
    """Keep the promotion job on Jenkins as gitops.yaml defines it; start it, and answer what it asks."""


@jobs_command.command("diff")
@_place_options
@_controller_options
@_definition_options
@output_options
@network_options
def diff(**given: Any) -> int:
    """Show how the promotion job on the controller differs from its definition. Changes nothing.

    Meanings are compared, not texts: what Jenkins rewrites or fills in by itself is no difference.
    """
    return _apply(given, "jobs diff", dry_run=True)


@jobs_command.command("apply")
@_place_options
@_controller_options
@_definition_options
@option("--dry-run", is_flag=True, help="Show what would be done, as jobs diff does.")
@output_options
@network_options
def apply(**given: Any) -> int:
    """Make the promotion job as it is defined, with the folders that are missing. Sends nothing where nothing differs.

    Folders that exist, their permissions and credentials, and jobs that this repository does not own are left alone.
    """
    return _apply(given, "jobs apply", dry_run=given["dry_run"])


@jobs_command.command("trigger")
@_app
@option("--to", metavar="ENV", help="Environment to promote to.")
@option("--tag", metavar="TAG", help="Tag of an earlier release; default: what the environment before runs.")
@option("--reason", metavar="TEXT", help="Why; recorded in the commit.")
@option("--dry-run", is_flag=True, help="Have the job plan and judge, and publish nothing: its parameter DRY_RUN.")
@option("--no-follow", is_flag=True, help="Start it and don't wait for its end.")
@_where_options
@_controller_options
@output_options
@option("--timeout", type=Duration(), default="24h", show_default=True, help="How long the build is followed.")
@option("--ca-file", metavar="FILE", help="Certificates (PEM) to trust for Git and Jenkins, beside the system's.")
def trigger(**given: Any) -> int:
    """Start the promotion job and follow it: the queue, the log (on stderr), the question, the result.

    Exit code 0 for SUCCESS, 1 for any other result, 5 when --timeout is over: the build goes on then, as it does after Ctrl-C.
    """
    with _found(given) as (controller, settings):
        from gitops_ci.delivery.jobs.triggering import Order, trigger
        from gitops_ci.report import jobs as report

        order = Order(
            settings.path,
            _one(given["app"]),
            given["to"],
            given["tag"] or "",
            given["reason"] or "",
            given["dry_run"],
            not given["no_follow"],
        )
        started = trigger(controller, order, report.to_stderr)
    return report.show_triggered(started, as_json=given["output"] == "json", file=given["result_file"])


@jobs_command.command("pending")
@_where_options
@_controller_options
@output_options
@network_options
def pending(**given: Any) -> int:
    """List the builds that wait for approval, each with its plan. Changes nothing."""
    with _found(given) as (controller, settings):
        from gitops_ci.delivery.jobs.waiting import pending
        from gitops_ci.report import jobs as report

        found = pending(controller, settings.path)
    report.show_pending(found, as_json=given["output"] == "json", file=given["result_file"])
    return Exit.OK


@jobs_command.command("approve")
@argument("build", required=False, metavar="[BUILD]")
@option("--plan", metavar="PLAN_ID", help="Approve only if it is this plan that waits (12 digits or more).")
@option("--reason", metavar="TEXT", help="Why, where the question asks for it.")
@_where_options
@_controller_options
@output_options
@network_options
def approve(**given: Any) -> int:
    """Approve what a build asks, as the person whose token is used. BUILD is its number or URL; default: the only one.

    Without --plan whatever waits at that moment is approved; it is shown on stderr first.
    """
    return _answer(given, "approve", given["plan"])


@jobs_command.command("abort")
@argument("build", required=False, metavar="[BUILD]")
@option("--reason", metavar="TEXT", help="Why; becomes the build's description, where the user may write it.")
@_where_options
@_controller_options
@output_options
@network_options
def abort(**given: Any) -> int:
    """Reject what a build asks: it ends as aborted, nothing is published. BUILD is its number or URL; default: the only one."""
    return _answer(given, "abort", None)


def _apply(given: dict[str, Any], operation: str, *, dry_run: bool) -> int:
    from gitops_ci.cli.place import place_of
    from gitops_ci.deadline import Deadline
    from gitops_ci.delivery import approach
    from gitops_ci.report.result import check_file

    check_file(given["result_file"])
    if given["config"] and not dry_run:
        raise UsageError("--config is for plans and dry runs alone", remedy="apply the gitops.yaml of the repository")
    place, deadline = place_of({**given, "plain_http": ()}), Deadline.after(given["timeout"])
    with approach(place, deadline) as repository:
        from gitops_ci.delivery.jobs.defining import definition_of

        definition, settings = definition_of(repository, place, _wishes(given))
    with _controller(given, settings, deadline) as controller:
        from gitops_ci.delivery.jobs.applying import apply, compare
        from gitops_ci.report import jobs as report

        found = (compare if dry_run else apply)(controller, definition, adopt=given["adopt"])
    shown_as = "jobs diff" if dry_run else operation
    report.show_applied(found, shown_as, as_json=given["output"] == "json", file=given["result_file"])
    return Exit.OK


def _answer(given: dict[str, Any], word: str, plan: str | None) -> int:
    with _found(given) as (controller, settings):
        from gitops_ci.delivery.jobs.answering import Answer, answer, build_number
        from gitops_ci.report import jobs as report

        path, number = settings.path, None
        if given["build"]:
            path, number = build_number(controller, given["build"], path)
        ask = Answer(path, word, number, plan, given["reason"])
        done = answer(controller, ask, lambda found: report.to_stderr(report.plan_text(found)))
    report.show_answered(done, as_json=given["output"] == "json", file=given["result_file"])
    return Exit.OK


@contextmanager
def _found(given: dict[str, Any]) -> Iterator[tuple["Controller", "Jenkins"]]:
    """Yield the controller and where the job stands there; gitops.yaml is read only where it decides something."""
    from gitops_ci.config.model import Jenkins
    from gitops_ci.deadline import Deadline
    from gitops_ci.delivery.jobs.defining import completed, settings_of
    from gitops_ci.report.result import check_file

    check_file(given["result_file"])
    deadline, wishes = Deadline.after(given["timeout"]), _wishes(given)
    if given["repo"] and not (wishes.url and wishes.folder and wishes.job):
        from gitops_ci.cli.place import place_of
        from gitops_ci.delivery import approach

        place = place_of({**given, "plain_http": ()})
        with approach(place, Deadline.after(min(given["timeout"], _READING))) as repository:
            settings = settings_of(repository, place, wishes)
    else:
        settings = completed(Jenkins(), wishes)
    with _controller(given, settings, deadline) as controller:
        yield controller, settings


@contextmanager
def _controller(given: dict[str, Any], settings: "Jenkins", deadline: "Deadline") -> Iterator["Controller"]:
    from gitops_ci.credentials import jenkins_login
    from gitops_ci.jenkins import Controller, connect

    url = settings.url or jenkins("JENKINS_URL")
    if not url:
        raise UsageError("nothing says where Jenkins is", remedy="give --jenkins-url, or url: under jenkins: in gitops.yaml")
    slack = _SLACK if "no_follow" in given else 0.0
    with Controller(connect(url, jenkins_login(), given["ca_file"]), deadline, slack) as controller:
        yield controller


def _wishes(given: dict[str, Any]) -> "Wishes":
    from gitops_ci.delivery.jobs.defining import Wishes

    ids = {"git": given.get("git_credentials"), "registry": given.get("registry_credentials")}
    return Wishes(
        url=given["jenkins_url"],
        folder=given["folder"],
        job=given["job"],
        library=given.get("library"),
        label=given.get("label"),
        credentials={kind: name for kind, name in ids.items() if name},
    )


def _one(apps: tuple[str, ...]) -> str | None:
    if len(apps) > 1:
        raise UsageError("the promotion job promotes one application at a time", remedy="trigger it once for each")
    return apps[0] if apps else None
