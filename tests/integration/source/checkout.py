"""A source repository that people work in: commits, merges, tags."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.integration.operation.world import Ran, World

ROUTES = """\
routes:
  - {branch: main, environment: dev}
  - {branch: "release*", environment: stage}
  - {tag: "v*", environment: prod}
"""


BEGUN = 1_700_001_000  # a time after the first commit


@dataclass
class Checkout:
    """A work tree; every commit has a time and an author of its own."""

    folder: Path
    clock: int = 1_700_000_000

    def git(self, *words: str) -> str:
        """Run git in the checkout and return what it printed."""
        self.clock += 60
        date = f"{self.clock} +0000"
        person = ("-c", "user.name=Dave", "-c", "user.email=dave@example.com")
        done = subprocess.run(
            ["git", "-C", str(self.folder), *person, *words],
            check=True,
            capture_output=True,
            text=True,
            env={
                "PATH": "/usr/bin:/bin:/usr/local/bin",
                "HOME": str(self.folder),
                "GIT_AUTHOR_DATE": date,
                "GIT_COMMITTER_DATE": date,
            },
        )
        return done.stdout.strip()

    def commit(self, name: str, text: str | None = None) -> str:
        """Change one file and return the commit; its subject is "Change NAME"."""
        (self.folder / name).write_text(name if text is None else text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", f"Change {name}")
        return self.head()

    def merge(self, *others: str) -> str:
        """Merge into what is checked out, always with a merge commit, and return it."""
        self.git(
            "merge", "--quiet", "--no-ff", "--message", f"Merge {' and '.join(others)}", *others
        )
        return self.head()

    def head(self) -> str:
        """Return the commit that is checked out."""
        return self.git("rev-parse", "HEAD")


def make_checkout(folder: Path, *options: str) -> Checkout:
    """Make a source repository with one commit on main."""
    subprocess.run(
        ["git", "init", "--quiet", "--initial-branch=main", *options, str(folder)], check=True
    )
    checkout = Checkout(folder)
    checkout.commit("a")
    return checkout


def build(world: World, tag: str, revision: str, content: str = "") -> Ran:
    """Put an image into the registry and write it into dev, as built from a revision."""
    digest = world.image(tag, content)
    record = {
        "schema": 1,
        "images": [{"repository": world.registry, "tag": tag, "digest": digest}],
        "source_revision": revision,
        "source_authors": ["dave@example.com"],
        "build_url": f"https://jenkins.example.com/job/shop/{tag}/",
    }
    file = world.folder / f"release-{tag}.json"
    file.write_text(json.dumps(record))
    return world.ok("update", "shop", "--env", "dev", "--release", str(file), "--allow-older")
