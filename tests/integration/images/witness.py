"""skopeo, the independent witness: what a registry really has."""

import base64
import json
import subprocess
import tempfile
from pathlib import Path

from tests.servers.registry import PASSWORD, USER, Registry


def digest(registry: Registry, name: str) -> str:
    """Return the digest of NAME:TAG."""
    return _skopeo(
        registry, "inspect", "--format", "{{.Digest}}", f"docker://{registry.host}/{name}"
    ).strip()


def labels(registry: Registry, name: str) -> dict[str, str]:
    """Return the labels of NAME:TAG."""
    image = json.loads(_skopeo(registry, "inspect", "--config", f"docker://{registry.host}/{name}"))
    found: dict[str, str] = image["config"]["Labels"]
    return found


def copy(layout: Path, tag: str, registry: Registry, name: str) -> None:
    """Copy an image, or an index with all its images, from a layout to NAME:TAG, byte for byte."""
    command = ["copy", "--quiet", "--all", "--preserve-digests", "--dest-tls-verify=false"]
    _skopeo(registry, *command, f"oci:{layout}:{tag}", f"docker://{registry.host}/{name}")


def _skopeo(registry: Registry, command: str, *words: str) -> str:
    """Run skopeo with the login in a file: other tests look for the password in all command
    lines.
    """
    pair = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    with tempfile.NamedTemporaryFile("w", suffix=".json") as login:
        json.dump({"auths": {registry.host: {"auth": pair}}}, login)
        login.flush()
        options = [
            "--authfile",
            login.name,
            *(["--tls-verify=false"] if command == "inspect" else []),
        ]
        done = subprocess.run(
            ["skopeo", command, *options, *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return done.stdout
