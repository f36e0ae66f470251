"""Image indexes in layouts on disk."""

import hashlib
import json
from pathlib import Path

INDEX = "application/vnd.oci.image.index.v1+json"
REF_NAME = "org.opencontainers.image.ref.name"


def make_index(layout: Path, tag: str, images: dict[str, str]) -> str:
    """Write an index over tagged images of a layout, each for an architecture; return its
    digest.
    """
    top = json.loads((layout / "index.json").read_text())
    entries = {entry["annotations"][REF_NAME]: entry for entry in top["manifests"]}
    manifests = [
        {key: entries[image][key] for key in ("mediaType", "digest", "size")}
        | {"platform": {"architecture": kind, "os": "linux"}}
        for image, kind in images.items()
    ]
    content = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}).encode()
    digest = hashlib.sha256(content).hexdigest()
    (layout / "blobs" / "sha256" / digest).write_bytes(content)
    described = {
        "mediaType": INDEX,
        "digest": f"sha256:{digest}",
        "size": len(content),
        "annotations": {REF_NAME: tag},
    }
    top["manifests"].append(described)
    (layout / "index.json").write_text(json.dumps(top))
    return f"sha256:{digest}"
