"""update, promote, rollback, adopt, and plan, which is each of them without publishing."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gitops_ci.cli.options import argument, jenkins, network_options, option, together
from gitops_ci.cli.waiting import argocd_options, wait_options, wish_of
from gitops_ci.errors import Category, Exit, GitopsError, ImageError, RefusedError, UsageError
from gitops_ci.operation import ADOPT, PROMOTE, ROLLBACK, UPDATE, Actor, Request

if TYPE_CHECKING:
    from gitops_ci.delivery import Place
    from gitops_ci.image_reference import Digest, ImageReference, Tag
    from gitops_ci.outcome import Outcome

_app = argument("app", nargs=-1, required=False)
_env = option("--env", required=True, metavar="ENV", help="The environment to change.")
_all = option("--all", is_flag=True, help="Every application that has a values file there, in one commit.")

_place_options = together(
    option("--repo", required=True, metavar="URL|PATH", help="The GitOps repository."),
    option("--branch", metavar="BRANCH", help="The branch with gitops.yaml; default: the one that HEAD names."),
    option("--config", metavar="FILE", help="A local gitops.yaml instead, for plans and dry runs."),
    option("--plain-http", multiple=True, metavar="HOST[:PORT]", help="A registry that may be asked without TLS (repeatable)."),
)

_actor_options = together(
    option("--reason", metavar="TEXT", help="Why; recorded in the commit."),
    option("--requested-by", multiple=True, metavar="NAME", help="Who asks for it (repeatable); default: the login name."),
    option("--build-url", metavar="URL", help="The build that does it; default: BUILD_URL."),
    option("--approved-by", multiple=True, metavar="NAME", help="Who approved it (repeatable)."),
    option("--approved-plan", metavar="ID", help="Publish this plan or nothing."),
    option("--override", multiple=True, metavar="GATE", help="Pass a gate that refuses, as a person named for it (repeatable)."),
    option(
        "--publish-branch",
        metavar="TEMPLATE",
        help="Propose it on a branch of its own, to be merged by a pull request: promote/{app}-{env}; {tag} exists too.",
    ),
    option("--version", metavar="VERSION", help="The version, for an environment that is published as a Git tag."),
    option("--skip-ci", is_flag=True, help="Mark the commit with [skip ci], so that it starts no pipeline."),
    option("--dry-run", is_flag=True, help="Show the plan and every gate's verdict; publish nothing."),
)

_output_options = together(
    option("--output", type=click.Choice(["text", "json", "markdown"]), default="text", help="How the result is printed."),
    option("--result-file", metavar="FILE", help="Write the result there as JSON, on failure too."),
)
_common = together(_place_options, _actor_options, _output_options, network_options)

_wait_options = together(
    option("--wait", is_flag=True, help="Then wait until Argo CD runs it, as the command wait does."),
    wait_options,
    argocd_options,
)

_show_rendered = option(
    "--show-rendered", is_flag=True, help="Show what helm makes of it: the difference of the manifests, without Secrets' values."
)

_release_options = together(
    option("--tag", metavar="TAG", help="The image tag."),
    option("--digest", metavar="DIGEST", help="The digest of that image, where it is known."),
    option("--image", multiple=True, metavar="REF", help="REPOSITORY[:TAG][@DIGEST] of one image (repeatable)."),
    option("--release", metavar="FILE", help="The release file that build wrote."),
)


@click.command("update")
@_app
@_env
@_release_options
@option("--allow-older", is_flag=True, help="Also when a newer build of the same job runs there.")
@_show_rendered
@_wait_options
@_common
def update_command(**given: Any) -> int:
    """Write a release into an environment that takes builds directly (dev)."""
    return _run(UPDATE, given)


@click.command("promote")
@_app
@option("--to", required=True, metavar="ENV", help="The environment to promote to.")
@option("--from", "from_", metavar="ENV", help="The environment to promote from; default: the one before.")
@_all
@option("--tag", metavar="TAG", help="An earlier release that ran there, by its tag.")
@option("--commit", metavar="SHA", help="An earlier release, by the commit that deployed it.")
@option("--release", metavar="FILE", help="A release file: with --override order, a hotfix that skips environments.")
@option("--revision", metavar="REV", help="The release that was built from this source revision (commit, branch or tag).")
@option("--source", metavar="DIR", help="Checkout of the source, for --revision and --changelog.  [default: the current folder]")
@option("--changelog", is_flag=True, help="In a plan: show what it brings, the releases since and the commits of the source.")
@_show_rendered
@_wait_options
@_common
def promote_command(**given: Any) -> int:
    """Move the release that runs in one environment, the same image, into the next."""
    return _run(PROMOTE, given)


@click.command("rollback")
@_app
@_env
@_all
@option("--to-tag", metavar="TAG", help="The release to return to; default: the one before.")
@option("--commit", metavar="SHA", help="The release to return to, by the commit that deployed it.")
@_show_rendered
@_wait_options
@_common
def rollback_command(**given: Any) -> int:
    """Return an environment to a release that ran there before."""
    return _run(ROLLBACK, given)


@click.command("adopt")
@_app
@_env
@_all
@_common
def adopt_command(**given: Any) -> int:
    """Record a value that was written by hand as a release, with a reason and its digest."""
    return _run(ADOPT, given)


@click.group("plan")
def plan_command() -> None:
    """Show what an operation would do, what each gate says, and the plan's id; publish nothing."""


for _command in (update_command, promote_command, rollback_command, adopt_command):
    plan_command.add_command(_command)


def _run(operation: str, given: dict[str, Any]) -> int:
    """Make the request, deliver it, and show the outcome; return the exit code."""
    from gitops_ci.cli.place import place_of
    from gitops_ci.deadline import Deadline
    from gitops_ci.delivery import approach

    context = click.get_current_context()
    planning = context.parent is not None and context.parent.info_name == "plan"
    request = _request(operation, given, dry_run=given["dry_run"] or planning)
    place, deadline = place_of(given), Deadline.after(given["timeout"])
    waiting = given.get("wait", False) and not request.dry_run
    if waiting and request.publish_branch:
        raise UsageError("a proposal can't be waited for", remedy="merge it, then: gitops-ci wait APP --env ENV")
    with approach(place, deadline) as repository:
        from gitops_ci.delivery.deliver import carry_out
        from gitops_ci.report import outcome as report
        from gitops_ci.report.result import check_file

        check_file(given["result_file"])
        if waiting:
            from gitops_ci.delivery.waiting.after import check_access

            check_access(repository, place, request, wish_of(given))
        result = carry_out(repository, request, place, deadline)
    if waiting and report.exit_code(result) == Exit.OK:
        return _wait(result, place, given)
    report.show(result, output=given["output"], file=given["result_file"])
    return report.exit_code(result)


def _wait(outcome: "Outcome", place: "Place", given: dict[str, Any]) -> int:
    """Wait for what an operation left; what was published stays published, however that ends."""
    from gitops_ci.delivery.waiting.after import wait_after
    from gitops_ci.interrupts import Terminated
    from gitops_ci.report import rollout as report

    report.show_before(outcome, output=given["output"], file=given["result_file"])
    try:
        arrivals = wait_after(outcome, place, wish_of(given))
    except (KeyboardInterrupt, Terminated) as end:
        interrupted = isinstance(end, KeyboardInterrupt)
        word: Category = "interrupted" if interrupted else "terminated"
        error = GitopsError(f"{word} while waiting for Argo CD; commit {outcome.commit} stays", category=word)
        error.exit_code = Exit.INTERRUPTED if interrupted else Exit.TERMINATED
        error.commit, error.changed = outcome.commit, outcome.published
        raise error from None
    return report.show_after(outcome, arrivals, output=given["output"], file=given["result_file"])


def _request(operation: str, given: dict[str, Any], *, dry_run: bool) -> Request:
    release = None
    if given.get("release"):
        from gitops_ci.release_file import read_release_file

        _refuse_beside_release(given)
        release = read_release_file(Path(given["release"])).release
    tag, digest, images = _checked(given)
    if operation == UPDATE:
        _refuse_pull_request()
        tag = tag or _default_tag(given)
    return Request(
        operation=operation,
        environment=given.get("to") or given["env"],
        actor=_actor(given),
        apps=tuple(given["app"]),
        every=given.get("all", False),
        source=given.get("from_"),
        tag=tag,
        digest=digest,
        commit=given.get("commit"),
        images=images,
        release=release,
        allow_older=given.get("allow_older", False),
        skip_ci=given["skip_ci"],
        dry_run=dry_run,
        publish_branch=given["publish_branch"] or None,
        version=given["version"] or None,
        revision=given.get("revision"),
        checkout=given.get("source"),
        show_rendered=given.get("show_rendered", False),
        changelog=given.get("changelog", False),
    )


def _checked(given: dict[str, Any]) -> "tuple[Tag | None, Digest | None, tuple[ImageReference, ...]]":
    """Return what the command line says of images, checked once and for all; raises UsageError."""
    from gitops_ci.image_reference import check_digest, check_tag, parse_reference

    tag, digest = given.get("tag") or given.get("to_tag"), given.get("digest")
    try:
        return (
            check_tag(tag) if tag else None,
            check_digest(digest) if digest else None,
            tuple(map(parse_reference, given.get("image") or ())),
        )
    except ImageError as error:
        raise UsageError(error.message, remedy=error.remedy) from None


def _refuse_beside_release(given: dict[str, Any]) -> None:
    """Refuse what says the same as the release file, and would be ignored."""
    for name in ("tag", "digest", "image", "commit", "revision"):
        if given.get(name):
            raise UsageError(f"either --release or --{name}", remedy="the release file says which images are meant")


def _actor(given: dict[str, Any]) -> Actor:
    return Actor(
        requesters=requesters_of(given["requested_by"]),
        approved_by=tuple(filter(None, map(_approver, given["approved_by"]))),
        approved_plan=given["approved_plan"],
        reason=_word(given["reason"]),
        build_url=given["build_url"] or jenkins("BUILD_URL"),
        overrides=tuple(given["override"]),
    )


def requesters_of(named: Sequence[str]) -> tuple[str, ...]:
    """Return who asks: as named, else who started the Jenkins build, else the login name."""
    from gitops_ci.requesters import is_nobody, requesters

    found = requesters(named)
    if is_nobody(found) and not jenkins("BUILD_NUMBER"):
        raise UsageError(
            f"{found[0]!r} asks for it: that is what a build records which no person started",
            remedy="say who asks with --requested-by NAME",
        )
    return found or requesters([jenkins("BUILD_USER_ID") or ""]) or (_login_name(),)


def _approver(name: str) -> str:
    """Return the name of one person; raises UsageError for what could be read as two."""
    from gitops_ci.person_names import visible

    if len(name.strip().splitlines()) > 1:
        raise UsageError(f"--approved-by {name!r} has a line break", remedy="give --approved-by once for each person")
    return visible(name)


def _word(text: str | None) -> str | None:
    """Return a text that says something; a variable that a job left empty is none."""
    return (text or "").strip() or None


def _refuse_pull_request() -> None:
    if jenkins("CHANGE_ID"):
        raise RefusedError(
            f"this is the build of pull request {jenkins('CHANGE_ID')}: what is not merged is not deployed",
            remedy="call update in builds of a branch, for example under: when { not { changeRequest() } }",
        )


def _default_tag(given: dict[str, Any]) -> "Tag | None":
    """Return the tag that build makes by default in this Jenkins build, where nothing else says what to write."""
    if given["release"] or given["image"] or not jenkins("BUILD_NUMBER"):
        return None
    from gitops_ci.tag_template import TagFacts, default_template, expand

    if jenkins("BRANCH_NAME") and not jenkins("GIT_COMMIT"):
        raise UsageError(
            "nothing says what to write: the tag of a multibranch build needs GIT_COMMIT, which is not set",
            remedy="give --tag, --image or --release",
        )
    facts = TagFacts(build_number=jenkins("BUILD_NUMBER"), revision=jenkins("GIT_COMMIT"))
    return expand(default_template(jenkins("BRANCH_NAME")), facts)


def _login_name() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
