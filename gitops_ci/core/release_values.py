"""Pure: an application's keys in a values file <-> its release."""

from collections.abc import Collection

from msgspec.structs import replace

from gitops_ci.base.errors import GitopsError, ValuesError
from gitops_ci.base.redaction import one_line
from gitops_ci.core.written_repository import same_repository, written_repository
from gitops_ci.core.written_texts import UNREADABLE, Texts, read_texts, read_written
from gitops_ci.model.config import App, ImageKeys, ReferenceKey, TagKeys
from gitops_ci.model.image_reference import DIGEST, check_repository, parse_reference
from gitops_ci.model.key_path import KeyPath
from gitops_ci.model.operation import Edit
from gitops_ci.model.release import Image, Release


def read_release(data: bytes, app: App, environment: str, file: str) -> Release:
    """Return what a values file says the environment runs; a tag is '' where nothing was deployed
    yet.

    Raises ValuesError when a key is missing or the file can't be read.
    """
    return release_of(read_texts(data, app, file), app, environment, file)


def read_run_release(data: bytes, app: App, environment: str, file: str) -> Release:
    """Return the same release; raises ValuesError also where Helm reads another one."""
    read_written(data, app, file).check()
    return read_release(data, app, environment, file)


def try_read(data: bytes | None, app: App, environment: str, file: str) -> Release | None:
    """Return the same; None for no file, and for one that has another form: it proves nothing."""
    try:
        return None if data is None else read_release(data, app, environment, file)
    except GitopsError:
        return None


def release_of(texts: Texts, app: App, environment: str, file: str) -> Release:
    """Return the release that the texts of an application's keys make; raises ValuesError for what
    is no image.
    """
    return Release(tuple(_image(keys, texts, app, environment, file) for keys in app.images))


def without_configured(texts: Texts, app: App, environment: str) -> Texts:
    """Return texts without repositories that the configuration names too: whether they are there
    makes no difference.
    """
    compared = dict(texts)
    for keys in app.images:
        configured = keys.repository_in(app.name, environment)
        if configured and same_repository(configured, written_repository(keys, texts)):
            compared |= dict.fromkeys(keys.repository_keys)
    return compared


def other_repository(texts: Texts, app: App, environment: str) -> tuple[KeyPath, str, str] | None:
    """Return the key, what it says and what the configuration names, where a values file runs
    another repository's image.
    """
    for keys in app.images:
        configured = keys.repository_in(app.name, environment)
        written = written_repository(keys, texts)
        if configured and _contradicts(keys, texts, configured, written):
            path = keys.reference if isinstance(keys, ReferenceKey) else keys.repository
            return path, written, configured
    return None


def _contradicts(keys: ImageKeys, texts: Texts, configured: str, written: str) -> bool:
    """Tell whether a written repository is another one than the configured.

    One without its registry may well be the one that is named: the chart's own values may have the
    registry.
    """
    if not written or UNREADABLE in written or same_repository(configured, written):
        return False
    whole = isinstance(keys, ReferenceKey) or bool(texts.get(keys.registry))
    return whole or not configured.endswith(f"/{written}")


def without_found_digests(release: Release, app: App) -> Release:
    """Return a release as versions up to 0.3 read it: they did not look for digests that
    gitops.yaml does not name.
    """
    images = tuple(
        replace(image, digest=None) if isinstance(keys, TagKeys) and keys.digest_found else image
        for image, keys in zip(release.images, app.images, strict=True)
    )
    return release if images == release.images else replace(release, images=images)


def edits_for(
    data: bytes, app: App, release: Release, *, branch: str, file: str
) -> tuple[Edit, ...]:
    """Return the edits that make a values file run a release, whose images are in the order of the
    application's.

    Raises ValuesError where Helm would not read them there.
    """
    written = read_written(data, app, file)
    written.check(rewriting=True)
    misread = written.misreadings
    return edits_of(written.texts, app, release, branch=branch, file=file, misread=misread)


def edits_of(
    texts: Texts,
    app: App,
    release: Release,
    *,
    branch: str,
    file: str,
    misread: Collection[KeyPath] = (),
) -> tuple[Edit, ...]:
    """Return the edits that make the texts of an application's keys those of a release.

    Those that are ``misread`` by Helm are written anew.
    """
    edits: list[Edit] = []
    for keys, image in zip(app.images, release.images, strict=True):
        for path, after in _texts_of(keys, image, texts, file):
            before = texts[path]
            if (before or "") != after or path in misread:
                edits.append(Edit(branch, file, path, before, after))
    return tuple(edits)


def with_repositories(release: Release, other: Release) -> Release:
    """Return a release with the repositories of another one, image by image.

    The same bytes in the target's registry.
    """
    images = zip(release.images, other.images, strict=True)
    return replace(
        release,
        images=tuple(
            replace(image, repository=there.repository or image.repository)
            for image, there in images
        ),
    )


def _image(keys: ImageKeys, texts: Texts, app: App, environment: str, file: str) -> Image:
    repository = keys.repository_in(app.name, environment)
    if isinstance(keys, ReferenceKey):
        image = _referenced(texts[keys.reference], file, keys.reference)
        return replace(image, repository=repository) if repository else image
    tag, _, pinned = (texts[keys.tag] or "").partition("@")
    written = (texts.get(keys.digest) if keys.digest else None) or ""
    digest = next(filter(DIGEST.fullmatch, (pinned, written)), None)
    return Image(repository or _repository_beside(keys, texts), tag, digest)


def _referenced(text: str | None, file: str, path: KeyPath) -> Image:
    if not text:
        return Image("", "")
    try:
        reference = parse_reference(text)
    except GitopsError as error:
        raise ValuesError(
            f"{file}: {path}: {error.message}", remedy="write a whole image reference there first"
        ) from None
    return Image(reference.repository, reference.tag or "", reference.digest)


def _repository_beside(keys: TagKeys, texts: Texts) -> str:
    """Return the repository that stands beside the tag, '' where none does or it is not one."""
    try:
        return check_repository(written_repository(keys, texts))
    except GitopsError:
        return ""


def _texts_of(keys: ImageKeys, image: Image, texts: Texts, file: str) -> list[tuple[KeyPath, str]]:
    """Return what the keys of an image have to say of it."""
    if isinstance(keys, ReferenceKey):
        return [(keys.reference, _reference_to(image, texts[keys.reference], file, keys.reference))]
    if "@" in (texts[keys.tag] or ""):
        return [(keys.tag, f"{image.tag}@{_required_digest(image, file, keys.tag)}")]
    tag = (keys.tag, image.tag)
    if not keys.digest:
        return [tag]
    if texts[keys.digest] is not None:
        if keys.digest_found:
            _check_found(texts[keys.digest], file, keys.digest)
        # an unknown digest empties the key: the old one would go on running the old image
        return [tag, (keys.digest, image.digest or "")]
    if keys.digest_if_present:
        return [tag]
    raise ValuesError(
        f"{file} has no key {keys.digest}, which gitops.yaml names for the digest",
        remedy="add it, empty, beside the tag (gitops-ci values set --create), or take digest: "
        "out of gitops.yaml",
    )


def _check_found(text: str | None, file: str, path: KeyPath) -> None:
    """Raise ValuesError for what can't be replaced: with it another image may run than the tag
    says.
    """
    if text and not DIGEST.fullmatch(text):
        shown = text.removeprefix(UNREADABLE) if UNREADABLE in text else f"it is {text}"
        raise ValuesError(
            f"{file}: {path} beside the tag is no digest that can be written: {one_line(shown)}",
            remedy=f"empty it, or name it in gitops.yaml: digest: {path}",
        )


def _reference_to(image: Image, current: str | None, file: str, path: KeyPath) -> str:
    if not image.repository:
        raise ValuesError(
            f"{file}: {path} is empty, and nothing says the repository of the image",
            remedy="name it with --image REPOSITORY:TAG, or with repository: in gitops.yaml",
        )
    if current and "@" in current:
        return str(replace(image, digest=_required_digest(image, file, path)))
    return str(replace(image, digest=None if image.tag else image.digest))


def _required_digest(image: Image, file: str, path: KeyPath) -> str:
    if image.digest:
        return image.digest
    raise ValuesError(
        f"{file}: {path} holds a tag with its digest, and the digest of {image} is not known",
        remedy="give it with --digest or --release, or let the registry be asked (verify_digest)",
    )
