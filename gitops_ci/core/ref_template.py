"""Pure: templates of branches and Git tags: ``promote/{app}-{env}``, ``v{version}``."""

import re
from collections.abc import Mapping

from gitops_ci.base.errors import UsageError
from gitops_ci.base.redaction import one_line
from gitops_ci.model.names import check_branch

TAG_FIELDS = ("version", "tag", "app", "env")  # of an environment's Git tag
LONGEST = 200  # characters; servers keep a reference as the name of a file
_FIELD = re.compile(r"\{([^{}]*)\}")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,99}")


def fields(template: str) -> tuple[str, ...]:
    """Return the names between braces."""
    return tuple(_FIELD.findall(template))


def check(template: str, known: tuple[str, ...], what: str) -> str:
    """Return a template that gives a name of Git with any values; raises UsageError for what is
    none, or unknown fields.
    """
    expand(template, dict.fromkeys(known, "x"), {}, what)
    return template


def expand(template: str, values: Mapping[str, str], remedies: Mapping[str, str], what: str) -> str:
    """Return the name that a template gives; ``remedies`` say for a field what to do when its value
    is ''.

    Raises UsageError for a field that is not known or has no value, and when the result is no name
    of Git.
    """
    shown = one_line(template[:LONGEST])

    def value(match: re.Match[str]) -> str:
        field = match[1]
        if field not in values:
            known = ", ".join(f"{{{name}}}" for name in values)
            raise UsageError(
                f"{what} {shown!r}: there is no field {{{one_line(field)}}}",
                remedy=f"there are {known}",
            )
        if not values[field]:
            raise UsageError(
                f"{what} {shown!r}: {{{field}}} has no value here", remedy=remedies.get(field, "")
            )
        return values[field]

    name = _FIELD.sub(value, template)
    try:
        if len(name) > LONGEST or "{" in name or "}" in name:
            raise UsageError(f"{name[:LONGEST]!r} is too long or has braces")
        return check_branch(name)
    except UsageError as error:
        raise UsageError(
            f"{what} {shown!r} does not give a name that Git takes: {error.message}",
            remedy="use letters, digits, '.', '_', '-' and '/'",
        ) from None


def names(template: str, environment: str) -> re.Pattern[str]:
    """Return what the names have in common that a template of an environment's Git tag can give."""
    shapes = {
        "version": _VERSION.pattern,
        "tag": r"\w[\w.-]{0,127}",
        "app": r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}",
    }
    parts = _FIELD.split(template)  # texts, and fields between them
    return re.compile(
        "".join(
            shapes.get(part, re.escape(environment)) if odd % 2 else re.escape(part)
            for odd, part in enumerate(parts)
        )
    )


def check_version(version: str) -> str:
    """Return a version; raises UsageError when it is not one."""
    if _VERSION.fullmatch(version):
        return version
    raise UsageError(
        f"--version {one_line(version[:LONGEST])!r} is not a version",
        remedy="give letters, digits, '.', '-', '_' and '+': 1.4.0",
    )
