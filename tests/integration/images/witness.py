"""skopeo, the independent witness: what a registry really has."""

import json
import subprocess
from pathlib import Path

from tests.servers.registry import PASSWORD, USER, Registry


def digest(registry: Registry, name: str) -> str:
    """Return the digest of NAME:TAG."""
    return _skopeo(registry, "inspect", "--format", "{{.Digest}}", f"docker://{registry.host}/{name}").strip()


def labels(registry: Registry, name: str) -> dict[str, str]:
    """Return the labels of NAME:TAG."""
    return json.loads(_skopeo(registry, "inspect", "--config", f"docker://{registry.host}/{name}"))["config"]["Labels"]


def copy(layout: Path, tag: str, registry: Registry, name: str) -> None:
    """Copy an image, or an index with all its images, from a layout to NAME:TAG, byte for byte."""
    command = ["skopeo", "copy", "--quiet", "--all", "--preserve-digests", "--dest-tls-verify=false"]
    command += ["--dest-creds", f"{USER}:{PASSWORD}", f"oci:{layout}:{tag}", f"docker://{registry.host}/{name}"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


def _skopeo(registry: Registry, command: str, *words: str) -> str:
    options = ["--tls-verify=false", "--creds", f"{USER}:{PASSWORD}"]
    return subprocess.run(["skopeo", command, *options, *words], check=True, capture_output=True, text=True, timeout=60).stdout
