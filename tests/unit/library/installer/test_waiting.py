"""Waiting for another build that installs the same."""

import errno
import fcntl
import signal
from pathlib import Path

import pytest
from installer import places, processes
from installer.words import Problem


def test_the_wait_for_another_build_has_a_bound_and_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(places, "WAIT", 0.0)
    file = tmp_path / "place.lock"
    with file.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with (
            pytest.raises(Problem, match=r"another process has held .*place.lock for 0 minutes"),
            places._locked(file),
        ):
            pass
    assert (
        "another build is installing gitops-ci on this agent: waiting for it\n"
        in capfd.readouterr().err
    )


def test_a_signal_ends_the_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_signals", [signal.SIGTERM])
    file = tmp_path / "place.lock"
    with file.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(processes.Ended) as ended, places._locked(file):
            pass
    assert ended.value.number == signal.SIGTERM


def test_a_free_lock_is_held_until_the_end(tmp_path: Path) -> None:
    file = tmp_path / "place.lock"
    with places._locked(file) as held, file.open() as other:
        assert held
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with places._locked(file) as held:
        assert held


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EBADF])
def test_a_file_system_without_locks_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, "no locks")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with places._locked(tmp_path / "place.lock") as held:
        assert not held
