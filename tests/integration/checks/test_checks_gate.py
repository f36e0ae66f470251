"""`checks` from gitops.yaml to the commit: which recorded results count, and until when."""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from gitops_ci.adapters.git.publish.remote_notes import RemoteNotes
from tests.integration.checks.conftest import Clock
from tests.integration.checks.policies import (
    ask,
    move_before_the_push,
    promote,
    record,
    refused,
    trailer,
    update,
    verdict,
)
from tests.integration.conftest import LOGIN
from tests.integration.operation.world import World

NOTES = "refs/notes/gitops-ci"
BOTH = "checks: [integration, load test]"


def test_every_check_has_to_have_passed(world: World, time: Clock) -> None:
    ask(world, BOTH)
    update(world, time, 0, "15")
    said = verdict(refused(world, time, 10), "checks")
    assert "no result of integration and load test for 15 in dev" in said["reason"]
    assert "gitops-ci check shop --env dev --tag 15 --name integration --passed" in said["remedy"]
    record(world, time, 20, "integration", "passed")
    said = verdict(refused(world, time, 30), "checks")
    assert said["reason"] == "no result of load test for 15 in dev"
    assert "--name 'load test' --passed" in said["remedy"]
    record(world, time, 40, "load test", "passed")
    promote(world, time, 50)
    assert "checks=passed" in trailer(world, "Gate")[0]


def test_the_commit_names_the_notes_that_were_read(world: World, time: Clock) -> None:
    ask(world, "checks: [integration]")
    update(world, time, 0, "15")
    record(world, time, 10, "integration", "passed")
    promote(world, time, 20)
    names = [line.partition(":")[0] for line in world.trailers()]
    assert names[names.index("Gitops-Gate") + 1] == "Gitops-Checks"
    assert trailer(world, "Checks") == [world.git("rev-parse", NOTES)]


def test_a_later_failure_revokes_and_a_later_success_restores(world: World, time: Clock) -> None:
    ask(world, "checks: [integration]")
    update(world, time, 0, "15")
    record(world, time, 10, "integration", "passed")
    record(
        world,
        time,
        20,
        "integration",
        "failed",
        "--url",
        "https://ci.example.com/8",
        "--requested-by",
        "dave",
    )
    assert (
        verdict(refused(world, time, 30), "checks")["reason"]
        == "integration failed by dave (https://ci.example.com/8)"
    )
    record(world, time, 30, "integration", "passed")
    promote(world, time, 40)


def test_of_two_results_in_one_second_the_failure_counts(world: World, time: Clock) -> None:
    ask(world, "checks: [integration]")
    update(world, time, 0, "15")
    for result in ("failed", "passed"):
        record(world, time, 10, "integration", result)
    assert refused(world, time, 20).gates["checks"] == "refused"


def test_the_result_of_another_release_does_not_count(world: World, time: Clock) -> None:
    ask(world, "checks: [integration]")
    update(world, time, 0, "15")
    record(world, time, 10, "integration", "passed")
    update(world, time, 20, "16")
    assert refused(world, time, 30).gates["checks"] == "refused"
    promote(world, time, 40, "--tag", "15")


def test_the_result_for_another_digest_of_the_same_tag_does_not_count(
    world: World, time: Clock
) -> None:
    ask(world, "checks: [integration]")
    update(world, time, 0, "15")
    record(world, time, 10, "integration", "passed")
    tested = world.git("rev-parse", "main")
    world.image("15", "built again")
    update(world, time, 20, "15")
    assert refused(world, time, 30).gates["checks"] == "refused"
    line = world.git("notes", "--ref", "gitops-ci", "show", tested)
    world.git("notes", "--ref", "gitops-ci", "add", "-m", line, "main")
    assert refused(world, time, 40).gates["checks"] == "refused"


def test_the_result_of_another_environment_or_application_does_not_count(
    world: World, time: Clock
) -> None:
    ask(world, "checks: [integration]")
    update(world, time, 0, "15")
    record(world, time, 10, "integration", "passed")
    line = world.git("notes", "--ref", "gitops-ci", "show", "main")
    for old, new in (
        ('"environment": "dev"', '"environment": "stage"'),
        ('"application": "shop"', '"application": "cart"'),
    ):
        world.git("notes", "--ref", "gitops-ci", "add", "-f", "-m", line.replace(old, new), "main")
        assert refused(world, time, 20).gates["checks"] == "refused"
    world.git(
        "notes",
        "--ref",
        "gitops-ci",
        "add",
        "-f",
        "-m",
        f"Tess: looks good\n\n{line}\n{{broken",
        "main",
    )
    promote(world, time, 30)


def test_the_result_of_an_earlier_deployment_of_the_same_release_counts(
    world: World, time: Clock
) -> None:
    ask(world, "checks: [integration]")
    update(world, time, 0, "15")
    record(world, time, 10, "integration", "passed")
    update(world, time, 20, "16")
    update(world, time, 30, "15")
    promote(world, time, 40)
    update(world, time, 50, "16")
    record(world, time, 60, "integration", "passed")
    update(world, time, 70, "15")
    record(world, time, 80, "integration", "failed")
    update(world, time, 90, "16")
    promote(world, time, 100)
    assert refused(world, time, 110, "--tag", "15").gates["checks"] == "refused"


def test_what_gitops_yaml_found_there_can_be_checked_too(world: World, time: Clock) -> None:
    ask(world, "checks: [integration]")
    root = world.git("rev-list", "--max-parents=0", "main")
    digest = world.image("15")
    config = world.text("gitops.yaml")
    values = (
        world.text("values-dev.yaml")
        .replace('tag: ""', 'tag: "15"')
        .replace('digest: ""', f'digest: "{digest}"')
    )
    world.git("update-ref", "refs/heads/main", root)
    world.write({"values-dev.yaml": values}, gone=("gitops.yaml",))
    world.write({"gitops.yaml": config}, "describe the environments")
    assert refused(world, time, 10).gates["checks"] == "refused"
    record(world, time, 20, "integration", "passed")
    promote(world, time, 30)


def test_an_override_of_checks_is_recorded_with_the_notes_that_were_read(
    world: World, time: Clock
) -> None:
    ask(world, "checks: [integration]")
    update(world, time, 0, "15")
    promote(world, time, 10, "--override", "checks", "--reason", "outage")
    assert (trailer(world, "Override"), trailer(world, "Checks")) == (["checks"], [])
    update(world, time, 20, "16")
    record(world, time, 30, "integration", "failed")
    promote(world, time, 40, "--override", "checks", "--reason", "outage")
    assert (trailer(world, "Override"), trailer(world, "Checks")) == (
        ["checks"],
        [world.git("rev-parse", NOTES)],
    )


def test_notes_that_can_not_be_read_refuse_without_a_verdict_on_the_checks(
    world: World, time: Clock
) -> None:
    ask(world, "checks: [integration]")
    update(world, time, 0, "15")
    world.git("update-ref", NOTES, world.git("rev-parse", "main:gitops.yaml"))
    time.set(time.now + 10)
    ran = world.refused("promote", "shop", "--to", "stage", code=1)
    assert f"{NOTES} can't be read" in verdict(ran, "checks")["reason"]


def test_a_failure_recorded_just_before_the_push_is_seen(
    world: World, time: Clock, mocker: MockerFixture
) -> None:
    ask(world, "checks: [integration]")
    update(world, time, 0, "15")
    record(world, time, 10, "integration", "passed")
    at = world.git("rev-parse", "main")
    meanwhile(mocker, lambda: record(world, time, 30, "integration", "failed"))
    time.set(time.now + 20)
    ran = world.run("promote", "shop", "--to", "stage", check=3)
    assert (ran.result["attempts"], ran.gates["checks"]) == (2, "refused")
    assert (world.head(), world.text("values-stage.yaml").count('tag: ""')) == (at, 1)


def test_a_result_for_something_else_just_before_the_push_changes_nothing(
    world: World, time: Clock, mocker: MockerFixture
) -> None:
    ask(world, "checks: [integration]")
    first = update(world, time, 0, "16")
    update(world, time, 5, "15")
    record(world, time, 10, "integration", "passed")
    read = world.git("rev-parse", NOTES)
    meanwhile(
        mocker, lambda: world.git("notes", "--ref", "gitops-ci", "add", "-m", "free text", first)
    )
    time.set(time.now + 20)
    ran = world.ok("promote", "shop", "--to", "stage")
    assert ran.result["attempts"] == 1
    assert trailer(world, "Checks") == [read]
    assert world.git("rev-parse", NOTES) != read


def test_after_a_lost_race_the_results_are_read_again(world: World, time: Clock) -> None:
    ask(world, "checks: [integration]")
    update(world, time, 0, "15")
    record(world, time, 10, "integration", "passed")
    passed = world.git("rev-parse", NOTES)
    before = world.head()
    record(world, time, 20, "integration", "failed")
    world.write({"README.md": "somebody else's commit"})
    move_before_the_push(world, main=before, notes=passed)
    time.set(time.now + 30)
    ran = world.run("promote", "shop", "--to", "stage", check=3)
    assert (ran.result["attempts"], ran.gates["checks"]) == (2, "refused")
    assert 'tag: ""' in world.text("values-stage.yaml")


def meanwhile(mocker: MockerFixture, act: Callable[[], object]) -> None:
    """Let somebody else act once between reading the notes and the last look at them before the
    push.
    """
    look = RemoteNotes.head

    def last_look(notes: RemoteNotes) -> str | None:
        if patched.call_count == 1:
            act()
        return look(notes)

    patched = mocker.patch.object(RemoteNotes, "head", autospec=True, side_effect=last_look)


def serve(world: World, root: Path) -> str:
    name = f"{uuid.uuid4().hex}.git"
    (root / name).symlink_to(world.bare)
    return name


@pytest.mark.parametrize("server", ["http", "http_without_filters"])
def test_soak_and_checks_over_http(
    server: str, world: World, time: Clock, root: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue(server).url(serve(world, root), LOGIN)
    ask(world, "checks: [integration], soak: 1m")
    update(world, time, 0, "15")
    time.set(time.now + 60)
    ran = world.run("promote", "shop", "--to", "stage", check=3, repo=url)
    assert (ran.gates["soak"], ran.gates["checks"]) == ("passed", "refused")
    world.run(
        "check", "shop", "--env", "dev", "--name", "integration", "--passed", check=0, repo=url
    )
    world.run("promote", "shop", "--to", "stage", check=0, repo=url)
    assert trailer(world, "Checks") == [world.git("rev-parse", NOTES)]
