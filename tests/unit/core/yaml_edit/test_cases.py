"""The shared cases: one feature of YAML each."""

import json
from pathlib import Path
from typing import Any

import pytest

from gitops_ci.base.errors import ValuesError
from gitops_ci.core.yaml_edit import set_values
from gitops_ci.model.key_path import Index, Item, Key, KeyPath, Segment

FOLDER = Path(__file__).parents[3] / "yaml-cases"
CASES = json.loads((FOLDER / "cases.json").read_text())["cases"]


def segment(step: Any) -> Segment:
    if isinstance(step, dict):
        ((key, value),) = step.items()
        return Item(key, value)
    return Index(step) if isinstance(step, int) else Key(step)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    data = (FOLDER / case["input"]).read_bytes()
    edits = {KeyPath(tuple(segment(step) for step in case["path"])): case["value"]}
    wanted = case.get("prefer", case["expect"])
    if wanted == "refuse":
        with pytest.raises(ValuesError) as caught:
            set_values(data, edits, name="values.yaml")
        assert caught.value.message.startswith("values.yaml")
        assert caught.value.remedy
    else:
        assert set_values(data, edits, name="values.yaml") in [
            (FOLDER / name).read_bytes() for name in case["expected"]
        ]
