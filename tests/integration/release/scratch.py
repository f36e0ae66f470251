"""A repository with this one's files, in which releases are made by the script that it holds."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
from packaging.version import Version

from scripts import release
from scripts.releasing import places, tree
from tests.surroundings import ROOT

DATE = "2031-05-06"
FRAGMENT = "- Something that users notice.\n"


class Ran(msgspec.Struct, frozen=True):
    """How a command ended."""

    code: int
    out: str
    err: str


class Scratch(msgspec.Struct, frozen=True):
    """A repository in a folder of its own, with everything committed."""

    root: Path

    def git(self, *words: str) -> str:
        """Run git and return what it prints."""
        return tree.git(self.root, *words)

    def write(self, path: str, text: str) -> None:
        """Write a file without committing it."""
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def commit(self, subject: str) -> None:
        """Commit everything."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", subject)

    def reset(self, commit: str) -> None:
        """Go back to a commit, and remove what it does not have."""
        self.git("reset", "--quiet", "--hard", commit)
        self.git("clean", "--quiet", "--force", "-dx")

    def read(self, path: str) -> str:
        """Return the text of a file."""
        return (self.root / path).read_text(encoding="utf-8")

    def call(self, *words: str) -> None:
        """Do in this process what the script does; errors are raised."""
        release.run(release.parsed(words), self.root)

    def run(self, *words: str, **variables: str) -> Ran:
        """Run the release script of this repository, not that of the checkout under test."""
        done = subprocess.run(
            [sys.executable, "-m", "scripts.release", *words],
            cwd=self.root,
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | variables,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def ok(self, *words: str, **variables: str) -> str:
        """Run it, and return what it prints when it ends well."""
        ran = self.run(*words, **variables)
        assert ran.code == 0, ran.err
        return ran.out


def make(folder: Path) -> Scratch:
    """Make a repository of the files of the checkout, and one piece for the changelog."""
    tree.export(ROOT, folder)
    scratch = Scratch(folder)
    scratch.git("init", "--quiet", "--initial-branch", "main")
    scratch.write("changelog.d/noticed.fixed.md", FRAGMENT)
    scratch.commit("Begin")
    scratch.git("tag", "begin")
    return scratch


def clone(origin: Scratch, folder: Path) -> Scratch:
    """Return a clone with the tags of its origin."""
    origin.git("clone", "--quiet", str(origin.root), str(folder))
    return Scratch(folder)


def coming() -> Version:
    """Return a version that this checkout has not reached yet."""
    version = places.current(ROOT)
    return Version(f"{version.major}.{version.minor + 1}.0")
