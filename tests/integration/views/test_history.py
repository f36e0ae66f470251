"""Who moved what when: what the trailers claim, as far as the commit's own diff makes it."""

from gitops_ci.usecases.views.history import HistoryRequest
from tests.integration.operation.world import World
from tests.integration.views.reading import past


def test_the_history_tells_the_newest_operation_first(world: World) -> None:
    world.image("15")
    world.ok("update", "--env", "dev", "--tag", "15", "--requested-by", "carol")
    world.ok("promote", "--to", "stage", "--requested-by", "carol")
    found = past(world)
    assert [
        (each.record.operation, each.record.environment, each.problem) for each in found.entries
    ] == [
        ("promote", "stage", ""),
        ("update", "dev", ""),
    ]
    assert not found.more


def test_a_limit_says_that_there_is_more(world: World) -> None:
    for tag in ("15", "16"):
        world.image(tag)
        world.ok("update", "--env", "dev", "--tag", tag)
    found = past(world, HistoryRequest(limit=1))
    assert [str(each.record.release) for each in found.entries] == ["16"]
    assert found.more


def test_a_revert_that_keeps_the_text_does_not_count(world: World) -> None:
    for tag in ("15", "16"):
        world.image(tag)
        world.ok("update", "--env", "dev", "--tag", tag)
    reverted = world.git("show", "main~1:values-dev.yaml") + "\n"
    world.write({"values-dev.yaml": reverted}, world.message())
    copied, genuine, _ = past(world).entries
    assert "the commit changes values-dev.yaml to 15, not to 16" in copied.problem
    assert genuine.problem == ""


def test_a_text_without_a_change_does_not_count(world: World) -> None:
    world.image("15")
    world.ok("update", "--env", "dev", "--tag", "15")
    world.write({"README": "x"}, world.message())
    forged, genuine = past(world).entries
    assert "does not change what values-dev.yaml runs" in forged.problem
    assert genuine.problem == ""


def test_a_person_is_found_by_any_name_as_requester_and_as_approver(world: World) -> None:
    world.image("15")
    world.ok("update", "--env", "dev", "--tag", "15", "--requested-by", "dave")
    world.ok(
        "promote", "--to", "stage", "--requested-by", "carol", "--approved-by", "alice@example.com"
    )
    assert [
        each.record.environment for each in past(world, HistoryRequest(person="alice")).entries
    ] == ["stage"]
    assert [
        each.record.environment
        for each in past(world, HistoryRequest(person="dave@example.com")).entries
    ] == ["dev"]
