"""Rules that are made weaker before they are broken: a finding of its own, and a violation where
the environment has signers and none of them signed it.
"""

import pytest

from tests.integration.attacks.attacked import RULES, AttackedRepository
from tests.integration.audit.test_audit import deploy
from tests.integration.operation.world import World

WAYS = {
    "four eyes": (", distinct: true", "", "four eyes were switched off"),
    "approvers": ("[alice, bob]", "[alice, bob, mallory]", "mallory may approve too"),
    "order": ("from: stage", "from: dev", "it need not have run in stage any more"),
}


def weaker(attacked: AttackedRepository, old: str, new: str) -> str:
    """Return gitops.yaml with other rules."""
    rules = attacked.world.text("gitops.yaml") + "\n"
    assert old in rules, RULES
    return rules.replace(old, new)


@pytest.mark.parametrize("way", WAYS)
def test_weaker_rules_are_told_aspect_by_aspect(attacked: AttackedRepository, way: str) -> None:
    old, new, words = WAYS[way]
    onto = attacked.world.head("main")
    commit = attacked.commit({"gitops.yaml": weaker(attacked, old, new)}, onto=onto)
    if attacked.signed:
        attacked.is_caught(commit, "policy-weakened", words, branch="main")
        return
    attacked.is_taken(commit, "main")
    (message,) = [
        each["message"] for each in attacked.notices() if each["kind"] == "policy-weakened"
    ]
    assert words in message
    assert message.endswith("(by mallory@example.com); prod has no signers")


@pytest.mark.parametrize("text", ["", "version: 1\nenvironments: {prod: {form: stage}}\n"])
def test_rules_that_are_gone_are_caught(attacked: AttackedRepository, text: str) -> None:
    """Commands would go by the usual rules then, or not at all."""
    files, gone = ({"gitops.yaml": text}, []) if text else ({}, ["gitops.yaml"])
    commit = attacked.commit(files, onto=attacked.world.head("main"), gone=gone)
    attacked.is_caught(commit, "policy-change", words="the rules before it", branch="main")


def test_rules_that_were_gone_for_a_while_are_told(unsigned: AttackedRepository) -> None:
    rules, onto = unsigned.world.text("gitops.yaml") + "\n", unsigned.world.head("main")
    broken = unsigned.commit({"gitops.yaml": "version: 1\nnothing: [\n"}, onto=onto)
    unsigned.is_taken(unsigned.commit({"gitops.yaml": rules}, onto=broken), "main")
    assert "policy-change" in {each["kind"] for each in unsigned.notices()}


def test_stronger_rules_are_none(attacked: AttackedRepository) -> None:
    stronger = weaker(attacked, "from: stage", "soak: 1h, from: stage")
    commit = attacked.commit({"gitops.yaml": stronger}, onto=attacked.world.head("main"))
    attacked.push(commit, "main")
    found = attacked.world.run("audit").result["findings"]
    assert "policy-weakened" not in {each["kind"] for each in found}


def test_who_approves_what_is_their_own_is_told(world: World) -> None:
    """As the rules allow: they were made weaker before, or never asked for four eyes."""
    world.after(deploy, "15")
    rules = world.text("gitops.yaml") + "\n"
    world.write({"gitops.yaml": rules.replace(", distinct: true", "")})
    world.image("16")
    world.ok("update", "shop", "--env", "dev", "--tag", "16")
    world.ok("promote", "shop", "--to", "stage")
    own = ("--requested-by", "alice", "--approved-by", "alice@example.com")
    world.ok("promote", "shop", "--to", "prod", *own)
    found = world.run("audit", check=0).result["findings"]
    messages = [each["message"] for each in found if each["kind"] == "self-approval"]
    assert messages == [
        "alice@example.com approved what is their own: the rules do not ask for a second pair of "
        "eyes"
    ]
