"""A run in this process is like one in a process of its own, as far as tests look at it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import in_process

MANY = [f"key{n}=b" for n in range(900)]
VALUES = "image:\n  tag: 14\n"
CALLS = {
    "a result": ["values", "get", "values.yaml", "image.tag"],
    "both streams": ["values", "set", "values.yaml", "image.tag=15", "--dry-run"],
    "more than a buffer holds": ["values", "set", "many.yaml", *MANY, "--dry-run"],
    "a refusal": ["values", "get", "nowhere.yaml", "image.tag"],
    "a usage error": ["values", "gte"],
    "no word at all": [],
    "a word that is no UTF-8": ["values", "get", "\udcff.yaml", "image.tag"],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two values files."""
    (tmp_path / "values.yaml").write_text(VALUES, encoding="utf-8")
    many = "".join(f"key{n}: a\n" for n in range(900))
    (tmp_path / "many.yaml").write_text(many, encoding="utf-8")
    return tmp_path


def alone(words: list[str], folder: Path, *, together: bool) -> in_process.Ended:
    """Run the program in a process of its own; no variable changes how Python buffers."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [sys.executable, "-m", "gitops_ci", *words],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if together else subprocess.PIPE,
        check=False,
    )
    return in_process.Ended(done.returncode, done.stdout, done.stderr or b"")


def surroundings() -> list[object]:
    """Return what a run changes while it lasts."""
    streams = [sys.stdin, sys.stdout, sys.stderr]
    return [Path.cwd(), dict(os.environ), streams, os.listdir("/proc/self/fd")]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("together", [True, False], ids=["one log", "two streams"])
def test_exit_code_and_output_are_those_of_a_process(
    folder: Path, call: str, together: bool
) -> None:
    words = CALLS[call]
    expected = alone(words, folder, together=together)
    assert in_process.run(words, folder, os.environ, together=together) == expected


def test_a_child_writes_to_the_same_place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def shell(words: list[str]) -> int:
        return subprocess.run(["sh", "-c", *words], check=False).returncode

    monkeypatch.setattr(in_process, "main", shell)
    ended = in_process.run(["echo said; echo complained >&2; cat; exit 7"], folder, os.environ)
    assert ended == in_process.Ended(7, b"said\n", b"complained\n")


def test_nothing_of_a_run_is_left(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = surroundings()
    in_process.run(CALLS["a refusal"], folder, {"PATH": os.environ["PATH"], "COLUMNS": "40"})
    assert surroundings() == before
    assert capfd.readouterr() == ("", "")


def test_a_secret_of_one_run_is_not_masked_in_the_next(folder: Path) -> None:
    call = ["values", "get", "values.yaml", "image.tag"]
    environ = {**os.environ, "GITOPS_CI_GIT_PASSWORD": "image", "GITOPS_CI_GIT_USERNAME": "u"}
    repository = ["status", "--repo", "http://127.0.0.1:9/image.git", "--timeout", "1s"]
    assert b"image" not in in_process.run(repository, folder, environ).err
    assert in_process.run(call, folder, os.environ).out == b"14\n"
    assert b"image.tgg" in in_process.run([*call[:-1], "image.tgg"], folder, os.environ).err
