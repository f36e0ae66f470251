"""What a message claims is no record: the look-up of a promotion computes the plan again, as the
audit does.
"""

import pytest

from tests.integration.audit.test_audit import ALICE, deploy
from tests.integration.operation.world import VALUES, World

EVIL = VALUES.replace('tag: ""', 'tag: "99"')


def claim(world: World, plan: str, operation: str = "promote") -> str:
    """Return a message that claims a promotion of 99 to stage."""
    return (
        f"{operation}(shop): dev -> stage 99\n\nGitops-Operation: {operation}\nGitops-App: "
        "shop\nGitops-Environment: stage\n"
        f"Gitops-From: dev\nGitops-Image: {world.registry}:99\n{plan}Gitops-Policy: "
        f"{world.head()}\n"
        "Gitops-Requested-By: dave\nGitops-Reason: so\n"
    )


@pytest.mark.parametrize("operation", ["promote", "rollback", "update"])
@pytest.mark.parametrize("plan", [f"Gitops-Plan: {'0' * 64}\n", ""], ids=["zeros", "no plan"])
def test_a_promotion_does_not_believe_false_trailers(
    world: World, plan: str, operation: str
) -> None:
    world.after(deploy, "15")
    world.image("99")
    world.write({"values-stage.yaml": EVIL}, claim(world, plan, operation))
    ran = world.refused("promote", "shop", "--to", "prod", *ALICE)
    assert "99 was written into stage by hand" in ran.out
    assert "99 was written by hand" in str(world.run("status", check=0).result["standings"])


def test_nor_trailers_of_another_operation(world: World) -> None:
    """The plan is a real one, of the promotion of 15."""
    world.after(deploy, "15")
    world.image("99")
    real = world.git(
        "log", "-1", "--format=%(trailers:key=Gitops-Plan)", "--grep=-> stage 15", "main"
    )
    world.write({"values-stage.yaml": EVIL}, claim(world, f"{real}\n"))
    assert (
        "99 was written into stage by hand"
        in world.refused("promote", "shop", "--to", "prod", *ALICE).out
    )


def test_history_says_what_is_wrong_with_them(world: World) -> None:
    world.after(deploy, "15")
    world.write({"values-stage.yaml": EVIL}, claim(world, f"Gitops-Plan: {'0' * 64}\n"))
    entries = world.run("history", "shop", "--env", "stage", check=0).result["entries"]
    assert "Gitops-Plan is not the plan of this change" in str(entries[0])


def test_an_adoption_makes_it_a_release(world: World) -> None:
    world.after(deploy, "15")
    world.image("99")
    world.write({"values-stage.yaml": EVIL}, claim(world, f"Gitops-Plan: {'0' * 64}\n"))
    world.run("adopt", "shop", "--env", "stage", "--reason", "urgent", check=0)
    assert world.ok("promote", "shop", "--to", "prod", *ALICE).gates["order"] == "passed"
