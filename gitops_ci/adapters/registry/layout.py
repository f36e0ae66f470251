"""Reads OCI image layouts on disk (``oci:DIR:TAG``), with no network and no library.

Source of the format: https://github.com/opencontainers/image-spec/blob/v1.1.0/image-layout.md
"""

import hashlib
from pathlib import Path
from typing import Any

from gitops_ci.adapters.registry.answers import INDEXES, LARGEST, as_json
from gitops_ci.base.redaction import one_line
from gitops_ci.model.image_reference import DIGEST, ImageReference
from gitops_ci.model.release import Fact, Known, Unknown

REF_NAME = "org.opencontainers.image.ref.name"


class DamagedLayoutError(Exception):
    """The layout is not what the specification says; the text tells where and why."""


def digest_of(reference: ImageReference) -> Fact:
    """Return the digest that a tag names in a layout; its manifest has to be there and whole."""
    try:
        digest = _find(reference)
        if digest and _blob(_folder(reference), digest) is None:
            raise DamagedLayoutError(f"{reference} names {digest}, which is not in blobs/")
        return Known(digest)
    except DamagedLayoutError as error:
        return Unknown(str(error), transient=False)


def labels_of(reference: ImageReference) -> dict[str, str] | Fact:
    """Return the labels of the image's configuration; of an index, those of its first image."""
    folder = _folder(reference)
    try:
        digest = _find(reference)
        if digest is None:
            return Known(None)
        manifest = _document(folder, digest)
        if manifest.get("mediaType") in INDEXES or "manifests" in manifest:
            manifest = _document(folder, first_image(manifest) or "")
        return labels_in(_document(folder, digest_at(manifest.get("config"))))
    except DamagedLayoutError as error:
        return Unknown(str(error), transient=False)


def first_image(index: dict[str, Any]) -> str | None:
    """Return the digest of the first image of an index; attestations (platform ``unknown``) are not
    images.
    """
    for entry in _dictionaries(index.get("manifests")):
        platform = entry.get("platform")
        if not (isinstance(platform, dict) and platform.get("architecture") == "unknown"):
            return digest_at(entry) or None
    return None


def digest_at(entry: Any) -> str:
    """Return the digest in a descriptor; empty where it is none."""
    digest = entry.get("digest") if isinstance(entry, dict) else None
    return digest if isinstance(digest, str) and DIGEST.fullmatch(digest) else ""


def labels_in(config: Any) -> dict[str, str]:
    """Return the labels in an image's configuration."""
    inner = config.get("config") if isinstance(config, dict) else None
    labels = inner.get("Labels") if isinstance(inner, dict) else None
    if not isinstance(labels, dict):
        return {}
    return {str(key): str(value) for key, value in labels.items()}


def _find(reference: ImageReference) -> str | None:
    folder = _folder(reference)
    if not reference.tag and reference.digest:
        return reference.digest if _blob(folder, reference.digest) is not None else None
    index = folder / "index.json"
    entries = _index_entries(index)
    if reference.tag:
        entries = [entry for entry in entries if _name(entry) == reference.tag]
    elif len(entries) > 1:
        raise DamagedLayoutError(f"{index} holds several images; name one: {reference}:TAG")
    if not entries:
        return None
    # a tag that was overwritten appears twice in the indexes of some writers
    digest = digest_at(entries[-1])
    if not digest:
        raise DamagedLayoutError(f"{index} has no digest for {reference}")
    return digest


def _index_entries(index: Path) -> list[dict[str, Any]]:
    """Return the descriptors of an index, none where there is no such file."""
    content = _read(index)
    if content is None:
        return []
    document = as_json(content)
    if not isinstance(document, dict):
        raise DamagedLayoutError(f"{index} is not the index of an OCI image layout")
    return _dictionaries(document.get("manifests"))


def _name(entry: dict[str, Any]) -> Any:
    annotations = entry.get("annotations")
    return annotations.get(REF_NAME) if isinstance(annotations, dict) else None


def _document(folder: Path, digest: str) -> dict[str, Any]:
    document = as_json(_blob(folder, digest) or b"") if digest else None
    if not isinstance(document, dict):
        raise DamagedLayoutError(
            f"{folder}: the blob {one_line(digest) or 'of the configuration'} is missing or "
            "not JSON"
        )
    return document


def _blob(folder: Path, digest: str) -> bytes | None:
    algorithm, _, value = digest.partition(":")
    content = _read(folder / "blobs" / algorithm / value)
    if content is not None and hashlib.new(algorithm, content).hexdigest() != value:
        raise DamagedLayoutError(f"{folder}: the content of blob {digest} has another digest")
    return content


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise DamagedLayoutError(f"{path} can't be read: {error.strerror}") from error
    if len(content) > LARGEST:
        raise DamagedLayoutError(f"{path} is larger than {LARGEST} bytes")
    return content


def _folder(reference: ImageReference) -> Path:
    return Path(reference.repository.removeprefix("oci:"))


def _dictionaries(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
