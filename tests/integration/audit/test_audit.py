"""The audit of real histories: what operations made is clean, and whatever else was done to a
managed value is found.
"""

import json
from importlib import resources
from typing import Any

import jsonschema

from tests.integration.operation.world import VALUES, World

ALICE = ("--approved-by", "alice", "--requested-by", "carol")


def deploy(world: World, tag: str) -> None:
    """Bring a new image to production, as it should be."""
    world.image(tag)
    world.ok("update", "shop", "--env", "dev", "--tag", tag)
    world.ok("promote", "shop", "--to", "stage")
    world.ok("promote", "shop", "--to", "prod", *ALICE)


def findings(world: World, *words: str, code: int = 0) -> list[tuple[str, str, str]]:
    """Return severity, kind and place of what an audit finds; approvals that nobody can verify are
    left out.
    """
    return [
        (each["severity"], each["kind"], f"{each['app']} {each['environment']}".strip())
        for each in audit(world, *words, code=code)["findings"]
        if each["kind"] != "approver-unverified"
    ]


def audit(world: World, *words: str, code: int = 0) -> dict[str, Any]:
    """Return the result of an audit that ends with this exit code."""
    ran = world.run("audit", *words)
    assert ran.code == code, ran.out + ran.err
    return ran.result


def test_real_operations_are_clean(world: World) -> None:
    """Update, promotions, a rollback and an adoption without a value to write: nothing violates."""
    world.after(deploy, "15")
    deploy(world, "16")
    world.ok("rollback", "shop", "--env", "prod", *ALICE)
    result = audit(world)
    kinds = {each["kind"] for each in result["findings"]}
    assert kinds == {"approver-unverified"}
    assert result["commits"] == 8
    assert result["changes"] == 7
    assert result["end"] == world.head()


def test_a_hand_edit_is_found_with_the_gates_that_would_have_held(world: World) -> None:
    """A tag that a person wrote; the finding says what a promotion would have been told."""
    world.after(deploy, "15")
    world.write({"values-prod.yaml": VALUES.replace('tag: ""', 'tag: "16"')})
    assert findings(world, code=3) == [("violation", "hand-edit", "shop prod")]
    message = audit(world, code=3)["findings"][-1]["message"]
    assert "hand@example.com wrote 16 over 15" in message
    assert "never ran in stage" in message


def test_a_hand_edit_that_was_adopted_is_a_notice(world: World) -> None:
    """What a person wrote and somebody took responsibility for."""
    world.after(deploy, "15")
    world.image("16")
    world.write({"values-stage.yaml": VALUES.replace('tag: ""', 'tag: "16"')})
    world.run("adopt", "shop", "--env", "stage", "--reason", "urgent", check=0)
    found = [each for each in audit(world)["findings"] if each["kind"] == "hand-edit"]
    assert found[0]["severity"] == "notice"
    assert "adopted later" in found[0]["message"]


def test_other_parts_of_a_values_file_are_free(world: World) -> None:
    """Replicas are no managed value."""
    world.after(deploy, "15")
    world.write(
        {
            "values-prod.yaml": world.text("values-prod.yaml").replace("replicas: 2", "replicas: 3")
            + "\n"
        }
    )
    assert findings(world) == []


def test_a_reverted_promotion_and_one_picked_again_are_found(world: World) -> None:
    """Git copies messages: what they claim was approved for another change."""
    world.after(deploy, "15")
    deploy(world, "16")
    message = world.message()
    files = {"values-prod.yaml": world.text("values-prod.yaml") + "\n"}
    before = world.git("show", "main~1:values-prod.yaml") + "\n"
    world.write({"values-prod.yaml": before}, 'Revert "promote(shop): stage -> prod 16"')
    world.write(files, message)
    assert findings(world, code=3) == [
        ("violation", "hand-edit", "shop prod"),
        ("violation", "copied", "shop prod"),
    ]


def test_a_commit_with_trailers_that_claim_another_change_is_forged(world: World) -> None:
    """The trailers say 15, the file says 17."""
    world.after(deploy, "15")
    message = world.message()
    world.write({"values-prod.yaml": VALUES.replace('tag: ""', 'tag: "17"')}, message)
    assert findings(world, code=3) == [("violation", "copied", "shop prod")]


def test_the_gates_are_judged_by_the_rules_of_their_time(world: World) -> None:
    """An approval that was made up: alice asked for it herself."""
    world.after(deploy, "15")
    world.image("16")
    world.ok("update", "shop", "--env", "dev", "--tag", "16")
    world.ok("promote", "shop", "--to", "stage")
    world.ok("promote", "shop", "--to", "prod", *ALICE)
    forged = world.message().replace("Gitops-Requested-By: carol", "Gitops-Requested-By: alice")
    tree = world.git("rev-parse", "main^{tree}")
    parent = world.git("rev-parse", "main~1")
    commit = world.git("commit-tree", tree, "-p", parent, "-F", "-", stdin=forged.encode())
    world.git("update-ref", "refs/heads/main", commit)
    assert findings(world, code=3) == [("violation", "gate", "shop prod")]
    assert "asked for it" in audit(world, code=3)["findings"][-2]["message"]


def test_a_change_of_the_rules_is_told_in_words(world: World) -> None:
    """Who changed what, environment by environment."""
    world.after(deploy, "15")
    world.write(
        {
            "gitops.yaml": world.text("gitops.yaml").replace("distinct: true", "distinct: false")
            + "\n"
        }
    )
    assert findings(world) == [
        ("notice", "policy-change", "prod"),
        ("notice", "policy-weakened", "prod"),
    ]
    change, weakening = (each["message"] for each in audit(world)["findings"][-2:])
    assert "alice, bob distinct -> alice, bob" in change
    assert "four eyes were switched off" in weakening


def test_text_lists_the_findings_and_a_sentence(world: World) -> None:
    """What a person reads."""
    world.after(deploy, "15")
    world.write({"values-dev.yaml": VALUES.replace('tag: ""', 'tag: "99"')})
    ran = world.run("audit", check=3)
    assert "NO   hand-edit" in ran.out
    assert "audit: 1 violation, 1 notice in 5 commits, 4 changes of managed values" in ran.out


def test_the_document_is_as_the_published_schema_says(world: World) -> None:
    """With findings and without."""
    schema = json.loads(
        resources.files("gitops_ci")
        .joinpath("schemas", "audit.schema.json")
        .read_text(encoding="utf-8")
    )
    world.after(deploy, "15")
    jsonschema.validate(audit(world), schema, jsonschema.Draft202012Validator)
    world.write({"values-dev.yaml": VALUES.replace('tag: ""', 'tag: "99"')})
    jsonschema.validate(audit(world, code=3), schema, jsonschema.Draft202012Validator)
