"""The JSON Schemas that the package carries are those of the models, and say the same as the
readers.
"""

import json
import zipfile
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from gitops_ci.base.errors import ConfigError
from gitops_ci.core.config import reader as config
from scripts import schemas
from tests.surroundings import ROOT

WHOLE = """\
version: 1
apps:
  manual-app:
    images: [{repository: registry.example.com/manual-app, tag: image.tag, digest: image.digest}]
environments:
  dev:
  stage: {from: dev}
  prod: {from: stage, approval: {approvers: [alice], distinct: true}, override: {order: [carol]}}
"""


def packaged(name: str) -> Any:
    """Return a schema as an installed package has it."""
    return json.loads(
        resources.files("gitops_ci").joinpath("schemas", name).read_text(encoding="utf-8")
    )


def accepted(text: str) -> bool:
    """Tell whether the schema of gitops.yaml accepts a file."""
    return jsonschema.Draft202012Validator(packaged("gitops.schema.json")).is_valid(
        yaml.safe_load(text)
    )


def readable(text: str) -> bool:
    """Tell whether the program accepts it."""
    try:
        config.read(text.encode())
    except ConfigError:
        return False
    return True


def test_the_schemas_are_those_that_make_docs_writes() -> None:
    kept = {file.name: packaged(file.name) for file in schemas.FOLDER.glob("*.json")}
    made = {name: json.loads(text) for name, text in schemas.schemas().items()}
    differing = sorted(
        name for name in kept.keys() | made.keys() if kept.get(name) != made.get(name)
    )
    assert differing == [], "run `make docs` and commit what it writes"


def test_what_one_version_of_msgspec_writes_otherwise_than_another_is_published_as_one() -> None:
    older = {
        "title": "Root",
        "description": "First line.\n\n    Second line.",
        "anyOf": [{"type": "null"}, {"$ref": "#/$defs/B"}, {"$ref": "#/$defs/A"}],
        "required": ["b", "a"],
        "properties": {"required": {"type": "array", "prefixItems": [{"const": 2}, {"const": 1}]}},
    }
    newer = {
        "properties": {"required": {"prefixItems": [{"const": 2}, {"const": 1}], "type": "array"}},
        "required": ["a", "b"],
        "anyOf": [{"$ref": "#/$defs/A"}, {"type": "null"}, {"$ref": "#/$defs/B"}],
        "description": "First line.\n\nSecond line.",
        "title": "Root",
    }
    assert json.dumps(schemas.canonical(older)) == json.dumps(schemas.canonical(newer))
    assert schemas.canonical(older)["anyOf"][-1] == {"type": "null"}
    assert schemas.canonical(older)["properties"] == older["properties"]


@pytest.mark.parametrize("name", schemas.schemas())
def test_each_is_a_valid_schema_that_editors_can_read(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(packaged(name))
    assert "\\\\Z" not in json.dumps(packaged(name))


def test_reader_and_schema_accept_the_same_file() -> None:
    assert readable(WHOLE)
    assert accepted(WHOLE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version: 1", "version: 2"),
        ("environments:", "enviroments:"),
        ("tag: image.tag", "tags: image.tag"),
        ("from: stage", "from: sta ge"),
        ("override: {order", "override: {approval"),
        ("distinct: true", "distinct: maybe"),
    ],
)
def test_reader_and_schema_refuse_the_same_mistakes(old: str, new: str) -> None:
    mistaken = WHOLE.replace(old, new)
    assert mistaken != WHOLE
    assert not readable(mistaken)
    assert not accepted(mistaken)


def test_a_built_wheel_carries_the_schemas(tmp_path: Path) -> None:
    wheel = pytest.importorskip("hatchling.builders.wheel", reason="not installed: hatchling")
    (built,) = wheel.WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(built) as archive:
        carried = {
            name.rpartition("/")[2]
            for name in archive.namelist()
            if name.startswith("gitops_ci/schemas/")
        }
    assert carried == set(schemas.schemas())
