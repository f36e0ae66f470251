"""The table of the gates holds together: with the readers of facts, and with what gitops.yaml may
say.
"""

from importlib import import_module

import pytest

from gitops_ci.core.config.schema import json_schema
from gitops_ci.core.gates.gate import Gate
from gitops_ci.core.gates.table import GATES, overridable, settings
from gitops_ci.usecases.facts import READERS, FactReader

ENVIRONMENT = json_schema()["$defs"]["EnvironmentPart"]["properties"]


def test_each_fact_that_a_gate_asks_for_has_its_reader_and_no_other_is_read() -> None:
    assert {kind for gate in GATES for kind in gate.facts} == READERS.keys()
    for module in READERS.values():
        assert issubclass(import_module(module).Reader, FactReader)


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.name)
def test_the_audit_knows_from_the_history_what_it_judges_again(gate: Gate) -> None:
    told_by_nothing_else = {
        "newer",
        "carried-out",
    }  # what was so is refused without the fact, or only worded by it
    unknown = {kind.name for kind in gate.facts if kind.replayed is None} - told_by_nothing_else
    assert bool(unknown) == (gate.audit == "not")


def test_gitops_yaml_takes_what_the_gates_are_set_by_and_the_names_that_may_be_overridden() -> None:
    assert {setting.key for setting in settings()} <= ENVIRONMENT.keys()
    (override, _) = ENVIRONMENT["override"]["anyOf"]
    assert set(override["propertyNames"]["enum"]) == set(overridable())
    assert {"chart", "approval"} & set(overridable()) == set()
