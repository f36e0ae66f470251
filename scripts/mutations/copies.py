"""Copies of the project in which a source can be changed, and the tests that run in them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

ROOT = Path(__file__).resolve().parents[2]
LOG = "MUTATIONS_LOG"
_LONGEST = 3600  # seconds for one run of tests
_NEEDED = ("gitops_ci", "tests", "scripts", "resources", "docs", "vars", "pyproject.toml")
_IGNORED = shutil.ignore_patterns("__pycache__")
_NOTICED, _PASSED = 1, 0  # pytest's exit codes


class CanNotBeJudgedError(Exception):
    """The tests did not run as they have to."""


class Copy(Struct, frozen=True):
    """The project in a folder of its own."""

    folder: Path

    @contextmanager
    def changed(self, contents: Mapping[Path, bytes]) -> Iterator[None]:
        """Let source files have other contents for a while.

        What they had is kept here: the project itself may be worked on meanwhile.
        """
        before = {file: (self.folder / file).read_bytes() for file in contents}
        self._write(contents)
        try:
            yield
        finally:
            self._write(before)

    def _write(self, contents: Mapping[Path, bytes]) -> None:
        for file, content in contents.items():
            path = self.folder / file
            path.write_bytes(content)
            # bytecode of another content may have the same second and size
            shutil.rmtree(path.parent / "__pycache__", ignore_errors=True)

    def content(self, file: Path) -> bytes:
        """Return a source file."""
        return (self.folder / file).read_bytes()

    def fails(self, tests: Sequence[str]) -> bool:
        """Tell whether one of some tests fails; raises CanNotBeJudgedError for every other end."""
        done = self.pytest("-x", "-p", "no:xdist", *tests)
        if done.returncode not in {_NOTICED, _PASSED}:
            raise CanNotBeJudgedError(done.stdout[-2000:])
        return done.returncode == _NOTICED

    def pytest(self, *words: str, log: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run pytest in the copy."""
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
        command += ["-p", "scripts.mutations.current"] if log else []
        environment = os.environ | ({LOG: str(log)} if log else {})
        return subprocess.run(
            command,
            cwd=self.folder,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_LONGEST,
            env=environment,
        )


def make(folder: Path) -> Copy:
    """Make a copy of the project."""
    folder.mkdir()
    for name in _NEEDED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, symlinks=True, ignore=_IGNORED)
        else:
            shutil.copy2(source, folder / name)
    if (ROOT / ".tools").exists():
        (folder / ".tools").symlink_to(ROOT / ".tools")
    return Copy(folder)


def reached(log: Path) -> dict[int, list[str]]:
    """Return the tests by the number of each place that they reach, those first that reach few."""
    pairs = {_pair(line) for line in log.read_text(encoding="utf-8").splitlines()}
    many: dict[str, int] = {}
    for _, test in pairs:
        many[test] = many.get(test, 0) + 1
    by_place: dict[int, list[str]] = {}
    for place, test in sorted(pairs, key=lambda pair: (many[pair[1]], pair[1])):
        by_place.setdefault(place, []).append(test)
    return by_place


def _pair(line: str) -> tuple[int, str]:
    place, _, test = line.partition(" ")
    return int(place), test


def batches(tests: Sequence[str]) -> Iterable[Sequence[str]]:
    """Yield tests in batches that grow: most places are noticed by the first few."""
    start, size = 0, 8
    while start < len(tests):
        yield tests[start : start + size]
        start, size = start + size, size * 4
