"""Where the version stands: one table, by which a release and the work after it write it."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
from packaging.version import Version

from gitops_ci.base.errors import GitopsError
from scripts.releasing import tree

_VERSION = r"\d+\.\d+\.\d+(?:\.dev\d+)?"
_PLACEHOLDER = "{version}"
SOURCE = "gitops_ci/__init__.py"


class Place(msgspec.Struct, frozen=True):
    """A spelling of the version in the files that any of the patterns names.

    ``developed`` places follow the version under development; the others name a release that
    can be had, and change with the next one.
    """

    spelling: str
    files: tuple[str, ...]
    developed: bool = False

    @property
    def pattern(self) -> re.Pattern[str]:
        """The spelling with any version; the group holds the version alone."""
        before, _, after = self.spelling.partition(_PLACEHOLDER)
        return re.compile(rf"(?<={re.escape(before)})({_VERSION})(?={re.escape(after)})")

    def paths(self, root: Path) -> list[Path]:
        """Return the files that are there."""
        return sorted({path for pattern in self.files for path in root.glob(pattern)})


# What the version is made of: has to be there.
PROGRAM = (
    Place('__version__ = "{version}"', (SOURCE,), developed=True),
    Place("return '{version}'", ("vars/gitopsCli.groovy",), developed=True),
)
# What tells it: pages come and go.
_FILES = ("README.md", "docs/*.md", "Jenkinsfile.example", "Containerfile")
PAGES = (
    Place("gitops-ci, version {version}", _FILES, developed=True),
    Place("@Library('gitops-ci@v{version}')", _FILES),
    Place("defaultVersion: v{version}", _FILES),
    Place("gitops-ci.git@v{version}", _FILES),
    Place("gitops-ci=={version}", _FILES),
    Place("agents/gitops-ci:{version}", _FILES),
)
PLACES = PROGRAM + PAGES

# What happens to have the same number, as it stands in the files.
OTHERS = (
    Place("version: {version}", ("gitops_ci/core/scaffold/files/chart/Chart.yaml",)),
    Place("\\nversion: {version}", ("tests/**/*.py",)),
)

# What names versions because it speaks of one release, or of other packages.
_HISTORIES = (
    "CHANGELOG.md",
    "changelog.d/",
    "docs/benchmarks.md",
    "requirements/",
    "resources/gitops-ci/wheel",
    "resources/gitops-ci/requirements.txt",
    "tests/integration/release/records/",
)
_LISTS = ("go.mod", "go.sum", "pom.xml", "ruff.toml", "pyproject.toml")


class Stray(msgspec.Struct, frozen=True):
    """A version that stands where the table has no place for it; ``line`` counts from 1."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        """Return it as compilers name a place."""
        return f"{self.path}:{self.line}: {self.text}"


def current(root: Path) -> Version:
    """Return the version of the sources; raises GitopsError where its place is lost."""
    found = PROGRAM[0].pattern.search((root / SOURCE).read_text(tree.ENCODING))
    if not found:
        raise GitopsError(f"{SOURCE} has no version", remedy=f"write there: {PROGRAM[0].spelling}")
    return Version(found[1])


def write(root: Path, version: Version) -> None:
    """Write a version: of a release into all places, another one into those of the work."""
    for place in PLACES:
        if place.developed or not version.is_devrelease:
            _write(root, place, version)


def named(root: Path, place: Place) -> list[Version]:
    """Return the versions that stand in a place, one for each time."""
    texts = [file.read_text(tree.ENCODING) for file in place.paths(root)]
    return [Version(found) for text in texts for found in place.pattern.findall(text)]


def strays(root: Path, version: Version) -> list[Stray]:
    """Return where a version stands outside of the table."""
    word = re.compile(rf"(?<![\w.])v?{re.escape(str(version))}(?!\.?\w)")
    found: list[Stray] = []
    for path in tree.files(root):
        if not path.startswith(_HISTORIES) and not path.endswith(_LISTS):
            found += _strays_of(root, path, word)
    return found


def _write(root: Path, place: Place, version: Version) -> None:
    for file in place.paths(root):
        text, count = place.pattern.subn(str(version), file.read_text(tree.ENCODING))
        if count:
            file.write_text(text, tree.ENCODING)


def _strays_of(root: Path, path: str, word: re.Pattern[str]) -> Iterator[Stray]:
    try:
        text = (root / path).read_text(tree.ENCODING)
    except UnicodeDecodeError:
        return
    matches = list(word.finditer(text))
    if not matches:
        return
    known = [match.span() for place in _places_of(root, path) for match in place.finditer(text)]
    lines = text.splitlines()
    for match in matches:
        if not any(start <= match.end() <= end for start, end in known):
            number = text.count("\n", 0, match.start()) + 1
            yield Stray(path, number, lines[number - 1].strip())


def _places_of(root: Path, path: str) -> list[re.Pattern[str]]:
    own = root / path
    return [place.pattern for place in (*PLACES, *OTHERS) if own in place.paths(root)]
