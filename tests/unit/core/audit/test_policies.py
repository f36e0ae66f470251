"""A change of gitops.yaml is told in words, whatever it changes."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from gitops_ci.core.audit.state.policies import differences
from gitops_ci.core.config import reader
from gitops_ci.core.gates.table import settings
from gitops_ci.model.config import Approval, ArgocdPlace, Config, Environment, Freeze

BEFORE = reader.read(
    b"version: 1\napps: {shop: {path: shop, images: [{tag: image.tag, repository: "
    b"r.example.com/shop}]}}\n"
    b"environments: {dev: {values: dev.yaml}, prod: {values: prod.yaml, from: dev}}\n"
)
RULE = Approval(("alice",), distinct_requester=False, distinct_authors=False)
# another value for every field of an environment and key of a gate; a new one has to be told in
# words too
OTHERS: dict[str, Any] = {
    "values": "other.yaml",
    "source": None,
    "branch": "release",
    "verify_digest": "off",
    "approval": RULE,
    "override": {"soak": ("carol",)},
    "soak": 3600,
    "checks": ("smoke",),
    "freeze": (Freeze("Fri 16:00", "Mon 08:00", "UTC"),),
    "render": True,
    "tag": "v{version}",
    "signers": "keys/prod",
    "argocd": True,
    "argocd_place": ArgocdPlace(server="https://argocd.example.com"),
}
NOT_TOLD = {"name", "policy", "first_policy", "settings"}
KEYS = {setting.key for setting in settings()}


def changed(**fields: Any) -> Config:
    own = {key: fields.pop(key) for key in KEYS & fields.keys()}
    prod = replace(BEFORE.environments["prod"], **fields, settings=own, policy="another")
    return replace(BEFORE, environments={**BEFORE.environments, "prod": prod})


def told(before: Config, after: Config) -> str:
    ((environment, words),) = differences(before, after)
    assert environment == "prod"
    return words


def test_every_field_of_an_environment_is_tried() -> None:
    fields = {field.name for field in msgspec.structs.fields(Environment)}
    assert OTHERS.keys() == (fields - NOT_TOLD) | KEYS


@pytest.mark.parametrize("name", OTHERS)
def test_what_changed_is_named_both_ways(name: str) -> None:
    after = changed(**{name: OTHERS[name]})
    there, back = told(BEFORE, after), told(after, BEFORE)
    for words in (there, back):
        assert "written differently" not in words
        assert " -> " in words
    assert there.partition(":")[0] == back.partition(":")[0]


@pytest.mark.parametrize("name", [field.name for field in msgspec.structs.fields(Approval)])
def test_every_part_of_an_approval_is_told(name: str) -> None:
    values: dict[str, Any] = {"approvers": ("bob",), "unknown_authors": "refuse", "rollback": False}
    rule = replace(RULE, **{name: values.get(name, True)})
    assert told(changed(approval=RULE), changed(approval=rule)).startswith("approval: alice -> ")


def test_the_gate_that_asks_argo_cd_is_missed_when_it_is_gone() -> None:
    assert told(changed(argocd=True), BEFORE) == "gate argocd: yes -> none"


def test_only_what_is_said_of_argo_cd_is_told() -> None:
    after = changed(argocd_place=ArgocdPlace(server="https://argocd.example.com"))
    assert told(BEFORE, after) == "argocd: none -> server https://argocd.example.com"
