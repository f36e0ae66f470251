"""Operations at the same time: nothing is lost, and the second one is decided on what the first one
wrote.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.integration.conftest import LOGIN, git
from tests.integration.operation.world import World
from tests.servers.git_http import GitHttp

ANY = """\
version: 1
apps: {"*": {path: "apps/{app}", images: [{repository: "r.example.com/{app}", tag: image.tag}]}}
environments: {dev: {values: values-dev.yaml, verify_digest: "off"}}
"""
JOB = "https://ci.example.com/job/shop"


def start(
    world: World, *words: str, repo: str | None = None, result: Path | None = None
) -> "subprocess.Popen[str]":
    command = [
        sys.executable,
        "-m",
        "gitops_ci",
        *words,
        "--repo",
        repo or str(world.bare),
        "--requested-by",
        "carol",
    ]
    command += ["--result-file", str(result)] if result else []
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ}
    )


def ends(process: "subprocess.Popen[str]") -> int:
    out, err = process.communicate(timeout=120)
    assert "Traceback" not in out + err
    return process.returncode


def hold_the_first_push(world: World) -> None:
    """Let the first push wait in its hook until another one has landed."""
    hook = world.bare / "hooks" / "pre-receive"
    hook.write_text(
        f"#!/bin/sh\nmkdir {world.folder}/first 2>/dev/null || exit 0\n"
        f"n=0; while [ $(git rev-parse main) = {world.head()} ] && [ $n -lt 2400 ]; do "
        "sleep 0.05; n=$((n+1)); done\n"
    )
    hook.chmod(0o755)


def test_updates_of_different_applications_all_land(world: World) -> None:
    names = [f"app{number}" for number in range(4)]
    world.write(
        {
            "gitops.yaml": ANY,
            **{f"apps/{name}/values-dev.yaml": 'image:\n  tag: "1"\n' for name in names},
        }
    )
    before = int(world.git("rev-list", "--count", "main"))
    hold_the_first_push(world)
    running = [start(world, "update", name, "--env", "dev", "--tag", "2") for name in names]
    assert [ends(process) for process in running] == [0] * 4
    assert int(world.git("rev-list", "--count", "main")) == before + 4
    assert world.git("rev-list", "--merges", "main") == ""
    for name in names:
        assert world.text(f"apps/{name}/values-dev.yaml") == 'image:\n  tag: "2"'


@pytest.mark.parametrize(
    ("order", "codes", "landed"),
    [
        ((15, 16), {15: 3, 16: 0}, ["update(shop): dev 16"]),
        ((16, 15), {15: 0, 16: 0}, ["update(shop): dev 16", "update(shop): dev 15"]),
    ],
)
def test_of_two_builds_the_one_that_lost_the_race_is_decided_on_what_the_other_wrote(
    world: World, order: tuple[int, int], codes: dict[int, int], landed: list[str]
) -> None:
    for number in order:
        world.image(str(number))
    hold_the_first_push(world)
    results = {number: world.folder / f"{number}.json" for number in order}
    running = {}
    for number, file in results.items():
        words = (
            "update",
            "shop",
            "--env",
            "dev",
            "--tag",
            str(number),
            "--build-url",
            f"{JOB}/{number}/",
        )
        running[number] = start(world, *words, result=file)
        while not (world.folder / "first").exists():
            assert running[number].poll() is None
            time.sleep(0.02)
    assert {number: ends(process) for number, process in running.items()} == codes
    subjects = world.git("log", "--format=%s").splitlines()
    assert subjects == [*landed, "begin"]
    assert 'tag: "16"' in world.text("values-dev.yaml")
    held, passed = (json.loads(results[number].read_text()) for number in order)
    assert (held["attempts"], passed["attempts"]) == (2, 1)


def test_one_approved_plan_is_published_once_by_two(world: World) -> None:
    world.image("15")
    world.ok("update", "shop", "--env", "dev", "--tag", "15")
    world.ok("promote", "shop", "--to", "stage")
    plan = world.refused("plan", "promote", "shop", "--to", "prod", code=0).result["plan_id"]
    before = int(world.git("rev-list", "--count", "main"))
    hold_the_first_push(world)
    words = ("promote", "shop", "--to", "prod", "--approved-by", "alice", "--approved-plan", plan)
    running = [start(world, *words) for _ in range(2)]
    assert [ends(process) for process in running] == [0, 0]
    assert int(world.git("rev-list", "--count", "main")) == before + 1


@pytest.mark.usefixtures("clock")
def test_a_branch_that_never_rests_ends_in_time(world: World) -> None:
    world.image("15")
    hook = world.bare / "hooks" / "pre-receive"
    move = "git commit-tree -p refs/heads/main -m moved refs/heads/main^{tree}"
    unset = "unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES"
    hook.write_text(f"#!/bin/sh\n{unset}\ngit update-ref refs/heads/main $({move})\n")
    hook.chmod(0o755)
    ran = world.run("update", "shop", "--env", "dev", "--tag", "15", "--timeout", "5s", check=4)
    assert ran.result["category"] == "unavailable"
    assert 'tag: ""' in world.text("values-dev.yaml")


def test_the_chain_works_over_http(world: World, http: GitHttp, root: Path, tmp_path: Path) -> None:
    name = f"{tmp_path.name}-{os.getpid()}.git"
    (root / name).symlink_to(world.bare)
    url = http.url(name, LOGIN)
    world.image("15")
    world.run("update", "shop", "--env", "dev", "--tag", "15", check=0, repo=url)
    world.run("promote", "shop", "--to", "stage", check=0, repo=url)
    approved = ("--requested-by", "carol", "--approved-by", "alice")
    assert (
        world.run("promote", "shop", "--to", "prod", check=3, repo=url).gates["approval"]
        == "pending"
    )
    world.run("promote", "shop", "--to", "prod", *approved, check=0, repo=url)
    assert (
        world.run("promote", "shop", "--to", "prod", check=0, repo=url).result["commit"]
        == world.head()
    )
    world.image("16")
    world.run("update", "shop", "--env", "dev", "--tag", "16", check=0, repo=url)
    world.run("promote", "shop", "--to", "stage", check=0, repo=url)
    world.run("promote", "shop", "--to", "prod", *approved, check=0, repo=url)
    world.run("rollback", "shop", "--env", "prod", *approved, check=0, repo=url)
    assert 'tag: "15"' in world.text("values-prod.yaml")
    git(world.bare, "fsck", "--strict")
