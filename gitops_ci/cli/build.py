"""The command ``build``."""

from pathlib import Path
from typing import Any

import click

from gitops_ci.cli.options import Duration, argument, jenkins, option, output_options, together
from gitops_ci.errors import UsageError

_image_options = together(
    option("--image", metavar="REPOSITORY", help="Repository to push to, without tag."),
    option("--tag", metavar="TEMPLATE", help="Tag, with {build_number}, {git_sha}, {git_sha:7}, {git_sha_full}, {version}, "
           "{branch}, {date}.  [default: {build_number}, in a multibranch job {build_number}-{git_sha}]"),
    option("--pushed", metavar="REF", help="Record an image that another tool has pushed, instead of building one."),
    option("--digest", metavar="DIGEST", help="With --pushed: the digest that it must have."),
    option("--release", metavar="FILE", default="release.json", show_default=True, help="Release file to record the image in."),
)  # fmt: skip

_engine_options = together(
    option("--context", metavar="DIR", default=".", show_default=True, help="Folder that the image is built from."),
    option("--file", metavar="FILE", help="Dockerfile.  [default: the engine's, in the context]"),
    option("--engine", type=click.Choice(["docker", "podman", "buildah"]), help="Engine.  [default: the first that works]"),
    option("--build-arg", metavar="KEY=VALUE", multiple=True, help="Build argument (repeatable)."),
    option("--platform", metavar="OS/ARCH", help="Platform to build for."),
    option("--target", metavar="STAGE", help="Stage of the Dockerfile to build."),
    option("--engine-option", metavar="WORD", multiple=True, help="Word for the engine before its subcommand (repeatable)."),
    option("--build-option", metavar="WORD", multiple=True, help="Word for the engine's build command (repeatable)."),
)

_origin_options = together(
    option("--source", metavar="DIR", default=".", show_default=True, help="Checkout that the image is built from."),
    option("--source-url", metavar="URL", help="Address of the source repository.  [default: the checkout's origin]"),
    option("--revision", metavar="COMMIT", help="Source revision, where there is no checkout.  [default: GIT_COMMIT]"),
    option("--version", metavar="VERSION", help="Version, for the tag and the image's label."),
    option("--branch-name", metavar="BRANCH", help="Branch that is built.  [default: BRANCH_NAME]"),
    option("--build-number", metavar="NUMBER", help="Number of this build.  [default: BUILD_NUMBER]"),
    option("--build-url", metavar="URL", help="Address of this build.  [default: BUILD_URL]"),
)

_registry_options = together(
    option("--plain-http", metavar="HOST[:PORT]", multiple=True, help="Registry that is asked over plain HTTP (repeatable)."),
    option("--ca-file", metavar="FILE", help="Certificates (PEM) to trust for registries, beside the system's."),
    option("--timeout", type=Duration(), default="30m", show_default=True, help="Bound on the whole build."),
    option("--dry-run", is_flag=True, help="Say what would be built, and do nothing."),
)


@click.command("build")
@argument("app", required=False)
@_image_options
@_engine_options
@_origin_options
@_registry_options
@output_options
def build_command(output: str, result_file: str | None, **options: Any) -> None:
    """Build the image of APP once, push it and record it in a release file.

    A tag that exists is reused when it was built from the same revision, and refused when it was not. The login of
    the registry comes from GITOPS_CI_REGISTRY_USERNAME and GITOPS_CI_REGISTRY_PASSWORD, or GITOPS_CI_REGISTRY_TOKEN
    (each also as ..._FILE), or from docker login.
    """
    from gitops_ci.deadline import Deadline
    from gitops_ci.delivery.build import build, record_pushed
    from gitops_ci.image_reference import check_digest, parse_reference

    _check(options)
    deadline = Deadline.after(options["timeout"])
    if options["pushed"]:
        reference = parse_reference(options["pushed"])
        digest = check_digest(options["digest"]) if options["digest"] else None
        outcome = record_pushed(_request(options, reference.repository), reference, digest, deadline)
    else:
        outcome = build(_request(options, options["image"]), deadline)
    from gitops_ci.report import built

    built.show(outcome, as_json=output == "json", file=result_file)


def _check(options: dict[str, Any]) -> None:
    if bool(options["image"]) == bool(options["pushed"]):
        raise UsageError("either --image or --pushed has to be given", remedy="build with --image, record with --pushed")
    if options["digest"] and not options["pushed"]:
        raise UsageError("--digest belongs to --pushed", remedy="leave it out: the registry tells the digest of what is built")
    if options["tag"] and options["pushed"]:
        raise UsageError("--tag belongs to --image", remedy="give the tag with --pushed NAME:TAG")


def _request(options: dict[str, Any], repository: str) -> Any:
    from gitops_ci.build_request import BuildRequest, Making, Origin
    from gitops_ci.credentials import registry_settings

    origin = Origin(
        checkout=Path(options["source"]),
        revision=options["revision"],
        revision_hint=jenkins("GIT_COMMIT"),
        url=options["source_url"],
        version=options["version"],
        branch=options["branch_name"] or jenkins("BRANCH_NAME"),
        build_number=options["build_number"] or jenkins("BUILD_NUMBER"),
        build_url=options["build_url"] or jenkins("BUILD_URL"),
    )
    making = Making(
        context=Path(options["context"]),
        file=Path(options["file"]) if options["file"] else None,
        engine=options["engine"],
        engine_options=options["engine_option"],
        build_options=options["build_option"],
        arguments=dict(_pair(text) for text in options["build_arg"]),
        platform=options["platform"],
        target=options["target"],
    )
    return BuildRequest(
        repository,
        origin,
        making,
        template=options["tag"],
        app=options["app"],
        registry=registry_settings(options["plain_http"], options["ca_file"]),
        release_file=Path(options["release"]),
        dry_run=options["dry_run"],
    )


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"--build-arg {name!r} has no value", remedy="give NAME=VALUE")
    return name, value
