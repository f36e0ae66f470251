"""The use case ``build``: one image, built and pushed once, or recorded when another tool has
pushed it.
"""

import logging
from datetime import UTC, datetime

from gitops_ci.adapters import registry
from gitops_ci.adapters.checkout.source import SourceCheckout, read_source, without_login
from gitops_ci.adapters.files.release_file import (
    add_to_release_file,
    check_record,
    is_web_address,
)
from gitops_ci.adapters.registry import RegistrySettings
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitopsError, ImageError, UnavailableError, UsageError
from gitops_ci.base.redaction import one_line
from gitops_ci.core import tag_template
from gitops_ci.core.tag_template import TagFacts
from gitops_ci.model.build import REVISION, BuildOutcome, BuildRecord, BuildRequest, EngineOptions
from gitops_ci.model.image_reference import ImageReference, Tag, check_digest, check_repository
from gitops_ci.model.release import Image, Known, Unknown

log = logging.getLogger(__name__)

# https://github.com/opencontainers/image-spec/blob/v1.1.0/annotations.md
_SOURCE = "org.opencontainers.image.source"
_VERSION = "org.opencontainers.image.version"
_CREATED = "org.opencontainers.image.created"
_SHOWN = 3  # changed files that a warning names


def build(request: BuildRequest, deadline: Deadline) -> BuildOutcome:
    """Build and push an image unless the same revision has done so already, and record it.

    Raises ImageError when the tag is taken by another revision or the build or push fails,
    UnavailableError when the registry can't be asked, UsageError for what is missing to name the
    tag.
    """
    check_repository(request.repository)
    if request.repository.startswith("oci:"):
        raise UsageError(
            "an engine can't push to a layout on disk",
            remedy="write it with another tool and record it with --pushed",
        )
    source = _source(request, deadline)
    reference = ImageReference(request.repository, _tag(request, source))
    _check_record(request, reference, source)
    digest = _digest_of_revision(reference, source, request, deadline)
    if digest:
        message = f"{reference} exists and was built from this revision: reused, nothing built"
        return _outcome(request, reference, digest, source, message, pushed=False)
    return _build_and_push(request, reference, source, deadline)


def record_pushed(
    request: BuildRequest, reference: ImageReference, digest: str | None, deadline: Deadline
) -> BuildOutcome:
    """Record an image that another tool has pushed; its digest is asked for, or verified when it is
    given.

    Raises ImageError when there is no such image or it has another digest, UnavailableError when
    the registry can't be asked.
    """
    if not reference.tag:
        raise UsageError(
            f"--pushed {reference} has no tag", remedy="give NAME:TAG: environments are told a tag"
        )
    if digest and reference.digest and digest != reference.digest:
        raise UsageError(
            f"--pushed {reference} and --digest {digest} contradict each other",
            remedy="leave --digest out",
        )
    source = _source(request, deadline)
    tagged = ImageReference(reference.repository, reference.tag)
    _check_record(request, tagged, source)
    existing = _digest(tagged, request.registry, deadline)
    if existing is None:
        raise ImageError(f"there is no image {tagged}", remedy="push it before it is recorded")
    expected = digest or reference.digest
    if expected and expected != existing:
        raise ImageError(
            f"{tagged} is {existing}, not {expected}",
            remedy="somebody else has pushed this tag: use one tag a build",
        )
    message = f"{tagged} is recorded as it was pushed"
    return _outcome(request, tagged, existing, source, message, pushed=False)


def _build_and_push(
    request: BuildRequest, reference: ImageReference, source: SourceCheckout, deadline: Deadline
) -> BuildOutcome:
    from gitops_ci.adapters import container_engines

    making = request.making
    _check_options(making)
    container_engines.check_arguments(making.arguments)
    engine = container_engines.find(making.engine, making.engine_options, deadline)
    if request.dry_run:
        message = f"{reference} would be built with {engine.name} and pushed"
        image = Image(request.repository, reference.tag or "")
        return BuildOutcome(
            image, _record(request, (), source), message, False, True, _notices(source)
        )
    log.info("building %s with %s", reference, engine.name)
    recipe = container_engines.Recipe(
        reference,
        making.context,
        making.file,
        _labels(request, source),
        making.arguments,
        making.platform,
        making.target,
        making.build_options,
    )
    container_engines.build(engine, recipe, request.registry, deadline)
    # a second build of the same tag may have been faster
    digest = _digest_of_revision(reference, source, request, deadline)
    if digest:
        message = (
            f"{reference} was pushed meanwhile by another build of this revision: reused, "
            "nothing pushed"
        )
        return _outcome(request, reference, digest, source, message, pushed=False)
    stated = container_engines.push(engine, reference, request.registry, deadline)
    digest = _confirmed_digest(reference, stated, source, request, deadline)
    return _outcome(
        request,
        reference,
        digest,
        source,
        f"{reference} was built with {engine.name} and pushed",
        pushed=True,
    )


def _confirmed_digest(
    reference: ImageReference,
    stated: str | None,
    source: SourceCheckout,
    request: BuildRequest,
    deadline: Deadline,
) -> str:
    """Return the digest that the registry has after the push, which has to be of this revision.

    Another build may have pushed right after, or have moved the tag inside the engine right before.
    """
    existing = _digest_of_revision(reference, source, request, deadline)
    if existing is None:
        raise ImageError(
            f"{reference} was pushed, but the registry does not have it",
            remedy="ask the registry's operator",
        )
    if stated and existing != stated:
        log.warning(
            "%s was pushed as %s and is %s now: another build of this revision pushed it too",
            reference,
            stated,
            existing,
        )
    return existing


def _digest_of_revision(
    reference: ImageReference, source: SourceCheckout, request: BuildRequest, deadline: Deadline
) -> str | None:
    """Return the digest of the tag when this revision has built it, None when the tag is free;
    raises ImageError otherwise.
    """
    digest = _digest(reference, request.registry, deadline)
    if digest is None:
        return None
    labels = registry.labels_of(
        ImageReference(reference.repository, digest=check_digest(digest)),
        request.registry,
        deadline,
    )
    if isinstance(labels, Unknown):
        raise _no_answer(labels, "what the existing image was built from")
    revision = labels.get(REVISION) if isinstance(labels, dict) else None
    if revision == source.revision:
        return digest
    origin = (
        f"was built from revision {one_line(revision[:80])}"
        if revision
        else "does not say from which revision it was built"
    )
    raise ImageError(
        f"{reference} exists already and {origin}, not from {source.revision}: a tag is built once",
        remedy="give another --tag (with {git_sha}, for example), or record it as it is with "
        "--pushed",
    )


def _digest(
    reference: ImageReference, settings: RegistrySettings, deadline: Deadline
) -> str | None:
    fact = registry.digest_of(reference, settings, deadline)
    if isinstance(fact, Known):
        return fact.value
    raise _no_answer(fact, "which images exist")


def _no_answer(fact: Unknown, what: str) -> GitopsError:
    if fact.transient:
        return UnavailableError(
            f"{fact.reason}; without it nobody knows {what}",
            remedy="try again when the registry answers",
        )
    return ImageError(f"{fact.reason}; without it nobody knows {what}")


def _source(request: BuildRequest, deadline: Deadline) -> SourceCheckout:
    origin = request.origin
    source = read_source(origin.checkout, origin.revision, origin.revision_hint, deadline)
    for notice in _notices(source):
        log.warning("%s", notice)
    return source


def _notices(source: SourceCheckout) -> tuple[str, ...]:
    if not source.dirty:
        return ()
    more = f" and {len(source.dirty) - _SHOWN} more" if len(source.dirty) > _SHOWN else ""
    files = ", ".join(source.dirty[:_SHOWN])
    return (
        f"the checkout has changes that revision {source.revision[:12]} has not: {files}{more}",
    )


def _tag(request: BuildRequest, source: SourceCheckout) -> Tag:
    origin = request.origin
    facts = TagFacts(
        origin.build_number, source.revision, origin.version, origin.branch, source.date
    )
    return tag_template.expand(
        request.template or tag_template.default_template(origin.branch), facts
    )


def _labels(request: BuildRequest, source: SourceCheckout) -> dict[str, str]:
    labels = {
        REVISION: source.revision,
        _SOURCE: without_login(request.origin.url) if request.origin.url else source.url,
        _VERSION: request.origin.version,
        _CREATED: _now(),
    }
    return {name: one_line(value) for name, value in labels.items() if value}


def _outcome(
    request: BuildRequest,
    reference: ImageReference,
    digest: str,
    source: SourceCheckout,
    message: str,
    *,
    pushed: bool,
) -> BuildOutcome:
    image = Image(reference.repository, reference.tag or "", digest)
    record = _record(request, (image,), source)
    if request.release_file and not request.dry_run:
        record = add_to_release_file(request.release_file, record)
    return BuildOutcome(image, record, message, pushed, request.dry_run, _notices(source))


def _check_record(request: BuildRequest, reference: ImageReference, source: SourceCheckout) -> None:
    """Refuse what could not be recorded before it is built."""
    check_record(
        _record(request, (Image(reference.repository, reference.tag or ""),), source), "the build"
    )


def _record(
    request: BuildRequest, images: tuple[Image, ...], source: SourceCheckout
) -> BuildRecord:
    origin = request.origin
    url = origin.build_url
    if url and not is_web_address(url):
        raise UsageError(
            f"the build URL {one_line(url[:200])!r} is not an http(s) address",
            remedy="correct --build-url",
        )
    return BuildRecord(
        images,
        app=request.app,
        source_revision=source.revision,
        source_authors=source.authors,
        build_url=url,
        build_number=origin.build_number,
        version=origin.version,
        created=_now(),
    )


def _check_options(making: EngineOptions) -> None:
    if making.platform and "," in making.platform:
        raise UsageError(
            f"--platform {one_line(making.platform)} names several platforms",
            remedy="build them with the engine's own tools, push the index, and record it with "
            "--pushed",
        )
    if not making.context.is_dir():
        raise UsageError(
            f"--context {making.context} is not a folder",
            remedy="name the folder that the image is built from",
        )
    if making.file and not making.file.is_file():
        raise UsageError(
            f"--file {making.file} does not exist",
            remedy="name the Dockerfile, as seen from the current folder",
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
