"""Pure: what an operation would change, and the id that an approval is bound to."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from gitops_ci.base.errors import GitopsError, UsageError, ValuesError
from gitops_ci.core.plan_id import identity
from gitops_ci.core.release_values import edits_for, with_repositories
from gitops_ci.model.config import ImageKeys
from gitops_ci.model.image_reference import Digest, ImageReference, parse_reference
from gitops_ci.model.operation import Change, Chart, Choice, Plan, Request, Target
from gitops_ci.model.release import Image, Release

Files = Mapping[tuple[str, str], bytes | None]
_NONE: Mapping[str, Chart] = {}


def make(
    request: Request,
    targets: Sequence[Target],
    choices: Sequence[Choice],
    files: Files,
    charts: Mapping[str, Chart] = _NONE,
) -> Plan:
    """Return the plan that moves each chosen release into its target, with the charts that go
    along, by application.

    Raises ValuesError where a file can't be edited.
    """
    environment = targets[0].environment
    changes = [
        _change(target, choice, files, charts.get(target.app.name))
        for target, choice in zip(targets, choices, strict=True)
    ]
    in_any_case = request.kind.keeps_release or request.kind.removes
    moving = tuple(change for change in changes if in_any_case or change.moves)
    return Plan(
        operation=request.operation,
        environment=environment,
        source=_source(moving) or environment.source,
        changes=moving,
        unchanged=tuple(change for change in changes if not (in_any_case or change.moves)),
        id=identity(request.operation, request.actor.overrides, environment, moving),
    )


def _source(changes: Sequence[Change]) -> str | None:
    """Return the environment that all releases come from, None where it is not one."""
    origins = [change.origin for change in changes if change.origin]
    sources = {origin.environment for origin in origins if origin.environment}
    return sources.pop() if len(sources) == 1 else None


def without_recorded(plan: Plan, done: Sequence[Change], request: Request) -> Plan:
    """Return the plan without changes that turned out to be recorded already."""
    rest = tuple(change for change in plan.changes if change not in done)
    name = identity(request.operation, request.actor.overrides, plan.environment, rest)
    return replace(plan, changes=rest, unchanged=plan.unchanged + tuple(done), id=name)


def following_records(plan: Plan, priors: Mapping[str, str], request: Request) -> Plan:
    """Return the plan as one that follows these records, by application.

    At another time it is another plan.
    """
    changes = tuple(replace(change, prior=priors[change.app.name]) for change in plan.changes)
    name = identity(request.operation, request.actor.overrides, plan.environment, changes)
    return replace(plan, changes=changes, id=name)


def named_release(request: Request, target: Target) -> Release:
    """Return the tuple that ``update`` writes: the running one, with the images that the caller
    names replaced.

    Raises UsageError when an image is not one of the application's, or none is named.
    """
    named = _named(request, target)
    images = list(target.release.images)
    strangers: list[Image] = []
    for image in named:
        slots = _slots(image, target, len(named))
        if not slots:
            strangers.append(image)
        for slot in slots:
            repository = images[slot].repository or image.repository
            images[slot] = replace(image, repository=repository)
    # a release file and several applications may bring images of others; what was typed for one is
    # meant for it
    typed = bool(request.images) and len(request.apps) <= 1
    if len(strangers) == len(named) or (strangers and typed):
        raise _not_of_the_application(strangers, target)
    if request.release:
        return replace(request.release, images=tuple(images))
    return Release(tuple(images), build_url=request.actor.build_url)


def _not_of_the_application(strangers: Sequence[Image], target: Target) -> UsageError:
    images = target.release.images
    return UsageError(
        f"{', '.join(map(str, strangers))} is no image of {target.app.name}, which runs "
        f"{', '.join(image.repository or '(unknown)' for image in images)} in "
        f"{target.environment.name}",
        remedy="name the image as gitops.yaml or the values file has it, or correct the "
        "repository there",
    )


def _named(request: Request, target: Target) -> list[Image]:
    if request.release:
        return list(request.release.images)
    if request.images:
        return [_image(reference, request) for reference in request.images]
    if not request.tag:
        raise UsageError("nothing says what to write", remedy="give --tag, --image or --release")
    repositories = [image.repository for image in target.release.images]
    if len(set(repositories)) > 1:
        options = " ".join(f"--image {repository}" for repository in repositories)
        raise UsageError(
            f"{target.app.name} has {len(repositories)} images, and --tag alone does not say which",
            remedy=f"name them: {options} --tag {request.tag}",
        )
    return [Image(repositories[0], request.tag, _given_digest(request))]


def _image(reference: ImageReference, request: Request) -> Image:
    tag = reference.tag or request.tag
    if not tag:
        raise UsageError(
            f"--image {reference} has no tag",
            remedy="give --image REPOSITORY:TAG, or --tag beside it",
        )
    if request.tag and reference.tag and request.tag != reference.tag:
        raise UsageError(
            f"--image says {reference.tag} and --tag says {request.tag}", remedy="give the tag once"
        )
    return Image(reference.repository, tag, reference.digest or _given_digest(request))


def _given_digest(request: Request) -> Digest | None:
    if request.digest and len(request.images) > 1:
        raise UsageError(
            "--digest with several images", remedy="give --image REPOSITORY:TAG@DIGEST for each"
        )
    return request.digest


def _slots(image: Image, target: Target, named: int) -> list[int]:
    """Return the places of the application's images that are meant.

    An image answers to any repository that the configuration gives it.
    """
    images = target.release.images
    if named == 1 and len(images) == 1 and not images[0].repository:
        return [0]
    return [
        slot
        for slot, (keys, current) in enumerate(zip(target.app.images, images, strict=True))
        if image.repository == current.repository
        or image.repository in _configured(keys, target.app.name)
    ]


def _configured(keys: ImageKeys, app: str) -> set[str | None]:
    return {keys.repository_in(app, environment) for environment in keys.repositories}


def _change(target: Target, choice: Choice, files: Files, chart: Chart | None) -> Change:
    after = with_repositories(choice.release, target.release)
    data = files[target.branch, target.file]
    if data is None:
        raise ValuesError(f"{target.file} does not exist on branch {target.branch}")
    return Change(
        app=target.app,
        environment=target.environment,
        branch=target.branch,
        file=target.file,
        before=target.release,
        after=after,
        edits=edits_for(data, target.app, after, branch=target.branch, file=target.file),
        origin=choice.origin,
        chart=chart,
    )


def references(release: Release) -> list[ImageReference | None]:
    """Return what the registry is asked for, image by image.

    None where no repository or tag is known.
    """
    return [_reference(image) for image in release.images]


def _reference(image: Image) -> ImageReference | None:
    if not image.repository or not image.deployed:
        return None
    try:
        return parse_reference(f"{image.repository}:{image.tag}" if image.tag else str(image))
    except GitopsError:
        return None
