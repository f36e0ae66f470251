"""The folder of a run of the tests: what they write lies there, so that what is left is theirs."""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "TESTS_RUN"  # names the folder to all that the run starts
_LONGEST = 35  # podman takes no path above 50 bytes for its sockets, and no system one above 108


@dataclass(frozen=True)
class RunFolder:
    """The places of one run."""

    path: Path

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

    def remove(self, *, but_of_tests: bool) -> None:
        """Remove everything, or all but the tests' own folders."""
        if not but_of_tests:
            shutil.rmtree(self.path, ignore_errors=True)
            return
        for place in (self.home, self.temporary):
            shutil.rmtree(place, ignore_errors=True)


def make() -> RunFolder:
    """Make the folder of a new run below the system's folder for temporary files."""
    folder = RunFolder(Path(tempfile.mkdtemp(prefix="tests-")).resolve())
    folder.home.mkdir()
    folder.temporary.mkdir()
    return folder


def for_servers() -> Path:
    """Return where servers put their folders: the path of a socket there is short enough.

    A server may live longer than the test that starts it, whose TMPDIR may end with the test.
    """
    named = os.environ.get(VARIABLE)
    own = RunFolder(Path(named)).temporary if named else Path(tempfile.gettempdir())
    return own if len(str(own)) <= _LONGEST else Path("/tmp")
