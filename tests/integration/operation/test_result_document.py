"""The result document of every kind of ending fits the published schema."""

from typing import Any

from gitops_ci.report.formats.result import json_schema
from tests.integration.operation.test_chain import APPROVED, deploy
from tests.integration.operation.world import World

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
}


def faults(value: Any, schema: dict[str, Any], root: dict[str, Any], path: str = "") -> list[str]:
    """Return where a value does not have the structure of a schema."""
    if "$ref" in schema:
        return faults(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root, path)
    if "anyOf" in schema:
        found = [faults(value, each, root, path) for each in schema["anyOf"]]
        return [] if [] in found else found[0]
    if "enum" in schema:
        return [] if value in schema["enum"] else [f"{path}: {value!r} is none of {schema['enum']}"]
    kind = schema.get("type")
    if kind and not isinstance(value, TYPES[kind]):
        return [f"{path}: {value!r} is no {kind}"]
    if isinstance(value, list):
        return [
            fault
            for index, each in enumerate(value)
            for fault in faults(each, schema["items"], root, f"{path}[{index}]")
        ]
    if isinstance(value, dict):
        missing = [
            f"{path}.{key} is missing" for key in schema.get("required", ()) if key not in value
        ]
        unknown = [
            f"{path}.{key} is not in the schema" for key in value if key not in schema["properties"]
        ]
        inner = (
            faults(value[key], each, root, f"{path}.{key}")
            for key, each in schema["properties"].items()
            if key in value
        )
        return [*missing, *unknown, *(fault for each in inner for fault in each)]
    return []


def test_every_ending_fits_the_schema(world: World) -> None:
    schema = json_schema()
    deploy(world, "15")
    endings = [
        world.run("promote", "shop", "--to", "prod"),
        world.run("plan", "promote", "shop", "--to", "prod"),
        world.run("promote", "shop", "--to", "prod", *APPROVED),
        world.run("promote", "--all", "--to", "prod", *APPROVED),
        world.run("rollback", "shop", "--env", "prod", *APPROVED),
        world.run("promote", "shop", "--to", "nowhere"),
        world.run("promote", "--too"),
        world.run("promote", "shop", "--to", "prod", "--branch", "nowhere"),
    ]
    assert {ran.code for ran in endings} == {0, 1, 2, 3}
    for ran in endings:
        assert faults(ran.result, schema, schema) == []
        assert set(ran.result) == set(schema["$defs"]["Result"]["properties"])
