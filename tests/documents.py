"""Holds result documents against the schemas that the package publishes."""

import json
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

import jsonschema

COMMON = "result.schema.json"
_FOLDER = resources.files("gitops_ci").joinpath("schemas")
_TWO_WORDS = {"jobs", "values"}


def check(document: dict[str, Any], words: Sequence[str]) -> None:
    """Hold the document of a run against the schema of its command.

    A run that fails before it has anything to tell writes what every result has, and nothing else.
    """
    named = schema_of(words)
    own = set(properties(named)) - set(properties(COMMON))
    expected = named if document["ok"] or own & set(document) else COMMON
    validator(expected).validate(document)
    assert set(document) == set(properties(expected)), f"{words}: other keys than {expected} has"


def schema_of(words: Sequence[str]) -> str:
    """Return the name of the schema of a command, ``words`` as they follow the program's name."""
    named = [word for word in words if not word.startswith("-")]
    # with other words behind it than the id of a finding it names an application
    acknowledges = named[:2] == ["audit", "acknowledge"] and ":" in "".join(named[2:] or ":")
    command = named[: 2 if acknowledges or (named[:1] and named[0] in _TWO_WORDS) else 1]
    name = f"{'-'.join(command)}.schema.json"
    return name if command and _FOLDER.joinpath(name).is_file() else COMMON


@cache
def schema(name: str) -> dict[str, Any]:
    """Return a published schema."""
    found: dict[str, Any] = json.loads(_FOLDER.joinpath(name).read_text(encoding="utf-8"))
    return found


@cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    """Return what holds a document against a schema."""
    return jsonschema.Draft202012Validator(schema(name))


def properties(name: str) -> dict[str, Any]:
    """Return the keys of a schema's document."""
    definition = schema(name)["$ref"].rpartition("/")[2]
    found: dict[str, Any] = schema(name)["$defs"][definition]["properties"]
    return found
