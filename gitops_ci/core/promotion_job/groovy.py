"""Values -> Groovy, as literals that mean those values and nothing else; and the script of the
job.
"""

from collections.abc import Mapping
from typing import Any

from gitops_ci.core.promotion_job.definition import Definition

_ESCAPES = {
    "\\": "\\\\",
    "'": "\\'",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\b": "\\b",
    "\f": "\\f",
}


def script(definition: Definition) -> str:
    """Return the pipeline script.

    It loads the library and calls the var, and has nothing else in it.
    """
    lines = [f"{name}: {literal(value)}" for name, value in definition.arguments.items()]
    return (
        "// made by gitops-ci jobs apply, which undoes changes: see the description of this job\n"
        f"@Library({literal(definition.library)}) _\n\n"
        "gitopsPromotionJob(\n" + ",\n".join(f"    {line}" for line in lines) + "\n)"
    )


def literal(value: Any) -> str:
    """Return a value as Groovy: texts in single quotes, where ``$`` is a dollar sign."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        items = [f"{key}: {literal(item)}" for key, item in value.items()]
        return f"[{', '.join(items) or ':'}]"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(literal, value))}]"
    return "'" + "".join(_character(char) for char in str(value)) + "'"


def _character(char: str) -> str:
    r"""Escape what would end the text or could not stand in XML.

    Control characters as octal: Groovy replaces ``\u000a`` before it looks for the end of a line.
    """
    if char in _ESCAPES:
        return _ESCAPES[char]
    return f"\\{ord(char):03o}" if ord(char) < 32 or ord(char) == 127 else char
