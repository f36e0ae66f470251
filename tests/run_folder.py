"""The folder of a run of the tests: what they write lies there, so that what is left is theirs."""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "TESTS_RUN"  # names the folder to all that the run starts
_MEMORY = Path("/dev/shm")
_ROOM = 4 << 30  # bytes; the engines' storage is the largest part of a run
_LONGEST = 35  # podman takes no path above 50 bytes for its sockets, and no system one above 108


@dataclass(frozen=True)
class RunFolder:
    """The places of one run; ``disk`` is where to keep what failed tests wrote if these are in
    memory.
    """

    path: Path
    disk: Path | None = None

    @property
    def home(self) -> Path:
        """Return the home folder of all that the tests start."""
        return self.path / "home"

    @property
    def temporary(self) -> Path:
        """Return the folder for temporary files, which has to be empty at the end."""
        return self.path / "tmp"

    @property
    def of_tests(self) -> Path:
        """Return what is above the tests' own folders (``tmp_path``)."""
        return self.path / "py"

    def keep(self) -> Path:
        """Return where the tests' own folders stay when the run is over."""
        if self.disk is None or not self.of_tests.exists():  # a collection that failed made none
            return self.of_tests
        place = Path(tempfile.mkdtemp(prefix="tests-", dir=self.disk)) / self.of_tests.name
        shutil.move(self.of_tests, place)
        return place

    def remove(self, *, but_of_tests: bool) -> None:
        """Remove everything, or all but the tests' own folders where they are on disk."""
        if self.disk or not but_of_tests:
            shutil.rmtree(self.path, ignore_errors=True)
            return
        for place in (self.home, self.temporary):
            shutil.rmtree(place, ignore_errors=True)


def make() -> RunFolder:
    """Make the folder of a new run in memory, or below the system's folder for temporary files."""
    memory, disk = _in_memory(), Path(tempfile.gettempdir())
    path = Path(tempfile.mkdtemp(prefix="tests-", dir=memory)).resolve()
    folder = RunFolder(path, disk if memory else None)
    folder.home.mkdir()
    folder.temporary.mkdir()
    return folder


def _in_memory() -> Path | None:
    """Return a file system in memory that has room for a run, unless TMPDIR names another place.

    Tests make and remove repositories all the time, and on ext4 a new file costs more the more
    files were removed a moment ago. Containers often have a small one, or let nothing run from it.
    """
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK):
        return None
    found = os.statvfs(_MEMORY)
    forbidden = found.f_flag & os.ST_NOEXEC
    return None if forbidden or found.f_bavail * found.f_frsize < _ROOM else _MEMORY


def for_servers() -> Path:
    """Return where servers put their folders: the path of a socket there is short enough.

    A server may live longer than the test that starts it, whose TMPDIR may end with the test.
    """
    named = os.environ.get(VARIABLE)
    own = RunFolder(Path(named)).temporary if named else Path(tempfile.gettempdir())
    return own if len(str(own)) <= _LONGEST else Path("/tmp")
