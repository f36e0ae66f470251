"""Whether the wheel that the library carries is the one of its version, and of these sources."""

import base64
import binascii
import hashlib
import io
import tempfile
import zipfile
from pathlib import Path

import msgspec
from packaging.version import Version

from scripts.releasing import artifacts, changelog, places, tree, versions

_SHOWN = 5


def problems(root: Path) -> list[str]:
    """Return what is wrong with the carried wheel, each with what to do.

    A released version, one with a section in the changelog, has to have its wheel here, with the
    content that the sources build. A version under development leaves that of the last release.
    """
    version = places.current(root)
    released = changelog.releases(root)
    missing = [path for path in artifacts.CARRIED if not (root / path).is_file()]
    if missing:
        again = f"make release VERSION={version}"
        return [f"{path} is missing: {again} writes it" for path in missing] if released else []
    facts = msgspec.json.decode((root / artifacts.WHEEL_FACTS).read_bytes(), type=artifacts.Carried)
    wheel = _wheel(root)
    found = _problems_of(facts, wheel, max(released, default=version))
    if not found and version in released:
        found = _drift(root, version, wheel)
    return found


def _problems_of(facts: artifacts.Carried, wheel: bytes, wanted: Version) -> list[str]:
    if hashlib.sha256(wheel).hexdigest() != facts.sha256:
        return [f"{artifacts.WHEEL_TEXT} is not the wheel that {artifacts.WHEEL_FACTS} names"]
    if facts.file != artifacts.wheel_name(Version(facts.version)):
        return [f"{artifacts.WHEEL_FACTS}: {facts.file} is not the wheel of {facts.version}"]
    if facts.version != str(wanted):
        return [
            f"the library carries the wheel of {facts.version}, and the last release is {wanted}: "
            f"make release writes wheel, versions and changelog together"
        ]
    return []


def _drift(root: Path, version: Version, wheel: bytes) -> list[str]:
    """Compare what is in both wheels; their bytes also depend on the zlib that packed them."""
    built = _content(_built(root, version))
    carried = _content(wheel)
    names = sorted(built.keys() | carried.keys())
    different = [name for name in names if built.get(name) != carried.get(name)]
    if not different:
        return []
    shown = ", ".join(different[:_SHOWN])
    again = f"make next VERSION={versions.following(version)}"
    return [f"{version} is released, and its wheel has another {shown} than the sources: {again}"]


def _wheel(root: Path) -> bytes:
    try:
        return base64.b64decode((root / artifacts.WHEEL_TEXT).read_bytes())
    except binascii.Error:
        return b""


def _built(root: Path, version: Version) -> bytes:
    """Build from a copy: what is ignored or lies around in the work tree does not belong to it."""
    with tempfile.TemporaryDirectory(prefix="gitops-ci-wheel-") as folder:
        sources = Path(folder, "sources")
        tree.export(root, sources)
        artifacts.build(sources, Path(folder, "dist"), changelog.releases(root)[version], "wheel")
        return Path(folder, "dist", artifacts.wheel_name(version)).read_bytes()


def _content(wheel: bytes) -> dict[str, bytes]:
    """Return the files of a wheel, of its metadata what decides about installing and running.

    The README is part of METADATA and WHEEL names the hatchling: neither changes the program.
    """
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    kept: dict[str, bytes] = {}
    for name, text in content.items():
        if name.endswith(".dist-info/METADATA"):
            kept[name] = text.partition(b"\n\n")[0]
        elif not name.endswith((".dist-info/RECORD", ".dist-info/WHEEL")):
            kept[name] = text
    return kept
