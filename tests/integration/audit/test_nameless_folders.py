"""Folders that a set of Argo CD deploys although their name is none of an application."""

import pytest

from tests.integration.audit.test_audit import audit, findings
from tests.integration.operation.world import VALUES, World

EVIL = VALUES.replace('tag: ""', 'tag: "99"')


def begin(world: World, more: dict[str, str | bytes]) -> str:
    """Let every folder below apps/ be an application; return the head."""
    config = world.text("gitops.yaml").replace('shop: {path: "."', '"*": {path: "apps/{app}"')
    files = {f"apps/shop/values-{env}.yaml": VALUES for env in ("dev", "stage", "prod")}
    return world.write({"gitops.yaml": config + "\n", **files, **more})


@pytest.mark.parametrize("name", ["manual app", "-x", "_shared", "a\u202eb", "ü", "x" * 101])
def test_one_with_an_image_is_a_violation(world: World, name: str) -> None:
    head = begin(world, {})
    world.write({f"apps/{name}/values-prod.yaml": EVIL})
    assert findings(world, "--since", head, code=3) == [("violation", "nameless-folder", "prod")]
    ran = world.run("status", check=0)
    assert "is seen by nobody: rename its folder" in str(ran.result["warnings"])


@pytest.mark.parametrize(
    "files",
    [
        {"apps/_shared/values-prod.yaml": "replicas: 2\n"},
        {"apps/_shared/values-prod.yaml": VALUES.replace("image", "other")},
    ],
    ids=["no image", "another key"],
)
def test_one_without_is_a_notice(world: World, files: dict[str, str]) -> None:
    head = begin(world, {})
    world.write(files)
    assert findings(world, "--since", head) == [("notice", "nameless-folder", "prod")]


def test_others_are_free(world: World) -> None:
    """What holds no values file, and what sets leave out."""
    head = begin(world, {})
    world.write({"apps/_shared/common.yaml": EVIL, "apps/.hidden/values-prod.yaml": EVIL})
    assert findings(world, "--since", head) == []
    assert not world.run("status", check=0).result["warnings"]


def test_one_that_was_there_before_is_told(world: World) -> None:
    world.git("update-ref", "-d", "refs/heads/main")
    files = {
        "gitops.yaml": "version: 1\napps: {'*': {path: 'apps/{app}'}}\nenvironments: {prod: {}}\n"
    }
    world.write(
        {**files, "apps/manual app/values-prod.yaml": EVIL, "apps/a/values-prod.yaml": EVIL}
    )
    [told] = audit(world)["findings"]
    assert told["kind"] == "nameless-folder"
    assert "'manual app' is no name of an application" in told["message"]


def test_status_names_one_that_stands_alone(world: World) -> None:
    world.git("update-ref", "-d", "refs/heads/main")
    files = {
        "gitops.yaml": "version: 1\napps: {'*': {path: 'apps/{app}'}}\nenvironments: {prod: {}}\n"
    }
    world.write({**files, "apps/manual app/values-prod.yaml": EVIL})
    ran = world.run("status", check=0)
    assert "apps/manual app/values-prod.yaml is seen by nobody" in ran.out
