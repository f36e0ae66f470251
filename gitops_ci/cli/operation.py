"""update, promote, rollback, adopt, retire, and plan, which is each of them without publishing."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gitops_ci.base.errors import Category, Exit, GitopsError, ImageError, RefusedError, UsageError
from gitops_ci.cli.parameters.actor import actor_of
from gitops_ci.cli.parameters.operation import (
    AdoptOptions,
    AfterwardsOptions,
    OperationOptions,
    PromoteOptions,
    RetireOptions,
    RollbackOptions,
    UpdateOptions,
)
from gitops_ci.cli.parameters.options import MarkdownOptions, command, jenkins
from gitops_ci.cli.parameters.wait import wait_policy_of
from gitops_ci.model.operation import ADOPT, PROMOTE, RETIRE, ROLLBACK, UPDATE, Request

if TYPE_CHECKING:
    from gitops_ci.model.image_reference import Digest, ImageReference, Tag
    from gitops_ci.model.outcome import Outcome
    from gitops_ci.usecases import RepositoryLocation
    from gitops_ci.usecases.wait.request import WaitPolicy


@command("update", UpdateOptions)
def update_command(options: UpdateOptions) -> int:
    """Write a release into an environment that takes builds directly (dev)."""
    return _run(UPDATE, options)


@command("promote", PromoteOptions)
def promote_command(options: PromoteOptions) -> int:
    """Move the release that runs in one environment, the same image, into the next."""
    return _run(PROMOTE, options)


@command("rollback", RollbackOptions)
def rollback_command(options: RollbackOptions) -> int:
    """Return an environment to a release that ran there before."""
    return _run(ROLLBACK, options)


@command("adopt", AdoptOptions)
def adopt_command(options: AdoptOptions) -> int:
    """Record a value that was written by hand as a release, with a reason and its digest."""
    return _run(ADOPT, options)


@command("retire", RetireOptions)
def retire_command(options: RetireOptions) -> int:
    """Take an application out of an environment for good, with its values file."""
    return _run(RETIRE, options)


@click.group("plan")
def plan_command() -> None:
    """Show what an operation would do, what each gate says, and the plan's id; publish nothing."""


for _command in (
    update_command,
    promote_command,
    rollback_command,
    adopt_command,
    retire_command,
):
    plan_command.add_command(_command)


def _run(operation: str, options: OperationOptions) -> int:
    """Make the request, deliver it, and show the outcome; return the exit code."""
    from gitops_ci.cli.parameters.location import open_location

    context = click.get_current_context()
    planning = context.parent is not None and context.parent.info_name == "plan"
    request = _request(operation, options, dry_run=options.actor.dry_run or planning)
    wait_policy, argocd = None, None
    if options.afterwards:
        argocd = options.afterwards.argocd
        if options.afterwards.wait and not request.dry_run:
            wait_policy = _wait_policy(options.afterwards, request)
    with open_location(options.repository, options.network, argocd) as (
        repository,
        location,
        deadline,
    ):
        from gitops_ci.report import operation as report
        from gitops_ci.report.formats.output import check_file
        from gitops_ci.usecases.operation.run import run_operation

        check_file(options.output.result_file)
        if wait_policy:
            from gitops_ci.usecases.wait.after import check_access

            check_access(repository, location, request, wait_policy)
        outcome = run_operation(repository, request, location, deadline)
    if wait_policy and report.exit_code(outcome) == Exit.OK:
        return _wait(outcome, location, wait_policy, options.output)
    report.show(outcome, options.output)
    return report.exit_code(outcome)


def _wait_policy(options: AfterwardsOptions, request: Request) -> "WaitPolicy":
    if request.publish_branch:
        raise UsageError(
            "a proposal can't be waited for", remedy="merge it, then: gitops-ci wait APP --env ENV"
        )
    return wait_policy_of(options.waiting)


def _wait(
    outcome: "Outcome",
    location: "RepositoryLocation",
    wait_policy: "WaitPolicy",
    output: MarkdownOptions,
) -> int:
    """Wait for what an operation left; what was published stays published, however that ends."""
    from gitops_ci.base.interrupts import Terminated
    from gitops_ci.report import wait as report
    from gitops_ci.usecases.wait.after import wait_after

    report.show_before(outcome, output)
    try:
        arrivals = wait_after(outcome, location, wait_policy)
    except (KeyboardInterrupt, Terminated) as end:
        interrupted = isinstance(end, KeyboardInterrupt)
        word: Category = "interrupted" if interrupted else "terminated"
        error = GitopsError(
            f"{word} while waiting for Argo CD; commit {outcome.commit} stays", category=word
        )
        error.exit_code = Exit.INTERRUPTED if interrupted else Exit.TERMINATED
        error.commit, error.changed = outcome.commit, outcome.published
        raise error from None
    return report.show_after(outcome, arrivals, output)


def _request(operation: str, options: OperationOptions, *, dry_run: bool) -> Request:
    release = None
    if options.release:
        from gitops_ci.adapters.files.release_file import read_release_file

        _refuse_beside_release(options)
        release = read_release_file(Path(options.release)).release
    tag, digest, images = _checked(options)
    if operation == UPDATE:
        _refuse_pull_request()
        tag = tag or _default_tag(options)
    actor = options.actor
    return Request(
        operation=operation,
        environment=options.to or options.env,
        actor=actor_of(actor),
        apps=options.app,
        every=options.all,
        source=options.from_,
        tag=tag,
        digest=digest,
        commit=options.commit,
        images=images,
        release=release,
        allow_older=options.allow_older,
        skip_ci=actor.skip_ci,
        dry_run=dry_run,
        publish_branch=actor.publish_branch or None,
        version=actor.version or None,
        revision=options.revision,
        checkout=options.source,
        show_rendered=options.show_rendered,
        changelog=options.changelog,
    )


def _checked(
    options: OperationOptions,
) -> "tuple[Tag | None, Digest | None, tuple[ImageReference, ...]]":
    """Return what the command line says of images, checked once and for all; raises UsageError."""
    from gitops_ci.model.image_reference import check_digest, check_tag, parse_reference

    tag, digest = options.tag or options.to_tag, options.digest
    try:
        return (
            check_tag(tag) if tag else None,
            check_digest(digest) if digest else None,
            tuple(map(parse_reference, options.image)),
        )
    except ImageError as error:
        raise UsageError(error.message, remedy=error.remedy) from None


def _refuse_beside_release(options: OperationOptions) -> None:
    """Refuse what says the same as the release file, and would be ignored."""
    beside = {
        "tag": options.tag,
        "digest": options.digest,
        "image": options.image,
        "commit": options.commit,
        "revision": options.revision,
    }
    for name, value in beside.items():
        if value:
            raise UsageError(
                f"either --release or --{name}",
                remedy="the release file says which images are meant",
            )


def _refuse_pull_request() -> None:
    if jenkins("CHANGE_ID"):
        raise RefusedError(
            f"this is the build of pull request {jenkins('CHANGE_ID')}: what is not merged "
            "is not deployed",
            remedy="call update in builds of a branch, for example under: when { not { "
            "changeRequest() } }",
        )


def _default_tag(options: OperationOptions) -> "Tag | None":
    """Return the tag that build makes by default in this Jenkins build, where nothing else says
    what to write.
    """
    if options.release or options.image or not jenkins("BUILD_NUMBER"):
        return None
    from gitops_ci.core.tag_template import TagFacts, default_template, expand

    if jenkins("BRANCH_NAME") and not jenkins("GIT_COMMIT"):
        raise UsageError(
            "nothing says what to write: the tag of a multibranch build needs GIT_COMMIT, "
            "which is not set",
            remedy="give --tag, --image or --release",
        )
    facts = TagFacts(build_number=jenkins("BUILD_NUMBER"), revision=jenkins("GIT_COMMIT"))
    return expand(default_template(jenkins("BRANCH_NAME")), facts)
