"""``release.json``: what one build produced, handed from the build to the update."""

import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from gitops_ci.base import progress, temporary
from gitops_ci.base.errors import GitopsError, ImageError
from gitops_ci.base.redaction import one_line
from gitops_ci.model.build import SCHEMA, BuildRecord
from gitops_ci.model.image_reference import check_digest, check_repository, check_tag
from gitops_ci.model.release import Image

_LARGEST = 1024 * 1024  # bytes
_REVISION = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LONGEST = 500  # characters of a text field
_REMEDY = "let gitops-ci build write the file, or correct it"


def read_release_file(path: Path) -> BuildRecord:
    """Read a release file; unknown keys are left to later versions.

    Raises ImageError with file and field when it can't be read or a value is not what it has to be.
    """
    progress.step(f"reading the release file {path}")
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise ImageError(
            f"the release file {path} can't be read: {reason}",
            remedy="give --release the file of a build",
        ) from error
    if len(content) > _LARGEST:
        raise ImageError(f"the release file {path} is larger than {_LARGEST} bytes", remedy=_REMEDY)
    try:
        record = msgspec.json.decode(content, type=BuildRecord)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ImageError(
            f"the release file {path}: {one_line(str(error))}", remedy=_REMEDY
        ) from error
    check_record(record, f"the release file {path}")
    return record


def write_release_file(path: Path, record: BuildRecord) -> None:
    """Write a release file, whole or not at all; raises GitopsError when that is not possible."""
    check_record(record, "what the build says")
    text = msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"
    try:
        with temporary.replacement(path) as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(text)
    except OSError as error:
        raise GitopsError(
            f"the release file {path} can't be written: {error.strerror}",
            remedy="give --release a writable path",
        ) from error


def add_to_release_file(path: Path, record: BuildRecord) -> BuildRecord:
    """Add a build's images to those of the same source revision and build, or begin the file anew;
    return what it holds.

    Several images of an application are built by several calls, which may run at the same time.
    Raises GitopsError when the file can't be written, or is something else than a release file.
    """
    with _locked(path):
        merged = record
        if path.exists():
            merged = _merged(read_release_file(path), record)
        write_release_file(path, merged)
    return merged


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the release file."""
    return msgspec.json.schema(BuildRecord)


def _merged(old: BuildRecord, new: BuildRecord) -> BuildRecord:
    same = (old.app, old.source_revision, old.build_url) == (
        new.app,
        new.source_revision,
        new.build_url,
    )
    if not same:
        return new
    built = {image.repository for image in new.images}
    return replace(
        new,
        images=tuple(image for image in old.images if image.repository not in built) + new.images,
    )


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    try:
        handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise GitopsError(
            f"the release file {path} can't be written: {error.strerror}",
            remedy="give --release a path in a folder that exists",
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def check_record(record: BuildRecord, where: str) -> None:
    """Raise ImageError when a value could not have come from a build: the file may be anybody's."""
    if record.schema != SCHEMA:
        raise ImageError(
            f"{where}: schema {record.schema} is not known, only {SCHEMA}",
            remedy="use the gitops-ci that wrote it",
        )
    _check_images(record.images, f"{where}: images")
    for name in ("app", "build_number", "version", "created"):
        _check_text(getattr(record, name), f"{where}: {name}")
    for index, author in enumerate(record.source_authors):
        _check_text(author, f"{where}: source_authors[{index}]")
    forms: tuple[tuple[str, Callable[[str], object], str], ...] = (
        ("source_revision", _REVISION.fullmatch, "not a full commit id"),
        ("build_url", is_web_address, "not an http(s) address"),
        ("created", _is_time, "not an ISO 8601 time"),
    )
    for name, has_form, problem in forms:
        value = getattr(record, name)
        if value is not None and not has_form(value):
            raise _wrong(f"{where}: {name}", value, problem)


def _check_images(images: Sequence[Image], where: str) -> None:
    if not images:
        raise ImageError(f"{where} is empty", remedy=_REMEDY)
    for index, image in enumerate(images):
        _check_image(image, f"{where}[{index}]")
    if len({image.repository for image in images}) < len(images):
        raise ImageError(f"{where} has the same repository twice", remedy=_REMEDY)


def _check_image(image: Image, where: str) -> None:
    try:
        check_repository(image.repository)
        check_tag(image.tag)
        if image.digest is not None:
            check_digest(image.digest)
    except ImageError as error:
        raise ImageError(f"{where}: {error.message}", remedy=error.remedy) from error


def _check_text(value: str | None, where: str) -> None:
    if value is not None and (not value or len(value) > _LONGEST or one_line(value) != value):
        raise _wrong(where, value, f"not one line of 1 to {_LONGEST} printable characters")


def is_web_address(text: str) -> bool:
    """Tell whether a text is one http(s) URL without blanks, control characters and user
    information.
    """
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    clean = one_line(text) == text and " " not in text and len(text) <= 2000
    return (
        clean
        and parts.scheme in {"http", "https"}
        and bool(parts.hostname)
        and "@" not in parts.netloc
    )


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _wrong(where: str, value: str, problem: str) -> ImageError:
    return ImageError(f"{where} is {json.dumps(one_line(value[:80]))}: {problem}", remedy=_REMEDY)
