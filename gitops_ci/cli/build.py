"""The command ``build``."""

from pathlib import Path
from typing import TYPE_CHECKING

from gitops_ci.base import interrupts
from gitops_ci.base.errors import UsageError
from gitops_ci.cli.parameters.options import (
    Engine,
    OptionSet,
    OutputOptions,
    argument,
    command,
    jenkins,
    option,
)

if TYPE_CHECKING:
    from gitops_ci.model.build import BuildOrigin, BuildRequest, EngineOptions

_FAREWELL = 15.0  # seconds beyond the time limit: an engine that is ended cleans up


class BuildOptions(OptionSet):
    """The options of ``build``: the image, its engine, where it comes from, and how it is
    reached.
    """

    app: str | None = argument()
    image: str | None = option("Repository to push to, without tag.", "REPOSITORY")
    tag: str | None = option(
        "Tag, with {build_number}, {git_sha}, {git_sha:7}, {git_sha_full}, {version}, "
        "{branch}, {date}.  "
        "[default: {build_number}, in a multibranch job {build_number}-{git_sha}]",
        "TEMPLATE",
    )
    pushed: str | None = option(
        "Record an image that another tool has pushed, instead of building one.", "REF"
    )
    digest: str | None = option("With --pushed: the digest that it must have.", "DIGEST")
    release: str = option("Release file to record the image in.", "FILE", default="release.json")

    context: str = option("Folder that the image is built from.", "DIR", default=".")
    file: str | None = option("Dockerfile.  [default: the engine's, in the context]", "FILE")
    engine: Engine | None = option("Engine.  [default: the first that works]")
    build_arg: tuple[str, ...] = option("Build argument (repeatable).", "KEY=VALUE")
    platform: str | None = option("Platform to build for.", "OS/ARCH")
    target: str | None = option("Stage of the Dockerfile to build.", "STAGE")
    engine_option: tuple[str, ...] = option(
        "Word for the engine before its subcommand (repeatable).", "WORD"
    )
    build_option: tuple[str, ...] = option(
        "Word for the engine's build command (repeatable).", "WORD"
    )

    source: str = option("Checkout that the image is built from.", "DIR", default=".")
    source_url: str | None = option(
        "Address of the source repository.  [default: the checkout's origin]", "URL"
    )
    revision: str | None = option(
        "Source revision, where there is no checkout.  [default: GIT_COMMIT]", "COMMIT"
    )
    version: str | None = option("Version, for the tag and the image's label.", "VERSION")
    branch_name: str | None = option("Branch that is built.  [default: BRANCH_NAME]", "BRANCH")
    build_number: str | None = option("Number of this build.  [default: BUILD_NUMBER]", "NUMBER")
    build_url: str | None = option("Address of this build.  [default: BUILD_URL]", "URL")

    plain_http: tuple[str, ...] = option(
        "Registry that is asked over plain HTTP (repeatable).", "HOST[:PORT]"
    )
    ca_file: str | None = option(
        "Certificates (PEM) to trust for registries, beside the system's.", "FILE"
    )
    timeout: float = option("Bound on the whole build.", default="30m")
    dry_run: bool = option("Say what would be built, and do nothing.")
    output: OutputOptions


@command("build", BuildOptions)
def build_command(options: BuildOptions) -> None:
    """Build the image of APP once, push it and record it in a release file.

    A tag that exists is reused when it was built from the same revision, and refused when it was
    not. The login of the registry comes from GITOPS_CI_REGISTRY_USERNAME and
    GITOPS_CI_REGISTRY_PASSWORD, or GITOPS_CI_REGISTRY_TOKEN (each also as ..._FILE), or from docker
    login.
    """
    from gitops_ci.base.deadline import Deadline
    from gitops_ci.model.image_reference import check_digest, parse_reference
    from gitops_ci.usecases.build import build, record_pushed

    repository = _check(options)
    deadline = Deadline.after(options.timeout)
    interrupts.end_within(options.timeout, _FAREWELL)
    if options.pushed:
        reference = parse_reference(options.pushed)
        digest = check_digest(options.digest) if options.digest else None
        request = _request(options, reference.repository)
        outcome = record_pushed(request, reference, digest, deadline)
    else:
        outcome = build(_request(options, repository), deadline)
    from gitops_ci.report import build as build_report

    build_report.show(outcome, options.output)


def _check(options: BuildOptions) -> str:
    """Return the repository to push to, '' where nothing is to be built."""
    if bool(options.image) == bool(options.pushed):
        raise UsageError(
            "either --image or --pushed has to be given",
            remedy="build with --image, record with --pushed",
        )
    if options.digest and not options.pushed:
        raise UsageError(
            "--digest belongs to --pushed",
            remedy="leave it out: the registry tells the digest of what is built",
        )
    if options.tag and options.pushed:
        raise UsageError("--tag belongs to --image", remedy="give the tag with --pushed NAME:TAG")
    return options.image or ""


def _request(options: BuildOptions, repository: str) -> "BuildRequest":
    from gitops_ci.adapters.credentials import registry_settings
    from gitops_ci.model.build import BuildRequest

    return BuildRequest(
        repository,
        _origin(options),
        _making(options),
        template=options.tag,
        app=options.app,
        registry=registry_settings(options.plain_http, options.ca_file),
        release_file=Path(options.release),
        dry_run=options.dry_run,
    )


def _origin(options: BuildOptions) -> "BuildOrigin":
    from gitops_ci.model.build import BuildOrigin

    return BuildOrigin(
        checkout=Path(options.source),
        revision=options.revision,
        revision_hint=jenkins("GIT_COMMIT"),
        url=options.source_url,
        version=options.version,
        branch=options.branch_name or jenkins("BRANCH_NAME"),
        build_number=options.build_number or jenkins("BUILD_NUMBER"),
        build_url=options.build_url or jenkins("BUILD_URL"),
    )


def _making(options: BuildOptions) -> "EngineOptions":
    from gitops_ci.model.build import EngineOptions

    return EngineOptions(
        context=Path(options.context),
        file=Path(options.file) if options.file else None,
        engine=options.engine,
        engine_options=options.engine_option,
        build_options=options.build_option,
        arguments=dict(_pair(text) for text in options.build_arg),
        platform=options.platform,
        target=options.target,
    )


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"--build-arg {name!r} has no value", remedy="give NAME=VALUE")
    return name, value
