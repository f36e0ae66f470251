"""`check` records what a test said of the release that really was there."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.integration.checks.conftest import START, Clock
from tests.integration.conftest import LOGIN, git
from tests.integration.operation.test_races import ends, start
from tests.integration.operation.world import VALUES, World
from tests.servers.git_http import GitHttp

RECORD = ("check", "shop", "--env", "dev", "--name", "integration", "--requested-by", "carol")


def update(world: World, time: Clock, at: int, tag: str) -> str:
    time.set(START + at)
    world.ok("update", "shop", "--env", "dev", "--tag", tag)
    return world.head()


def noted(world: World, commit: str) -> list[dict[str, object]]:
    return [
        json.loads(line)
        for line in world.git("notes", "--ref", "gitops-ci", "show", commit).splitlines()
    ]


def test_a_result_stands_in_the_note_of_the_deploying_commit(
    world: World, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUILD_URL", "https://ci.example.com/job/tests/7/")
    commit = update(world, time, 10, "15")
    time.set(START + 60)
    (world.folder / "report.xml").write_bytes(b"<ok/>")
    ran = world.run(*RECORD, "--passed", "--report", str(world.folder / "report.xml"), check=0)
    assert ran.result["changed"]
    assert ran.result["commit"] == commit
    (line,) = noted(world, commit)
    assert ran.result["check"] == line
    assert {
        key: line[key]
        for key in ("application", "environment", "tag", "name", "result", "by", "when", "url")
    } == {
        "application": "shop",
        "environment": "dev",
        "tag": "15",
        "name": "integration",
        "result": "passed",
        "by": "carol",
        "when": "2023-11-14T22:14:20Z",
        "url": "https://ci.example.com/job/tests/7/",
    }
    assert line["digest"] == world.image("15")
    time.set(START + 70)
    world.run(*RECORD, "--failed", check=0)
    assert [each["result"] for each in noted(world, commit)] == ["passed", "failed"]


def test_an_earlier_release_is_named_by_tag_or_commit(world: World, time: Clock) -> None:
    first, _ = update(world, time, 10, "15"), update(world, time, 20, "16")
    world.run(*RECORD, "--passed", "--tag", "15", check=0)
    time.set(START + 30)
    world.run(*RECORD, "--failed", "--commit", first[:12], check=0)
    assert [each["tag"] for each in noted(world, first)] == ["15", "15"]
    assert "never ran" in world.refused(*RECORD, "--passed", "--tag", "14").err


def test_what_came_during_the_check_was_not_checked(world: World, time: Clock) -> None:
    update(world, time, 10, "15")
    update(world, time, 50, "16")
    time.set(START + 90)
    assert "had started" in world.refused(*RECORD, "--passed", "--started", str(START + 40)).err
    assert (
        "any more"
        in world.refused(*RECORD, "--passed", "--tag", "15", "--started", str(START + 20)).err
    )
    world.run(*RECORD, "--passed", "--started", "2023-11-14T22:14:11Z", check=0)


def test_a_value_written_by_hand_has_to_be_adopted_first(world: World, time: Clock) -> None:
    hand = VALUES.replace('tag: ""', 'tag: "15"').replace(
        'digest: ""', f'digest: "{world.image("15")}"'
    )
    world.write({"values-dev.yaml": hand})
    assert "gitops-ci adopt shop --env dev" in world.refused(*RECORD, "--passed").err
    assert (
        "runs nothing"
        in world.refused("check", "shop", "--env", "stage", "--name", "a", "--passed").err
    )


def test_nothing_is_recorded_in_a_dry_run_or_without_a_sane_name(world: World, time: Clock) -> None:
    update(world, time, 10, "15")
    world.refused(*RECORD, "--passed", "--dry-run", code=0)
    for words in (("--name", "a\nb"), ("--name", "x" * 101), ("--name", " ")):
        world.refused("check", "shop", "--env", "dev", "--passed", *words, code=2)
    world.refused(*RECORD, code=2)
    world.refused(*RECORD, "--passed", "--failed", code=2)
    world.refused(*RECORD, "--passed", "--report", "/dev/zero", code=2)


def test_many_at_once_lose_nothing(world: World, time: Clock, http: GitHttp, root: Path) -> None:
    commit = update(world, time, 10, "15")
    served = root / f"{uuid.uuid4().hex}.git"
    world.bare.rename(served)
    url = http.url(served.name, LOGIN)
    words = [
        ("check", "shop", "--env", "dev", "--name", f"check-{number}", "--passed")
        for number in range(8)
    ]
    running = [start(world, *each, repo=url) for each in words]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ends, running)) == [0] * 8
    shown = git(served, "notes", "--ref", "gitops-ci", "show", commit)
    assert sorted(json.loads(line)["name"] for line in shown.splitlines()) == sorted(
        each[5] for each in words
    )
