"""The demo tells the whole story, depends on nothing around it, and leaves nothing behind."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gitops_ci.demo import world
from tests import program
from tests.integration.conftest import git
from tests.once import made_once
from tests.program import Run
from tests.realparts import need

COMMAND = [*program.COMMAND, "demo"]


def play(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*COMMAND, *words],
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What one demo showed, and the folder that it kept."""
    folder = made_once(tmp_path_factory, "demo", tell)
    return (folder / "said").read_text(encoding="utf-8"), folder / "play ground"


def tell(folder: Path) -> None:
    ended = play("--keep", str(folder / "play ground"))
    assert (ended.returncode, ended.stderr) == (0, "")
    (folder / "said").write_text(ended.stdout, encoding="utf-8")


def values(folder: Path, environment: str) -> str:
    return git(folder / world.GITOPS, "show", f"main:values-{environment}.yaml")


def test_the_story_ends_with_17_in_stage_and_a_hand_edit_in_prod(told: tuple[str, Path]) -> None:
    _, folder = told
    tags = {name: re.findall(r'tag: "(.*)"', values(folder, name)) for name in world.ENVIRONMENTS}
    assert tags == {"dev": ["17"], "stage": ["17"], "prod": ["16"]}


def test_each_step_is_one_commit_and_no_refusal_is(told: tuple[str, Path]) -> None:
    _, folder = told
    assert git(folder / world.GITOPS, "log", "--reverse", "--format=%s").splitlines() == [
        "Run manual-app 14 everywhere",
        "update(manual-app): dev 15",
        "promote(manual-app): dev -> stage 15",
        "promote(manual-app): stage -> prod 15",
        "update(manual-app): dev 16",
        "update(manual-app): dev 17",
        "promote(manual-app): dev -> stage 17",
        "rollback(manual-app): prod 15 -> 14",
        "Quick fix",
    ]


def test_the_hand_edit_is_found(told: tuple[str, Path]) -> None:
    text, _ = told
    words = " ".join(text.split())
    assert (
        "manual-app in prod: 16 was written by hand after rollback to 14, by erin@example.com"
        in words
    )
    assert (
        "erin@example.com wrote 16 over 14 by hand; tag and digest contradict each other" in words
    )
    assert "would have" not in words


def test_the_same_image_went_through_all_environments(told: tuple[str, Path]) -> None:
    _, folder = told
    images = git(
        folder / world.GITOPS,
        "log",
        "--format=%(trailers:key=Gitops-Image,valueonly)",
        "--grep= 15$",
    ).split()
    assert len(images) == 3
    assert len(set(images)) == 1


def test_three_refusals_are_shown_with_their_reasons(told: tuple[str, Path]) -> None:
    text, _ = told
    assert text.count("exit code 3: refused, nothing was published") == 3
    for reason in (
        "waits for the approval of alice or bob",
        "16 never ran in stage",
        "was overwritten",
    ):
        assert reason in text


def test_the_approval_names_the_plan_that_was_refused_without_it(told: tuple[str, Path]) -> None:
    text, _ = told
    shown = re.findall(r"^   plan ([0-9a-f]{64})$", text, re.MULTILINE)
    assert shown == re.findall(r"^   \$ PLAN=([0-9a-f]{64})$", text, re.MULTILINE)
    assert re.findall(r"Gitops-Plan: 2:([0-9a-f]{12})…", text) == [each[:12] for each in shown]


def test_the_piped_output_is_plain_and_80_columns_wide(told: tuple[str, Path]) -> None:
    text, _ = told
    assert "\x1b" not in text
    assert [line for line in text.splitlines() if len(line) > 80] == []


def test_the_kept_folder_holds_nothing_that_only_the_demo_needed(told: tuple[str, Path]) -> None:
    _, folder = told
    assert sorted(path.name for path in folder.iterdir()) == [
        "manual-app",
        "manual-app-helm.git",
        "registry",
        "release-15.json",
        "release-16.json",
        "release-17.json",
    ]


def test_going_on_by_hand_works(told: tuple[str, Path]) -> None:
    text, folder = told
    assert "gitops-ci explain manual-app --env prod --tag 15" in text
    command = [
        sys.executable,
        "-m",
        "gitops_ci",
        "explain",
        "manual-app",
        "--env",
        "prod",
        "--tag",
        "15",
    ]
    ended = subprocess.run(
        [*command, "--repo", world.GITOPS, "--output", "json"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=True,
    )
    blocking = [
        gate["gate"] for gate in json.loads(ended.stdout)["gates"] if gate["state"] == "refused"
    ]
    assert blocking == ["withdrawn"]


@pytest.mark.parametrize("environment", world.ENVIRONMENTS)
def test_the_chart_is_sound_and_renders_the_promoted_image(
    told: tuple[str, Path], tmp_path: Path, environment: str
) -> None:
    need("helm")
    _, folder = told
    git(folder, "clone", "--quiet", world.GITOPS, str(tmp_path / "work"))
    file = f"values-{environment}.yaml"
    rendered = ""
    for command in (["lint", "--strict", "charts"], ["template", "manual-app", "charts"]):
        ended = subprocess.run(
            ["helm", *command, "--values", file],
            cwd=tmp_path / "work",
            capture_output=True,
            text=True,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        rendered = ended.stdout
    tag, digest = (
        re.findall(rf'{key}: "(.*)"', values(folder, environment))[0] for key in ("tag", "digest")
    )
    assert re.findall(r'image: "(.*)"', rendered) == [f"oci:{world.LAYOUT}:{tag}@{digest}"]


@pytest.fixture(scope="module")
def disturbed(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple["subprocess.CompletedProcess[str]", Path]:
    """A demo among settings that concern others, with an output that holds only ASCII; and its
    folder.
    """
    folder = tmp_path_factory.mktemp("disturbed")
    temporary, home = folder / "with blanks", folder / "home"
    temporary.mkdir()
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[commit]\n\tgpgSign = true\n[user]\n\tuseConfigOnly = true\n[core]\n\tbare = nonsense\n"
    )
    home.chmod(0o500)
    ended = play(
        TMPDIR=str(temporary),
        HOME=str(home),
        GIT_DIR="/nowhere",
        GIT_AUTHOR_NAME="Mallory",
        GIT_CONFIG_COUNT="nonsense",
        GITOPS_CI_DRY_RUN="1",
        GITOPS_CI_TAG="99",
        GITOPS_CI_REPO="https://git.example.com/other.git",
        CHANGE_ID="7",
        BUILD_NUMBER="1",
        BRANCH_NAME="other",
        GIT_COMMIT="0" * 40,
        https_proxy="http://proxy.example.com:3128",
        PYTHONIOENCODING="ascii",
        PYTHONUTF8="0",
    )
    return ended, folder


def test_nothing_around_it_matters_and_nothing_stays(
    disturbed: tuple["subprocess.CompletedProcess[str]", Path],
) -> None:
    ended, folder = disturbed
    assert (ended.returncode, ended.stderr) == (0, "")
    assert list((folder / "with blanks").iterdir()) == []
    assert [path.name for path in (folder / "home").iterdir()] == [".gitconfig"]


def test_an_output_that_holds_only_ascii_gets_plain_signs(
    disturbed: tuple["subprocess.CompletedProcess[str]", Path],
) -> None:
    ended, _ = disturbed
    assert ended.returncode == 0
    assert ended.stdout.isascii()
    assert "-- 1. Build 15, once ---" in ended.stdout


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_demo_leaves_nothing(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    with Run(COMMAND, env={**os.environ, "TMPDIR": str(tmp_path)}) as process:
        assert process.stdout is not None
        assert any("2. dev takes every build" in line for line in process.stdout)
        process.send_signal(number)
        process.communicate(timeout=60)
    assert process.returncode == code
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    ended = play("--keep", str(tmp_path))
    assert ended.returncode == 2
    assert "is not empty" in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_without_git_it_says_what_is_missing(tmp_path: Path) -> None:
    ended = play(PATH=str(tmp_path), TMPDIR=str(tmp_path))
    assert ended.returncode == 1
    assert "git is not installed" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_step_that_goes_another_way_than_told_is_named(tmp_path: Path) -> None:
    """A git that can't push any more: the demo must not go on as if nothing had happened."""
    real = git(tmp_path, "--exec-path")
    broken = tmp_path / "bin"
    broken.mkdir()
    script = (
        '#!/bin/sh\ncase "$*" in *push*) echo "fatal: no push today" >&2; exit 128;; '
        f'esac\nexec "{real}/git" "$@"\n'
    )
    (broken / "git").write_text(script)
    (broken / "git").chmod(0o755)
    (tmp_path / "temporary").mkdir()
    ended = play(PATH=f"{broken}:{os.environ['PATH']}", TMPDIR=str(tmp_path / "temporary"))
    assert ended.returncode == 1
    assert "step 2 of the demo went wrong" in ended.stderr
    assert "no push today" in ended.stderr
    assert list((tmp_path / "temporary").iterdir()) == []
