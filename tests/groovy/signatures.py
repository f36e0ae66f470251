"""What the vars used of Java and Groovy in a run of the tests, whatever worker ran them, against
the reviewed list.
"""

from collections.abc import Collection, Iterable
from pathlib import Path

from tests.groovy.java import HERE

LIST = HERE / "sandbox-signatures.txt"


def reviewed() -> set[str]:
    """Return the signatures that the sandbox lets through."""
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return {line for line in lines if not line.startswith("#")}


class Used:
    """What each test used, in a folder that the workers of a run share.

    Whether a line of the list is used by no test is known when all tests have run: the one that
    ends last can tell.
    """

    def __init__(self, folder: Path, tests: Collection[str]) -> None:
        self._folder = folder
        self._tests = tests
        folder.mkdir(parents=True, exist_ok=True)

    def note(self, test: str, signatures: Iterable[str]) -> None:
        """Keep what a test that succeeded has used."""
        file = self._file(test)
        half = file.with_suffix(".half")
        half.write_text("".join(f"{signature}\n" for signature in signatures), encoding="utf-8")
        half.rename(file)

    def unused(self, listed: Collection[str]) -> set[str]:
        """Return the listed signatures that no test needs; none as long as a test is missing."""
        files = [self._file(test) for test in self._tests]
        if not all(file.exists() for file in files):
            return set()
        used = {line for file in files for line in file.read_text(encoding="utf-8").splitlines()}
        return set(listed) - used

    def _file(self, test: str) -> Path:
        return self._folder / test.replace("#", ".")
