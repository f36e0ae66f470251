"""Images for the registry: one tiny manifest a tag, so that every tag has a digest of its own that
is known beforehand.
"""

import hashlib
import http.client
import json
from collections.abc import Iterable

from tests.servers.registry import Registry

REPOSITORY = "team/service"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"


def digest(tag: str) -> str:
    """Return the digest that a tag has in the registry."""
    return _digest(_manifest(tag))


def push(registry: Registry, tags: Iterable[str]) -> None:
    """Bring the images of these tags into a registry."""
    connection = http.client.HTTPConnection(registry.host, timeout=30)
    for tag in dict.fromkeys(tags):
        config = _config(tag)
        location = _request(connection, "POST", f"/v2/{REPOSITORY}/blobs/uploads/")
        _request(
            connection,
            "PUT",
            f"{location}&digest={_digest(config)}",
            config,
            "application/octet-stream",
        )
        _request(connection, "PUT", f"/v2/{REPOSITORY}/manifests/{tag}", _manifest(tag), _MANIFEST)
    connection.close()


def _request(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: bytes = b"",
    kind: str = "",
) -> str:
    connection.request(method, path, body, {"Content-Type": kind} if kind else {})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status >= 300:
        raise RuntimeError(
            f"the registry answers {answer.status} to {method} {path}: {text[:200]!r}"
        )
    return answer.getheader("Location", "").removeprefix(
        f"http://{connection.host}:{connection.port}"
    )


def _config(tag: str) -> bytes:
    return json.dumps(
        {"architecture": "amd64", "os": "linux", "config": {"Labels": {"build": tag}}}
    ).encode()


def _manifest(tag: str) -> bytes:
    config = _config(tag)
    layers: list[object] = []
    described = {"mediaType": _CONFIG, "digest": _digest(config), "size": len(config)}
    return json.dumps(
        {"schemaVersion": 2, "mediaType": _MANIFEST, "config": described, "layers": layers}
    ).encode()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
