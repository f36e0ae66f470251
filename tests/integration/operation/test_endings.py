"""Every ending has its exit code, a result file and a message; standard output holds the result
alone.
"""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from gitops_ci.cli import main
from tests.integration.operation.world import World
from tests.program import COMMAND, Run


def test_json_is_all_that_stands_on_stdout(world: World) -> None:
    world.image("15")
    ran = world.run("update", "shop", "--env", "dev", "--tag", "15", "--output", "json", check=0)
    assert json.loads(ran.out) == ran.result
    ran = world.run("promote", "shop", "--to", "prod", "--output=json", check=3)
    assert json.loads(ran.out) == ran.result
    ran = world.run("promote", "shop", "--to", "nowhere", "--output", "json", check=2)
    assert json.loads(ran.out) == ran.result
    ran = world.run("promote", "shop", "--too", "prod", "--output", "json", check=2)
    assert json.loads(ran.out) == ran.result
    assert ran.result["category"] == "usage"


def test_the_last_of_several_values_counts_for_errors_too(world: World) -> None:
    ran = world.run(
        "promote", "shop", "--output", "json", "--output", "text", "--to", "nowhere", check=2
    )
    assert ran.out == ""


def test_a_failed_plan_names_the_operation_as_a_plan_that_worked(world: World) -> None:
    assert (
        world.run("plan", "promote", "shop", "--to", "nowhere", check=2).result["operation"]
        == "promote"
    )
    world.image("15")
    world.ok("update", "shop", "--env", "dev", "--tag", "15")
    assert (
        world.run("plan", "promote", "shop", "--to", "stage", check=0).result["operation"]
        == "promote"
    )


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["promote", "shop", "--to", "prod"], 3, "runs nothing in stage yet"),
        (["promote", "shop", "--to", "prdo"], 2, "there is no environment prdo"),
        (["promote", "shpo", "--to", "prod"], 2, "there is no application shpo"),
        (["promote", "shop", "--to", "dev"], 2, "dev has no environment before it"),
        (["promote", "shop", "--to", "prod", "--from", "prod"], 2, "can't be promoted to itself"),
        (
            ["promote", "shop", "--to", "prod", "--tag", "15", "--commit", "abcdef0"],
            2,
            "either --tag or --commit",
        ),
        (["promote", "shop", "--to", "prod", "--commit", "xyz"], 2, "is not a commit id"),
        (["promote", "shop", "--all", "--to", "prod"], 2, "either APP or --all"),
        (["adopt", "shop", "--env", "dev"], 2, "adopt needs a reason"),
        (["update", "shop", "--env", "dev", "--tag", "a b"], 2, "is not an image tag"),
        (
            ["update", "shop", "--env", "dev", "--tag", "15", "--digest", "md5:1"],
            2,
            "is not an image digest",
        ),
        (
            ["update", "shop", "--env", "dev", "--tag", "15", "--image", "A B"],
            2,
            "is not an image repository",
        ),
        (
            ["update", "shop", "--env", "dev", "--tag", "15", "--timeout", "never"],
            2,
            "is not a duration",
        ),
        (
            ["update", "shop", "--env", "dev", "--tag", "15", "--branch", "nowhere"],
            1,
            "has no branch nowhere",
        ),
        (
            ["update", "shop", "--env", "dev", "--tag", "15", "--ca-file", "/nowhere.pem"],
            2,
            "the file with certificates /nowhere.pem",
        ),
        (
            ["promote", "shop", "--to", "stage", "--override", "approval", "--reason", "x"],
            2,
            "nothing to override by that name",
        ),
        (["promot"], 2, "No such command 'promot'"),
    ],
)
def test_failures_have_their_exit_codes_and_one_message(
    world: World, words: list[str], code: int, said: str
) -> None:
    world.write({"values-dev.yaml": 'image:\n  tag: "1"\n  digest: ""\n'})
    ran = world.refused(*words, code=code)
    assert said in ran.result["message"]
    assert (ran.out, ran.err) == ("", f"gitops-ci: {ran.result['message']}\n")
    assert ran.result["ok"] is False


def test_suggestions_stand_in_the_message(world: World) -> None:
    assert "did you mean prod?" in world.refused("promote", "shop", "--to", "prdo", code=2).err
    assert "did you mean shop?" in world.refused("promote", "shpo", "--to", "prod", code=2).err
    assert "Did you mean promote?" in world.refused("promot", code=2).err


def test_no_command_shows_the_help_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    for words in ([], ["plan"]):
        assert main(words) == 2
        shown = capsys.readouterr()
        assert ("\nDeliver:\n" if not words else "\nCommands:\n") in shown.out + shown.err


def test_a_repository_that_is_not_there(world: World) -> None:
    ran = world.run("promote", "shop", "--to", "prod", repo=str(world.folder / "nowhere"), check=1)
    assert "nowhere" in ran.result["message"]


@pytest.mark.usefixtures("clock")
def test_a_dead_server_is_worth_another_try(world: World) -> None:
    ran = world.run(
        "promote",
        "shop",
        "--to",
        "prod",
        "--timeout",
        "20s",
        repo="http://127.0.0.1:9/r.git",
        check=4,
    )
    assert ran.result["category"] == "unavailable"


def test_a_result_file_that_cannot_be_written_is_found_out_before_anything_is_published(
    world: World,
) -> None:
    world.image("15")
    before = world.refs()
    words = ["update", "shop", "--env", "dev", "--tag", "15", "--repo", str(world.bare)]
    for file in (world.folder / "no" / "result.json", world.folder):
        assert main([*words, "--result-file", str(file)]) == 2
        assert "result file" in world.capture.readouterr().err
    assert world.refs() == before


def test_variables_say_everything_that_options_say(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = world.folder / "result.json"

    def run(command: str, **variables: str) -> int:
        with monkeypatch.context() as context:
            for name, value in {
                "REPO": str(world.bare),
                "RESULT_FILE": str(result),
                **variables,
            }.items():
                context.setenv(f"GITOPS_CI_{name}", value)
            return int(main([command]))

    world.write(
        {"gitops.yaml": world.text("gitops.yaml").replace("[alice, bob]", "[Alice Smith, bob]")}
    )
    world.image("15")
    assert run("update", APP="shop", ENV="dev", TAG="15", REASON="first", TIMEOUT="60") == 0
    assert run("promote", APP="shop", TO="stage", DRY_RUN="1") == 0
    assert run("promote", APP="shop", TO="stage", DRY_RUN="") == 0
    assert (
        run(
            "promote",
            APP="shop\n",
            TO="prod",
            APPROVED_BY="Alice Smith\nbob\n",
            REQUESTED_BY="carol",
            SKIP_CI="true",
        )
        == 0
    )
    assert "Gitops-Approved-By: Alice Smith" in world.trailers()
    assert "Gitops-Approved-By: bob" in world.trailers()
    assert world.message().splitlines()[0].endswith("[skip ci]")
    assert run("rollback", APP="shop\nshop", ENV="prod", TO_TAG="14") == 3
    assert run("promote", APP="shop", TO="stage", DRYRUN="1") == 2
    assert "GITOPS_CI_DRY_RUN" in json.loads(result.read_text())["message"]
    assert run("promote", APP="shop", TO="stage", OUTPUT="jsno") == 2
    assert json.loads(result.read_text())["exit_code"] == 2


def test_no_name_is_no_approval(world: World) -> None:
    world.image("15")
    world.ok("update", "shop", "--env", "dev", "--tag", "15")
    world.ok("promote", "shop", "--to", "stage")
    for nobody in ("", " ", "\n"):
        ran = world.refused("promote", "shop", "--to", "prod", "--approved-by", nobody)
        assert ran.gates["approval"] == "pending"


@pytest.mark.parametrize(
    ("number", "code", "category"),
    [(signal.SIGTERM, 143, "terminated"), (signal.SIGINT, 130, "interrupted")],
)
def test_a_run_that_is_ended_leaves_nothing(
    world: World, number: int, code: int, category: str
) -> None:
    world.image("15")
    before = world.refs()
    waiting = world.folder / "waiting"
    hook = world.bare / "hooks" / "pre-receive"
    hook.write_text(f"#!/bin/sh\ntouch {waiting}\nsleep 30\nexit 1\n")
    hook.chmod(0o755)
    result = world.folder / "result.json"
    words = [
        "update",
        "shop",
        "--env",
        "dev",
        "--tag",
        "15",
        "--repo",
        str(world.bare),
        "--result-file",
        str(result),
    ]
    with Run([*COMMAND, *words]) as process:
        while not waiting.exists():
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in out + err
    assert json.loads(result.read_text())["category"] == category
    assert list(Path(os.environ["TMPDIR"]).iterdir()) == []
    assert world.refs() == before


def test_a_reader_that_goes_away_is_no_defect(world: World) -> None:
    world.image("15")
    result = world.folder / "result.json"
    words = [
        "update",
        "shop",
        "--env",
        "dev",
        "--tag",
        "15",
        "--repo",
        str(world.bare),
        "--result-file",
        str(result),
    ]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*COMMAND, *words], stdout=write, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(write)
    assert done.returncode in {0, 1}
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert json.loads(result.read_text())["commit"] == world.head()


@pytest.mark.parametrize("output", ["text", "json"])
def test_a_terminal_without_unicode_is_no_defect(world: World, output: str) -> None:
    world.image("15")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    words = [
        "update",
        "shop",
        "--env",
        "dev",
        "--tag",
        "15",
        "--repo",
        str(world.bare),
        "--output",
        output,
    ]
    world.write({"values-dev.yaml": 'image:\n  tag: "14"  # é\n  digest: ""\n'})
    done = subprocess.run([*COMMAND, *words], capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    if output == "json":
        assert "# é" in json.loads(done.stdout)["diff"]


def test_the_repository_may_be_read_only_for_a_plan(world: World) -> None:
    world.image("15")
    hook = world.bare / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho not here >&2\nexit 1\n")
    hook.chmod(0o755)
    subprocess.run(["chmod", "-R", "a-w", str(world.bare)], check=True)
    try:
        world.refused("plan", "update", "shop", "--env", "dev", "--tag", "15", code=0)
        ran = world.refused("update", "shop", "--env", "dev", "--tag", "15", code=1)
    finally:
        subprocess.run(["chmod", "-R", "u+w", str(world.bare)], check=True)
    assert "not here" in ran.result["message"]
