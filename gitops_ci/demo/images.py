"""Makes tiny valid OCI images in a layout on disk, for the demo and the tests: no engine, no
network.

Source of the formats: https://github.com/opencontainers/image-spec/tree/v1.1.0
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gitops_ci.adapters.registry.answers import IMAGES, INDEXES
from gitops_ci.adapters.registry.layout import REF_NAME
from gitops_ci.model.image_reference import check_tag

_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"


def make_image(
    folder: Path, tag: str, labels: Mapping[str, str], files: Mapping[str, bytes]
) -> str:
    """Write an image with one layer into a layout and let a tag name it; return its digest.

    ``files`` maps paths in the image to content. The same input gives the same digest. A tag that
    exists is moved.
    """
    check_tag(tag)
    layer = _tar(files)
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Labels": dict(sorted(labels.items()))},
        "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
        "history": [{"created_by": "gitops-ci image maker"}],
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": IMAGES[0],
        "config": _store(folder, _CONFIG, _json(config)),
        "layers": [_store(folder, _LAYER, layer)],
    }
    entry = _store(folder, IMAGES[0], _json(manifest))
    _point(folder, tag, entry)
    return str(entry["digest"])


def _tar(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, content in sorted(files.items()):
            member = tarfile.TarInfo(path.lstrip("/"))
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _store(folder: Path, media_type: str, content: bytes) -> dict[str, Any]:
    """Write a blob and return its descriptor."""
    digest = _digest(content)
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    (blobs / digest.removeprefix("sha256:")).write_bytes(content)
    return {"mediaType": media_type, "digest": digest, "size": len(content)}


def _point(folder: Path, tag: str, entry: dict[str, Any]) -> None:
    """Let a tag name a manifest: other tags stay, an entry of the same tag is replaced."""
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    index = folder / "index.json"
    others = json.loads(index.read_bytes())["manifests"] if index.exists() else []
    others = [other for other in others if other.get("annotations", {}).get(REF_NAME) != tag]
    manifests = [*others, {**entry, "annotations": {REF_NAME: tag}}]
    temporary = folder / "index.json.new"
    temporary.write_bytes(
        _json({"schemaVersion": 2, "mediaType": INDEXES[0], "manifests": manifests})
    )
    temporary.replace(index)


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
