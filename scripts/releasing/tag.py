"""The text of the annotated Git tag: what changed, and the checksums that its signature covers."""

import re

from packaging.version import Version

_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def name(version: Version) -> str:
    """Return the name of a version's tag, as pipelines name it: ``gitops-ci@vX.Y.Z``."""
    return f"v{version}"


def message(version: Version, changes: str, checksums: str) -> str:
    """Return the text; without ``#`` at the begin of a line, which git would drop as a comment."""
    plain = _HEADING.sub(r"\1:", changes).strip()
    return f"gitops-ci {version}\n\n{plain}\n\nSHA-256:\n\n{checksums}"
