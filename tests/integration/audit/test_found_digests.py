"""A digest that stands beside the tag decides what runs, whether gitops.yaml names it or not: it is
written with the tag, and watched.
"""

import pytest

from gitops_ci.core.config import apps
from tests.integration.audit.test_audit import ALICE, audit, deploy, findings
from tests.integration.operation.world import VALUES, World

NAMED = "tag: image.tag, digest: image.digest"
OTHER = "sha256:" + "9" * 64


def begin(world: World) -> str:
    """Take the digest out of gitops.yaml; the values files still have it. Return the head."""
    world.write({"gitops.yaml": world.text("gitops.yaml").replace(NAMED, "tag: image.tag") + "\n"})
    return world.head()


def pinned(world: World, tag: str) -> bool:
    """Tell whether production has a tag with its digest."""
    digest = world.image(tag)
    text = world.text("values-prod.yaml")
    return f'tag: "{tag}"' in text and digest in text


def test_it_is_written_with_the_tag(world: World) -> None:
    begin(world)
    for tag in ("15", "16"):
        deploy(world, tag)
        assert pinned(world, tag)
    world.ok("rollback", "shop", "--env", "prod", *ALICE)
    assert pinned(world, "15")
    assert audit(world)["changes"] == 7
    assert findings(world, code=0)[0][1] == "policy-change"


def test_where_nobody_knows_the_new_one_it_is_emptied(world: World) -> None:
    """The old one would go on running the old image."""
    begin(world)
    deploy(world, "15")
    rules = world.text("gitops.yaml").replace(
        "values-dev.yaml", "values-dev.yaml, verify_digest: 'off'"
    )
    world.write({"gitops.yaml": rules + "\n"})
    world.ok("update", "shop", "--env", "dev", "--tag", "16")
    assert world.text("values-dev.yaml").endswith('tag: "16"\n  digest: ""')


def test_a_file_without_the_key_gets_none(world: World) -> None:
    begin(world)
    world.write({"values-dev.yaml": "image:\n  tag: ''\n"})
    world.image("15")
    world.ok("update", "shop", "--env", "dev", "--tag", "15")
    assert "digest" not in world.text("values-dev.yaml")


@pytest.mark.parametrize("text", ["9f86d081884c", "[a, b]", "{enabled: true}"])
def test_what_is_no_digest_is_refused(world: World, text: str) -> None:
    begin(world)
    world.write({"values-dev.yaml": VALUES.replace('digest: ""', f"digest: {text}")})
    world.image("15")
    err = world.refused("update", "shop", "--env", "dev", "--tag", "15", code=1).err
    assert "values-dev.yaml: image.digest beside the tag is no digest" in err
    assert "empty it, or name it in gitops.yaml" in err


@pytest.mark.parametrize("added", [True, False], ids=["added", "changed"])
def test_one_that_somebody_wrote_is_a_hand_edit(world: World, added: bool) -> None:
    if added:
        files = {
            f"values-{name}.yaml": VALUES.replace('  digest: ""\n', "")
            for name in ("dev", "stage", "prod")
        }
        world.write(files)
    begin(world)
    deploy(world, "15")
    lines = [line for line in world.text("values-prod.yaml").splitlines() if "digest" not in line]
    world.write({"values-prod.yaml": "\n".join([*lines, f"  digest: {OTHER}", ""])})
    assert ("violation", "hand-edit", "shop prod") in findings(world, code=3)
    assert "DRIFT" in world.run("status", check=0).out


def test_histories_of_older_programs_stay_valid(world: World) -> None:
    """They looked for no digests, and left the digest of the first release beside every later tag."""
    deploy(world, "15")
    begin(world)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(apps, "_digest_beside", lambda tag: None)
        for tag in ("16", "17"):
            deploy(world, tag)
    assert not pinned(world, "17")
    found = findings(world)
    assert ("notice", "stale-digest", "shop prod") in found
    assert {severity for severity, *_ in found} == {"notice"}
    [prod] = [
        each
        for each in world.run("status", check=0).result["standings"]
        if each["environment"] == "prod"
    ]
    assert "digest" in prod["drift"]
    deploy(world, "18")
    assert pinned(world, "18")
    world.ok("rollback", "shop", "--env", "prod", *ALICE)
    assert pinned(world, "17")
    assert {severity for severity, *_ in findings(world)} == {"notice"}
