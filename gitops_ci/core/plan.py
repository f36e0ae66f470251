"""Pure: what an operation would change, and the id that an approval is bound to."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from gitops_ci.base.errors import GitopsError, UsageError, ValuesError
from gitops_ci.core.plan_id import identity
from gitops_ci.core.release_values import edits_for, with_repositories
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
    pairs = zip(targets, choices, strict=True)
    changes = tuple(
        _change(target, choice, files, charts.get(target.app.name)) for target, choice in pairs
    )
    moving = (
        changes
        if request.kind.keeps_release
        else tuple(change for change in changes if change.moves)
    )
    unchanged = tuple(change for change in changes if change not in moving)
    sources = {
        change.origin.environment
        for change in moving
        if change.origin and change.origin.environment
    }
    return Plan(
        operation=request.operation,
        environment=environment,
        source=sources.pop() if len(sources) == 1 else environment.source,
        changes=moving,
        unchanged=unchanged,
        id=identity(request.operation, request.actor.overrides, environment, moving),
    )


def without_recorded(plan: Plan, done: Sequence[Change], request: Request) -> Plan:
    """Return the plan without changes that turned out to be recorded already."""
    rest = tuple(change for change in plan.changes if change not in done)
    name = identity(request.operation, request.actor.overrides, plan.environment, rest)
    return replace(plan, changes=rest, unchanged=plan.unchanged + tuple(done), id=name)


def following_records(plan: Plan, priors: Mapping[str, str], request: Request) -> Plan:
    """Return the plan as one that follows these records, by application: at another time it is
    another plan.
    """
    changes = tuple(replace(change, prior=priors[change.app.name]) for change in plan.changes)
    name = identity(request.operation, request.actor.overrides, plan.environment, changes)
    return replace(plan, changes=changes, id=name)


def named_release(request: Request, target: Target) -> Release:
    """Return the tuple that ``update`` writes: the running one, with the images that the caller
    names replaced.

    Raises UsageError when an image is not one of the application's, or none is named.
    """
    current = target.release
    named = _named(request, target)
    images = list(current.images)
    strangers: list[Image] = []
    for image in named:
        slots = _slots(image, target, len(named))
        for index in slots:
            images[index] = Image(
                images[index].repository or image.repository, image.tag, image.digest
            )
        strangers += [] if slots else [image]
    # a release file and several applications may bring images of others; what was typed for one is
    # meant for it
    if len(strangers) == len(named) or (strangers and request.images and len(request.apps) <= 1):
        raise UsageError(
            f"{', '.join(map(str, strangers))} is no image of {target.app.name}, "
            "which runs "
            f"{', '.join(image.repository or '(unknown)' for image in current.images)} in "
            f"{target.environment.name}",
            remedy="name the image as gitops.yaml or the values file has it, or correct the "
            "repository there",
        )
    release = request.release
    if release:
        return replace(release, images=tuple(images))
    return Release(tuple(images), build_url=request.actor.build_url)


def _named(request: Request, target: Target) -> list[Image]:
    if request.release:
        return list(request.release.images)
    if request.images:
        return [_image(reference, request) for reference in request.images]
    if not request.tag:
        raise UsageError("nothing says what to write", remedy="give --tag, --image or --release")
    if len({image.repository for image in target.release.images}) > 1:
        raise UsageError(
            f"{target.app.name} has {len(target.release.images)} images, and --tag alone "
            "does not say which",
            remedy="name them: "
            f"{' '.join(f'--image {image.repository}' for image in target.release.images)} "
            f"--tag {request.tag}",
        )
    return [Image(target.release.images[0].repository, request.tag, _given_digest(request))]


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
    """Return which of the application's images are meant: by any repository that the configuration
    gives them.
    """
    slots = []
    for index, (keys, current) in enumerate(
        zip(target.app.images, target.release.images, strict=True)
    ):
        configured = {keys.repository_in(target.app.name, name) for name in keys.repositories}
        if image.repository in {current.repository, *configured}:
            slots.append(index)
    alone = (
        named == 1 and len(target.release.images) == 1 and not target.release.images[0].repository
    )
    return [0] if alone else slots


def _change(target: Target, choice: Choice, files: Files, chart: Chart | None) -> Change:
    following_records = with_repositories(choice.release, target.release)
    data = files[target.branch, target.file]
    if data is None:
        raise ValuesError(f"{target.file} does not exist on branch {target.branch}")
    return Change(
        app=target.app,
        environment=target.environment,
        branch=target.branch,
        file=target.file,
        before=target.release,
        after=following_records,
        edits=edits_for(
            data, target.app, following_records, branch=target.branch, file=target.file
        ),
        origin=choice.origin,
        chart=chart,
    )


def references(release: Release) -> list[ImageReference | None]:
    """Return what the registry is asked for, image by image; None where no repository or tag is
    known.
    """
    return [_reference(image) for image in release.images]


def _reference(image: Image) -> ImageReference | None:
    if not image.repository or not image.deployed:
        return None
    try:
        return parse_reference(f"{image.repository}:{image.tag}" if image.tag else str(image))
    except GitopsError:
        return None
