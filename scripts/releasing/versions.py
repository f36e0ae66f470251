"""Versions: ``x.y.z`` of a release, and ``x.y.z.devN`` of what is worked on after it."""

import re

from packaging.version import InvalidVersion, Version

from gitops_ci.base.errors import UsageError

_RELEASE = re.compile(r"\d+\.\d+\.\d+")
_DEVELOPMENT = re.compile(r"\d+\.\d+\.\d+\.dev\d+")


def release(text: str, last: Version | None) -> Version:
    """Return the version of a new release; raises UsageError for another form, or an old one."""
    if not text:
        raise UsageError("no version was given", remedy="make release VERSION=x.y.z")
    version = _parsed(text, _RELEASE, "x.y.z, for example 1.4.0")
    _check_newer(version, last)
    return version


def development(text: str, last: Version | None) -> Version:
    """Return the version of the work after a release; raises UsageError as ``release`` does."""
    if not text:
        raise UsageError("no version was given", remedy="make next VERSION=x.y.z.dev0")
    version = _parsed(text, _DEVELOPMENT, "x.y.z.dev0, for example 1.5.0.dev0")
    _check_newer(version, last)
    return version


def following(version: Version) -> str:
    """Return the development version that usually comes after a release: the next minor one."""
    return f"{version.major}.{version.minor + 1}.0.dev0"


def _parsed(text: str, form: re.Pattern[str], example: str) -> Version:
    try:
        version = Version(text)
    except InvalidVersion:
        version = None
    # what Version writes in another way (01.2.3, 1.2.3-dev0) would not be found again
    if version is None or str(version) != text or not form.fullmatch(text):
        raise UsageError(f"{text!r} is not such a version", remedy=f"give {example}")
    return version


def _check_newer(version: Version, last: Version | None) -> None:
    if last is not None and version <= last:
        raise UsageError(
            f"{version} is not newer than {last}, the last release in CHANGELOG.md",
            remedy=f"give a version after {last}",
        )
