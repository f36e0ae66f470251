"""Image references: ``[host[:port]/]path[:tag][@digest]``, and ``oci:DIR[:tag]`` for a layout on
disk.
"""

import re
from typing import NewType

import msgspec

from gitops_ci.base.errors import ImageError

# https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pulling-manifests
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"(?:{_HOST}/)?{_PART}(?:/{_PART})*")
_LAYOUT = re.compile(r"oci:[^\x00-\x1f\x7f:@]+")


Tag = NewType("Tag", str)  # that registries accept: made by `check_tag` alone
Digest = NewType("Digest", str)  # ``sha256:...`` or ``sha512:...``: made by `check_digest` alone


class ImageReference(msgspec.Struct, frozen=True):
    """A parsed reference.

    ``repository`` is as written (``host:5000/app`` or ``oci:DIR``), digest ``sha256:...``.
    """

    repository: str
    tag: Tag | None = None
    digest: Digest | None = None

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.repository}{tag}{digest}"


def parse_reference(text: str) -> ImageReference:
    """Parse a reference.

    Raises ImageError when a part is not what registries accept.
    """
    rest, at, digest = text.partition("@")
    head, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag or head == "oci":
        head, tag = rest, ""
    elif not tag:
        raise ImageError(
            f"image reference {_shown(text)}: nothing stands behind the colon",
            remedy="give NAME:TAG",
        )
    if at and not digest:
        raise ImageError(
            f"image reference {_shown(text)}: nothing stands behind the @",
            remedy="give NAME:TAG@sha256:...",
        )
    return ImageReference(
        check_repository(head),
        check_tag(tag) if tag else None,
        check_digest(digest) if digest else None,
    )


def check_repository(text: str) -> str:
    """Return the repository name; raises ImageError when it is not one."""
    if _REPOSITORY.fullmatch(text) or _LAYOUT.fullmatch(text):
        return text
    raise ImageError(
        f"{_shown(text)} is not an image repository",
        remedy="give host[:port]/path in small letters without tag, for example "
        "registry.example.com/team/app",
    )


def check_tag(text: str) -> Tag:
    """Return the tag; raises ImageError when registries would not accept it."""
    if TAG.fullmatch(text):
        return Tag(text)
    raise ImageError(
        f"{_shown(text)} is not an image tag",
        remedy="a tag has 1 to 128 letters, digits, '_', '.' and '-', and starts with a letter, a "
        "digit or '_'",
    )


def check_digest(text: str) -> Digest:
    """Return the digest.

    Raises ImageError when it is not ``sha256:`` and 64 hexadecimal digits (or sha512).
    """
    if DIGEST.fullmatch(text):
        return Digest(text)
    raise ImageError(
        f"{_shown(text)} is not an image digest",
        remedy="give sha256: and 64 hexadecimal digits in small letters",
    )


def _shown(text: str) -> str:
    return repr(text[:200])  # shows control characters escaped
