"""A run that leaves a process, a mount or a file behind fails, says what, and takes it away."""

import os
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests import mounts
from tests.integration.suite.running import alive, run_pytest

# what is left on purpose will not go by itself
IMPATIENT = "from tests import leftovers\nleftovers.PATIENCE = 0.5\n"
LEAVING = """
import os
import subprocess
import tempfile
from pathlib import Path

NOTE = Path({note!r})

def leave_process():
    # out of reach for whoever ends this process and its group
    child = subprocess.Popen(["sleep", "600"], start_new_session=True)
    child.returncode = 0  # or Python itself complains of it
    NOTE.write_text(str(child.pid))

def leave_nameless():
    # a server that writes its title over its environment, left by the one who started it
    server = "echo $$ >$NOTE; exec -a server-in-$TMPDIR/x sleep 600"
    bare = f"env -i NOTE={{NOTE}} TMPDIR=$TMPDIR bash -c '{{server}}'"
    subprocess.run(["bash", "-c", f"{{bare}} >/dev/null 2>&1 &"], check=True)
    while not NOTE.exists() or not NOTE.read_text():
        pass

def leave_mount():
    place = tempfile.mkdtemp(dir=os.environ["TESTS_RUN"], prefix="with blank ")
    subprocess.run(["mount", "-t", "tmpfs", "none", place], check=True)
    NOTE.write_text(place)

def leave_file():
    Path(os.environ["TMPDIR"], "forgotten").write_text("x")

def leave_setting():
    Path(os.environ["HOME"], ".config").mkdir()

def leave_nothing():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["true"], cwd=folder, check=True)

def test_passes():
    leave_{kind}()
"""
FAILING = """
def test_fails(tmp_path):
    (tmp_path / 'seen').write_text('x')
    assert not tmp_path
"""
SAID = {
    "process": "process {note}: sleep 600, started by test_sample.py::test_passes",
    "nameless": "process {note}: server-in-",
    "mount": "mount {note}",
    "file": "temporary file ",
    "setting": "file in the home folder ",
}


@pytest.mark.parametrize(
    ("kind", "workers"),
    [
        ("process", "0"),
        *(pytest.param(kind, "0", marks=pytest.mark.slow) for kind in SAID if kind != "process"),
        pytest.param("process", "2", marks=pytest.mark.slow),
        pytest.param("file", "2", marks=pytest.mark.slow),
    ],
)
def test_a_run_that_leaves_something_fails_and_takes_it_away(
    tmp_path: Path,
    temporary: Path,
    kind: str,
    workers: str,
) -> None:
    if kind == "mount" and os.geteuid():
        pytest.skip("only root mounts")
    note = tmp_path / "note"
    run = leaving(tmp_path, kind, "-n", workers, TMPDIR=str(temporary))
    assert run.returncode == 1, run.stdout
    assert "1 passed" in run.stdout
    what = note.read_text().strip() if note.exists() else ""
    assert f"FAILED, the run left behind: {SAID[kind].format(note=what)}" in run.stdout
    assert run.stdout.count("left behind:") == 1
    assert not alive(what)
    assert mounts.below(temporary) == []
    assert list(temporary.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_run_that_leaves_nothing_passes(tmp_path: Path, temporary: Path, workers: str) -> None:
    run = leaving(tmp_path, "nothing", "-n", workers, TMPDIR=str(temporary))
    assert run.returncode == 0, run.stdout
    assert "left behind" not in run.stdout
    assert list(temporary.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("ci", ["1", ""])
def test_what_failed_tests_wrote_is_kept_for_whoever_looks(
    tmp_path: Path,
    temporary: Path,
    ci: str,
) -> None:
    run = run_pytest(tmp_path, FAILING, CI=ci, TMPDIR=str(temporary))
    assert run.returncode == 1
    assert len(list(temporary.rglob("seen"))) == (0 if ci else 1)
    assert ("is kept in" in run.stdout) == (not ci)


def leaving(folder: Path, kind: str, *words: str, **variables: str) -> CompletedProcess[str]:
    """Run one test that leaves something."""
    (folder / "impatient.py").write_text(IMPATIENT)
    text = LEAVING.format(note=str(folder / "note"), kind=kind)
    return run_pytest(folder, text, "-p", "impatient", *words, CI="1", **variables)
