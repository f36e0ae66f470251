"""What runs where: who put it there, what nobody put there, how far behind it is, and what keeps
the next release.
"""

from tests.integration.operation.world import World
from tests.integration.views.reading import where


def deliver(world: World, tag: str) -> None:
    """Bring a release to dev and stage."""
    world.image(tag)
    world.ok("update", "--env", "dev", "--tag", tag, "--requested-by", "carol")
    world.ok("promote", "--to", "stage", "--requested-by", "carol")


def test_a_release_stands_with_its_digest_and_the_operation_that_put_it_there(world: World) -> None:
    world.after(deliver, "15")
    found = where(world)
    assert [name for _, name in found] == ["dev", "stage", "prod"]
    stage = found["shop", "stage"]
    assert (str(stage.release), stage.drift, stage.behind, stage.waiting) == ("15", "", 0, ())
    assert stage.release
    assert stage.release.images[0].digest == world.image("15")
    assert stage.record
    assert (stage.record.operation, stage.record.requested_by, stage.record.commit) == (
        "promote",
        "carol",
        world.head(),
    )
    assert stage.since == int(world.git("log", "-1", "--format=%ct"))


def test_nothing_stands_where_nothing_was_deployed(world: World) -> None:
    world.after(deliver, "15")
    prod = where(world)["shop", "prod"]
    assert (prod.record, prod.drift, prod.problem, prod.behind) == (None, "", "", None)


def test_what_keeps_the_next_release_is_judged_by_the_gates_of_a_promotion(world: World) -> None:
    world.after(deliver, "15")
    (verdict,) = where(world)["shop", "prod"].waiting
    assert (verdict.gate, verdict.state, verdict.openers) == (
        "approval",
        "pending",
        ("alice", "bob"),
    )
    assert where(world)["shop", "stage"].waiting == ()


def test_an_environment_is_behind_by_the_releases_that_the_one_before_has_had_since(
    world: World,
) -> None:
    for tag in ("15", "16", "17"):
        world.image(tag)
        world.ok("update", "--env", "dev", "--tag", tag)
        if tag == "15":
            world.ok("promote", "--to", "stage")
    assert where(world)["shop", "stage"].behind == 2


def test_a_value_written_by_hand_is_drift_and_its_record_is_not_shown(world: World) -> None:
    world.after(deliver, "15")
    world.write({"values-stage.yaml": world.text("values-stage.yaml").replace('"15"', '"16"')})
    stage = where(world)["shop", "stage"]
    assert "16 was written by hand after promote to 15" in stage.drift
    assert stage.record is None


def test_a_value_from_before_gitops_yaml_is_adopted_and_no_drift(world: World) -> None:
    before = world.text("values-prod.yaml").replace('tag: ""', 'tag: "7"')
    world.write({"values-prod.yaml": before}, gone=("gitops.yaml",))
    bare = world.git("show", "main~1:gitops.yaml")
    world.git(
        "update-ref",
        "refs/heads/main",
        world.git("commit-tree", "main^{tree}", "-m", "begin again"),
    )
    world.write({"gitops.yaml": bare})
    prod = where(world)["shop", "prod"]
    assert (prod.adopted, prod.drift, str(prod.release)) == (True, "", "7")


def test_a_file_that_is_gone_or_broken_is_told_of_and_keeps_nothing_else_from_being_read(
    world: World,
) -> None:
    world.after(deliver, "15")
    world.write({"values-dev.yaml": "image: [\n"}, gone=("values-stage.yaml",))
    found = where(world)
    assert found["shop", "dev"].release is None
    assert "values-dev.yaml" in found["shop", "dev"].drift
    assert found["shop", "stage"].drift == "values-stage.yaml is gone, which had 15"
    assert found["shop", "prod"].problem == ""
