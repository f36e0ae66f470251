"""Tag templates: ``{build_number}-{git_sha}`` and the like become an image tag."""

import difflib
import re

import msgspec

from gitops_ci.base.errors import ImageError, UsageError
from gitops_ci.base.redaction import one_line
from gitops_ci.model.image_reference import Tag, check_tag

SHORT_SHA = 12  # digits
_FIELD = re.compile(r"\{([^{}]*)\}")
_SHA_LENGTH = re.compile(r"git_sha:(\d{1,2})")

# field -> the option that brings its value
_FIELDS = {
    "build_number": "--build-number",
    "git_sha": "--revision",
    "git_sha_full": "--revision",
    "version": "--version",
    "branch": "--branch-name",
    "date": "--source",
}


class TagFacts(msgspec.Struct, frozen=True):
    """What a template may use.

    ``revision`` is a full commit id, ``date`` the day of that commit as YYYYMMDD.
    """

    build_number: str | None = None
    revision: str | None = None
    version: str | None = None
    branch: str | None = None
    date: str | None = None


def default_template(branch: str | None) -> str:
    """Return the template that holds where none is given.

    In a multibranch job build numbers of branches collide.
    """
    return "{build_number}-{git_sha}" if branch else "{build_number}"


def expand(template: str, facts: TagFacts) -> Tag:
    """Return the tag that a template gives.

    Raises UsageError for a field that does not exist or has no value, and when the result is no
    tag.
    """
    shown = one_line(template[:200])
    tag = _FIELD.sub(lambda match: _value(match[1], facts, shown), template)
    try:
        return check_tag(tag)
    except ImageError as error:
        raise UsageError(
            f"the tag template {shown!r} does not give a tag: {error.message}", remedy=error.remedy
        ) from error


def _value(name: str, facts: TagFacts, template: str) -> str:
    length = _SHA_LENGTH.fullmatch(name)
    if length and not 4 <= int(length[1]) <= 64:
        raise UsageError(
            f"the tag template {template!r}: {name} is not between 4 and 64 digits",
            remedy="try {git_sha:7}",
        )
    field = "git_sha" if length else name
    if field not in _FIELDS:
        raise _unknown(name, template)
    revision = facts.revision or ""
    value = {
        "build_number": facts.build_number,
        "git_sha": revision[: int(length[1]) if length else SHORT_SHA],
        "git_sha_full": revision,
        "version": (facts.version or "").replace("+", "_"),  # as Helm does: tags have no plus sign
        "branch": _sanitised(facts.branch or ""),
        "date": facts.date,
    }[field]
    if not value:
        raise UsageError(
            f"the tag template {template!r}: {{{name}}} has no value here",
            remedy=f"give {_FIELDS[field]}",
        )
    return value


def _sanitised(branch: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", branch).strip(".-")


def _unknown(name: str, template: str) -> UsageError:
    close = difflib.get_close_matches(name, _FIELDS, n=1)
    fields = ", ".join(f"{{{field}}}" for field in _FIELDS)
    hint = f"did you mean {{{close[0]}}}?" if close else f"there are {fields}"
    return UsageError(
        f"the tag template {template!r}: there is no field {{{one_line(name)}}}", remedy=hint
    )
