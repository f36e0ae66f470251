"""``--timeout`` bounds the whole run, whatever it is that does not end."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.program import COMMAND, Run
from tests.repositories import Commit, make

LIMIT = 1.0
EARLY = "git clone did not end"
SLACK = 120.0  # for a busy machine; what does not end at all takes for ever
FILES = {
    "gitops.yaml": "version: 1\napps: {shop: {path: .}}\nenvironments: {dev: {}}\n",
    "values-dev.yaml": "image: {repository: registry.example.com/shop, tag: v1}\n",
}
ENDLESS = {
    "a release": (["update", "shop", "--env", "dev", "--release", "pipe"], "release file pipe"),
    "certificates": (["status", "--ca-file", "pipe"], "--ca-file"),
    "gitops.yaml": (["status", "--config", "pipe"], ""),
    "a report": (
        ["check", "shop", "--env", "dev", "--name", "x", "--passed", "--report", "/dev/fd/{huge}"],
        "report /dev/fd/",
    ),
    "what a hook is told": (["audit", "--hook"], ""),
}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A folder with a repository, and a pipe that nobody writes to."""
    make(tmp_path / "gitops.git", Commit(files=FILES))
    os.mkfifo(tmp_path / "pipe")
    yield tmp_path
    (tmp_path / "pipe").unlink()  # what a failed test leaves is copied


@pytest.fixture
def huge(tmp_path: Path) -> Iterator[int]:
    """A terabyte without a name: whoever keeps the folder of a failed test does not copy it."""
    with tempfile.TemporaryFile(dir=tmp_path) as file:
        file.truncate(1 << 40)
        yield file.fileno()


def test_what_does_not_end_is_ended_and_named(place: Path, huge: int) -> None:
    waiting = dict(ENDLESS)
    for limit in (LIMIT, 10 * LIMIT, 60 * LIMIT):
        said = ended_after(limit, waiting, place, huge)
        # on a busy machine the time may be over before it comes to what does not end
        waiting = {name: ENDLESS[name] for name, text in said.items() if EARLY in text}
        for name in said.keys() - waiting.keys():
            assert "did not end within its time limit" in said[name]
            assert ENDLESS[name][1] in said[name]
            assert json.loads((place / f"{name}.json").read_text())["category"] == "unavailable"
        if not waiting:
            break
    assert not waiting


def ended_after(
    limit: float, commands: Mapping[str, tuple[list[str], str]], place: Path, huge: int
) -> dict[str, str]:
    """Run commands side by side, and return what each says when it is ended."""
    with ExitStack() as stack:
        runs = {}
        for name, (texts, _) in commands.items():
            words = [text.format(huge=huge) for text in texts]
            result = ["--result-file", f"{name}.json", "--timeout", f"{limit:g}"]
            command = [*COMMAND, *words, "--repo", "gitops.git", *result]
            run = Run(command, cwd=place, stdin=subprocess.PIPE, pass_fds=[huge])
            runs[name] = stack.enter_context(run)
        said = {}
        for name, run in runs.items():
            run.wait(SLACK + limit)  # what it reads from stdin stays open
            said[name] = run.stderr.read() if run.stderr else ""
            assert run.returncode == 4, (name, said[name])
    return said


def test_a_result_file_that_is_a_pipe_gets_the_document_or_the_run_goes_on(place: Path) -> None:
    command = [*COMMAND, "status", "--repo", "gitops.git", "--result-file", "pipe"]
    unread = subprocess.run(
        command, cwd=place, capture_output=True, text=True, timeout=60, check=False
    )
    assert unread.returncode == 1, unread.stderr
    assert "the result file pipe can't be written" in unread.stderr
    with Run(command, cwd=place) as run, (place / "pipe").open() as pipe:
        assert json.loads(pipe.read())["ok"]
        run.communicate(timeout=60)
        assert run.returncode == 0
