"""Where installations stand: each made in a folder of its own, and found by a link once whole."""

import fcntl
import os
import re
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from installer.contents import fill
from installer.processes import PAUSE, go_on
from installer.request import Request
from installer.words import Problem, say

WAIT = 900.0  # seconds for another build that installs the same


def install(request: Request, scratch: Path) -> None:
    """Install unless it is there; raises Problem, OSError or Ended, and leaves nothing then."""
    place = request.place
    place.parent.mkdir(parents=True, exist_ok=True)
    with _locked(place.with_name(f"{place.name}.lock")) as held:
        if usable(place):
            return
        if held:
            _remove_remnants(place)
        say(f"installing {request.subject()} into {place}")
        folder = Path(tempfile.mkdtemp(prefix=_prefix(place), dir=place.parent))
        try:
            fill(request, folder, scratch)
            # where locks don't hold, another build may have been faster
            if not usable(place):
                _publish(folder, place)
        finally:
            if place.resolve() != folder.resolve():
                shutil.rmtree(folder, ignore_errors=True)


def usable(place: Path) -> bool:
    """Tell whether an installation can be used: what is linked is whole; Python may be gone."""
    return (place / "bin" / "gitops-ci").exists() and os.access(place / "bin" / "python", os.X_OK)


@contextmanager
def _locked(file: Path) -> Iterator[bool]:
    """Hold a lock; yields False on a file system without locks.

    It saves work and nothing else: without it each of several builds installs for itself, and the
    link leads to one of them.
    """
    with file.open("a") as lock:
        yield _acquired(lock)


def _acquired(lock: IO[str]) -> bool:
    end = time.monotonic() + WAIT
    told = False
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        except OSError:
            return False
        else:
            return True
        if not told:
            say("another build is installing gitops-ci on this agent: waiting for it")
            told = True
        go_on()
        if time.monotonic() > end:
            raise Problem(
                f"another process has held {lock.name} for {WAIT / 60:.0f} minutes",
                "see what it waits for, or end it",
            )
        time.sleep(PAUSE)


def _publish(folder: Path, place: Path) -> None:
    umask = os.umask(0)
    os.umask(umask)
    folder.chmod(0o777 & ~umask)  # mkdtemp makes it for this user alone
    link = folder.with_name(f"{folder.name}.link")
    link.symlink_to(folder.name)
    link.replace(place)


def _prefix(place: Path) -> str:
    """Return how the folders begin that this machine makes for a place."""
    host = re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname())
    return f"{place.name}.{host}."


def _remove_remnants(place: Path) -> None:
    """Remove what an interrupted installation of this machine left; only while the lock is held."""
    kept = place.resolve().name
    for folder in place.parent.iterdir():
        if folder.name.startswith(_prefix(place)) and folder.name != kept:
            if folder.is_symlink():
                folder.unlink()
            else:
                shutil.rmtree(folder, ignore_errors=True)
