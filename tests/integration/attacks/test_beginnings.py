"""Where the proof begins: with the value before gitops.yaml, and without it before the first
operation.
"""

import subprocess
from pathlib import Path

import pytest

from tests.integration.attacks.attacked import AttackedRepository
from tests.integration.audit.test_audit import ALICE, audit, findings
from tests.integration.operation.world import CHAIN, VALUES, World, begin, make_world

CHART = {"charts/Chart.yaml": "name: shop\n"}
ENVIRONMENTS = ("dev", "stage", "prod")


def tagged(tag: str, *environments: str) -> dict[str, str | bytes]:
    text = VALUES.replace('tag: ""', f'tag: "{tag}"')
    return {f"values-{name}.yaml": text for name in environments}


def with_history(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> World:
    """Make a repository in which people wrote 13 and then 14, and nobody has gitops.yaml."""
    world = make_world(tmp_path, capsys, {**CHART, **tagged("13", *ENVIRONMENTS)})
    world.write(tagged("14", *ENVIRONMENTS))
    return world


def rules(world: World) -> dict[str, str | bytes]:
    return {"gitops.yaml": CHAIN % {"registry": world.registry}}


def violations(world: World) -> list[tuple[str, str, str]]:
    code = world.run("audit").code
    return [each for each in findings(world, code=code) if each[0] == "violation"]


def deploy(world: World, tag: str) -> None:
    world.image(tag)
    reference = f"{world.registry}:{tag}"
    world.ok("update", "shop", "--env", "dev", "--image", reference)
    world.ok("promote", "shop", "--to", "stage")
    world.ok("promote", "shop", "--to", "prod", *ALICE)


@pytest.fixture
def world(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> World:
    return with_history(tmp_path, capsys)


def test_gitops_yaml_that_comes_with_another_value_takes_over_the_one_before(world: World) -> None:
    world.write({**rules(world), **tagged("99", "prod")})
    assert violations(world) == [("violation", "hand-edit", "shop prod")]
    (found,) = (each for each in audit(world, code=3)["findings"] if each["kind"] == "hand-edit")
    assert "99 came to values-prod.yaml" in found["message"]
    assert "over 14" in found["message"]


def test_a_value_that_comes_with_it_is_told_where_nobody_has_to_approve(world: World) -> None:
    world.write({**rules(world), **tagged("15", "dev")})
    assert ("notice", "added", "shop dev") in findings(world)


def test_nothing_is_promoted_on_a_value_that_came_with_it(world: World) -> None:
    """The command says what the audit says: 99 did not stand there before."""
    world.write({**rules(world), **tagged("99", "stage")})
    refused = world.refused("promote", "shop", "--to", "prod", *ALICE)
    assert "99 was written into stage by hand" in refused.out


def test_what_stood_there_before_is_promoted(world: World) -> None:
    world.write({**rules(world), "README.md": "rules\n"})
    world.write(tagged("13", "prod"))
    ran = world.run("plan", "promote", "shop", "--to", "prod", *ALICE)
    assert "14 runs in stage since before gitops.yaml" in ran.out


def test_a_history_before_the_first_operation_is_nobodys_fault(world: World) -> None:
    world.write({"values-dev.yaml": _empty_repository(world, "dev")})
    world.write({"values-stage.yaml": _empty_repository(world, "stage")})
    world.write({"values-prod.yaml": _empty_repository(world, "prod")})
    deploy(world, "15")
    assert violations(world) == []


def test_without_gitops_yaml_the_usual_rules_hold_from_the_first_operation_on(
    world: World,
) -> None:
    for name in ENVIRONMENTS:
        world.write({f"values-{name}.yaml": _empty_repository(world, name)})
    deploy(world, "15")
    world.write(tagged("99", "prod"))
    assert violations(world)[0][1:] == ("hand-edit", "shop prod")
    world.write({**rules(world)})
    assert violations(world)[0][1:] == ("hand-edit", "shop prod"), "gitops.yaml adopts it not"


def test_gitops_yaml_after_operations_adopts_no_other_value(world: World) -> None:
    for name in ENVIRONMENTS:
        world.write({f"values-{name}.yaml": _empty_repository(world, name)})
    deploy(world, "15")
    world.write({**rules(world), **tagged("99", "prod")})
    assert ("violation", "hand-edit", "shop prod") in violations(world)


def test_gitops_yaml_after_operations_is_taken(world: World) -> None:
    for name in ENVIRONMENTS:
        world.write({f"values-{name}.yaml": _empty_repository(world, name)})
    deploy(world, "15")
    world.write(rules(world))
    deploy(world, "16")
    assert violations(world) == []


def test_a_new_repository_begins_with_what_it_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(tmp_path, tmp_path / "new.git", capsys)
    begin(world, {**rules(world), **tagged("15", *ENVIRONMENTS)})
    assert findings(world) == []


def test_the_hook_takes_what_no_rule_is_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No gitops.yaml, no chart and no operation: a push of README.md, and of the first rules."""
    bare = World(tmp_path, tmp_path / "bare.git", capsys)
    begin(bare, {"README.md": "hello\n"})
    attacked = AttackedRepository(bare, hook=True, signed=False, branch="main")
    clone = ["git", "clone", "--quiet", str(bare.bare), str(attacked.clone)]
    subprocess.run(clone, check=True)
    attacked.git("config", "user.name", "Tess")
    attacked.git("config", "user.email", "tess@example.com")
    assert attacked.push(attacked.commit({"README.md": "more\n"})).taken
    text = CHAIN % {"registry": bare.registry}
    files = dict.fromkeys((f"values-{name}.yaml" for name in ENVIRONMENTS), VALUES)
    attacked.is_taken(attacked.commit({"gitops.yaml": text, **files}))


def _empty_repository(world: World, name: str) -> str:
    """Return a values file that names the registry beside the tag."""
    return (
        world.text(f"values-{name}.yaml").replace(
            "image:\n", f'image:\n  repository: "{world.registry}"\n'
        )
        + "\n"
    )
