"""Pure: an application's keys in a values file <-> its release."""

from functools import lru_cache

from msgspec.structs import replace

from gitops_ci.base.errors import GitopsError, ValuesError
from gitops_ci.core import yaml_edit
from gitops_ci.model.config import App, ImageKeys
from gitops_ci.model.image_reference import (
    DIGEST,
    ImageReference,
    check_repository,
    parse_reference,
)
from gitops_ci.model.key_path import KeyPath
from gitops_ci.model.operation import Edit
from gitops_ci.model.release import Image, Release

_DOCKER_HUB = frozenset({"docker.io", "index.docker.io"})
_ODD = "?"  # begins what stands for a text that is none
_SMALL = 16384  # bytes of a values file that is kept
Texts = dict[KeyPath, str | None]


def read_release(data: bytes, app: App, environment: str, file: str) -> Release:
    """Return what a values file says the environment runs; a tag is '' where nothing was deployed
    yet.

    Raises ValuesError when a key is missing or the file can't be read.
    """
    return release_of(read_texts(data, app, file), app, environment, file)


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


def read_texts(data: bytes, app: App, file: str) -> Texts:
    """Return the text of every key of the application; None where an optional key does not
    exist.
    """
    required = tuple(path for keys in app.images for path in (keys.tag, keys.reference) if path)
    watched = tuple(path for keys in app.images if keys.repositories for path in keys.beside_keys())
    paths = tuple(path for keys in app.images for path in keys.paths() if path not in watched)
    read = _texts_again if len(data) <= _SMALL else _texts
    return dict(read(data, paths, required, watched, file))


def _texts(
    data: bytes,
    paths: tuple[KeyPath, ...],
    required: tuple[KeyPath, ...],
    watched: tuple[KeyPath, ...],
    file: str,
) -> Texts:
    try:
        scalars = yaml_edit.read(data, (*paths, *watched), name=file)
        unread: Texts = {}
    except ValuesError:
        # what is only watched may be anything, such as a list of another chart's
        scalars = yaml_edit.read(data, paths, name=file)
        unread = {path: _unless_odd(data, path, file) for path in watched}
    for path in required:
        if scalars[path] is None:
            raise yaml_edit.missing(data, path, name=file)
    return {path: scalar.text if scalar else None for path, scalar in scalars.items()} | unread


def _unless_odd(data: bytes, path: KeyPath, file: str) -> str | None:
    try:
        scalar = yaml_edit.read(data, (path,), name=file)[path]
    except ValuesError as error:
        return f"{_ODD}{error.message}"
    return scalar.text if scalar else None


def without_configured(texts: Texts, app: App, environment: str) -> Texts:
    """Return texts without repositories that the configuration names too: whether they are there
    makes no difference.
    """
    found = dict(texts)
    for keys in app.images:
        configured = keys.repository_in(app.name, environment)
        if configured and _same_repository(configured, _written(keys, texts)):
            found |= dict.fromkeys(keys.beside_keys())
    return found


def other_repository(texts: Texts, app: App, environment: str) -> tuple[KeyPath, str, str] | None:
    """Return the key, what it says and what the configuration names, where a values file runs
    another repository's image.

    A repository without its registry may well be the one that is named: the chart's own values may
    have the registry.
    """
    for keys in app.images:
        configured = keys.repository_in(app.name, environment)
        path = keys.reference or keys.beside
        written = _written(keys, texts)
        if (
            not (configured and path and written)
            or _same_repository(configured, written)
            or _ODD in written
        ):
            continue
        apart = keys.registry and texts.get(keys.registry)
        if keys.reference or apart or not configured.endswith(f"/{written}"):
            return path, written, configured
    return None


def _written(keys: ImageKeys, texts: Texts) -> str:
    """Return the repository that a values file names, with its registry; '' where it names none,
    ``registry/`` for that alone.
    """
    if keys.reference:
        text = texts.get(keys.reference)
        try:
            return parse_reference(text).repository if text else ""
        except GitopsError:
            return text or ""
    repository = (texts.get(keys.beside) if keys.beside else None) or ""
    registry = (texts.get(keys.registry) if keys.registry else None) or ""
    return f"{registry}/{repository}" if registry else repository


def _same_repository(configured: str, written: str) -> bool:
    """Compare repositories as engines do, who write those of Docker Hub in several ways; the chart
    may have what is not said.
    """
    if written.endswith("/"):
        return configured.startswith(written)
    return not written or _plain(configured) == _plain(written)


def _plain(repository: str) -> str:
    """Return a repository of Docker Hub in one way; what begins with another host is nowhere
    else.
    """
    host, slash, name = repository.partition("/")
    if not slash or host not in _DOCKER_HUB:
        if slash and (host == "localhost" or "." in host or ":" in host):
            return repository
        name = repository
    if name.count("/") == 1:
        name = name.removeprefix("library/")
    return f"docker.io/{name}"


# the same content is looked at as source, as record and for the edit: parsing is most of what a
# large promotion costs
_texts_again = lru_cache(maxsize=8192)(_texts)


def edits_for(
    data: bytes, app: App, release: Release, *, branch: str, file: str
) -> tuple[Edit, ...]:
    """Return the edits that make a values file run a release, whose images are in the order of the
    application's.
    """
    return edits_of(read_texts(data, app, file), app, release, branch=branch, file=file)


def edits_of(
    texts: Texts, app: App, release: Release, *, branch: str, file: str
) -> tuple[Edit, ...]:
    """Return the edits that make the texts of an application's keys those of a release."""
    edits: list[Edit] = []
    for keys, image in zip(app.images, release.images, strict=True):
        for path, after in _wanted(keys, image, texts, file):
            before = texts[path]
            if (before or "") != after:
                edits.append(Edit(branch, file, path, before, after))
    return tuple(edits)


def with_repositories(release: Release, other: Release) -> Release:
    """Return a release with the repositories of another one, image by image: the same bytes in the
    target's registry.
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
    configured = keys.repository_in(app.name, environment)
    if keys.reference:
        text = texts[keys.reference]
        reference = (
            _reference(text, file, keys.reference) if text else ImageReference(configured or "")
        )
        return Image(configured or reference.repository, reference.tag or "", reference.digest)
    tag, _, pinned = ((texts[keys.tag] if keys.tag else None) or "").partition("@")
    written = texts.get(keys.digest) if keys.digest else None
    return Image(configured or _beside(keys, texts), tag, _digest(pinned) or _digest(written or ""))


def _reference(text: str, file: str, path: KeyPath) -> ImageReference:
    try:
        return parse_reference(text)
    except GitopsError as error:
        raise ValuesError(
            f"{file}: {path}: {error.message}", remedy="write a whole image reference there first"
        ) from None


def _beside(keys: ImageKeys, texts: Texts) -> str:
    """Return the repository that stands beside the tag, '' where none does or it is not one."""
    try:
        return check_repository(_written(keys, texts))
    except GitopsError:
        return ""


def _digest(text: str) -> str | None:
    return text if DIGEST.fullmatch(text) else None


def _wanted(keys: ImageKeys, image: Image, texts: Texts, file: str) -> list[tuple[KeyPath, str]]:
    if keys.reference:
        return [(keys.reference, _whole(image, texts[keys.reference], file, keys.reference))]
    assert keys.tag is not None  # the configuration has either  # noqa: S101
    current = texts[keys.tag] or ""
    if "@" in current:
        return [(keys.tag, f"{image.tag}@{_needed(image, file, keys.tag)}")]
    wanted = [(keys.tag, image.tag)]
    if keys.digest and texts[keys.digest] is None and not keys.digest_if_present:
        raise ValuesError(
            f"{file} has no key {keys.digest}, which gitops.yaml names for the digest",
            remedy="add it, empty, beside the tag (gitops-ci values set --create), or take digest: "
            "out of gitops.yaml",
        )
    if keys.digest and texts[keys.digest] is not None:
        # an unknown digest empties the key: the old one would go on running the old image
        wanted.append((keys.digest, image.digest or ""))
    return wanted


def _whole(image: Image, current: str | None, file: str, path: KeyPath) -> str:
    if not image.repository:
        raise ValuesError(
            f"{file}: {path} is empty, and nothing says the repository of the image",
            remedy="name it with --image REPOSITORY:TAG, or with repository: in gitops.yaml",
        )
    if current and "@" in current:
        return str(replace(image, digest=_needed(image, file, path)))
    return str(replace(image, digest=None if image.tag else image.digest))


def _needed(image: Image, file: str, path: KeyPath) -> str:
    if image.digest:
        return image.digest
    raise ValuesError(
        f"{file}: {path} holds a tag with its digest, and the digest of {image} is not known",
        remedy="give it with --digest or --release, or let the registry be asked (verify_digest)",
    )
