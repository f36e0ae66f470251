"""A GitOps repository, image layouts as registries, and the command line to operate on them."""

import json
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from gitops_ci.cli import main
from gitops_ci.demo.images import make_image
from gitops_ci.usecases import clock
from tests import documents, repositories
from tests.integration.operation.snapshots import Snapshots
from tests.program import Ran as Ran
from tests.repositories import Commit

Value = TypeVar("Value")
CHAIN = """\
version: 1
apps:
  shop: {path: ".", images: [{repository: "%(registry)s", tag: image.tag, digest: image.digest}]}
environments:
  dev: {values: values-dev.yaml}
  stage: {values: values-stage.yaml, from: dev}
  prod: {values: values-prod.yaml, from: stage, approval: {approvers: [alice, bob], distinct: true}, override: {order: [carol]}}
people: {alice: [alice@example.com], dave: [dave@example.com]}
"""
VALUES = """\
# values of one environment
replicas: 2   # never touched
image:
  tag: ""
  digest: ""
"""


@dataclass
class World:
    """One repository and its surroundings; ``run`` calls the program in this process."""

    folder: Path
    bare: Path
    capture: pytest.CaptureFixture[str]
    clock: int = field(default=1_700_000_000)
    snapshots: Snapshots | None = None
    touched: bool = False

    def after(self, steps: Callable[..., Value], *words: str) -> Value:
        """Take steps in a world that nothing else was done to; return what they return.

        They are taken once for a worker, and other tests get a copy of where they led: they depend
        on nothing but the world and the words, and return nothing that changes.
        """
        assert self.snapshots, "only the world of the fixture stands where it can be copied from"
        assert not self.touched, "what was done to the world before would be lost"
        snapshot = self.snapshots.find(steps, words)
        if snapshot:
            self.snapshots.put(snapshot)
        else:
            value = steps(self, *words)
            snapshot = self.snapshots.keep(steps, words, self.clock, value)
        self.clock = snapshot.clock
        self.touched = False
        kept: Value = snapshot.value
        return kept

    @property
    def registry(self) -> str:
        """Return the repository name of the layout that stands for a registry."""
        return f"oci:{self.folder}/registry"

    def image(self, tag: str, content: str = "", registry: str = "registry") -> str:
        """Put an image into a layout; return its digest."""
        self.touched = True
        return make_image(self.folder / registry, tag, {}, {"app": (content or tag).encode()})

    def run(self, *words: str, check: int | None = None, repo: str | None = None) -> Ran:
        """Run the program with a result file; ``check`` is the exit code that is expected."""
        self.touched = True
        file = self.folder / "result.json"
        file.unlink(missing_ok=True)
        code = main(
            [*words, "--repo", str(self.bare) if repo is None else repo, "--result-file", str(file)]
        )
        # what people commit from now on is not older than what the program did
        self.clock = max(self.clock, clock.now())
        out, err = self.capture.readouterr()
        ran = Ran(int(code), out, err, json.loads(file.read_text(encoding="utf-8")))
        if check is not None:
            assert ran.code == check, ran
        assert ran.result["exit_code"] == ran.code
        documents.check(ran.result, words)
        assert "Traceback" not in out + err
        return ran

    def ok(self, *words: str) -> Ran:
        """Run the program and expect that it changed the repository with one commit on top of what
        was there.
        """
        before = self.head()
        ran = self.run(*words, check=0)
        assert ran.result["changed"], ran
        assert self.git("rev-parse", "main", "main~1").split() == [ran.result["commit"], before]
        return ran

    def refused(self, *words: str, code: int = 3) -> Ran:
        """Run the program and expect that it changed nothing."""
        before = self.refs()
        ran = self.run(*words, check=code)
        assert self.refs() == before
        assert not ran.result["changed"]
        return ran

    def same(self, *words: str) -> Ran:
        """Run the program and expect success without a change."""
        ran = self.refused(*words, code=0)
        assert ran.result["category"] == "unchanged", ran
        return ran

    def git(self, *arguments: str, stdin: bytes = b"") -> str:
        """Run git in the bare repository and return what it printed."""
        command = ["git", "-C", str(self.bare), *arguments]
        done = subprocess.run(command, check=True, capture_output=True, input=stdin)
        return done.stdout.decode("utf-8", "replace").strip()

    def head(self, branch: str = "main") -> str:
        """Return the newest commit of a branch."""
        return repositories.references(self.bare)[f"refs/heads/{branch}"]

    def refs(self) -> str:
        """Return all references with their commits."""
        found = repositories.references(self.bare)
        return "\n".join(f"{name} {commit}" for name, commit in found.items())

    def text(self, path: str, branch: str = "main") -> str:
        """Return a file's content."""
        return self.git("show", f"refs/heads/{branch}:{path}")

    def message(self, branch: str = "main") -> str:
        """Return the message of the newest commit."""
        return self.git("log", "-1", "--format=%B", f"refs/heads/{branch}")

    def trailers(self, branch: str = "main") -> list[str]:
        """Return the lines that Git takes for trailers of the newest commit."""
        lines = self.git(
            "log", "-1", "--format=%(trailers:only,unfold)", f"refs/heads/{branch}"
        ).splitlines()
        return [line for line in lines if line]

    def write(
        self,
        files: Mapping[str, str | bytes],
        message: str = "by hand",
        branch: str = "main",
        modes: str = "100644",
        gone: tuple[str, ...] = (),
    ) -> str:
        """Commit files as a person would, without those that are ``gone``, on a branch or as its
        first commit.
        """
        self.touched = True
        self.clock += 1
        reference = f"refs/heads/{branch}"
        lines = [b"feature done\n", f"commit {reference}\nmark :1\n".encode()]
        lines.append(
            f"committer Hand <hand@example.com> {self.clock} +0000\n".encode()
            + _data(message.encode())
        )
        if self.has(reference):
            lines.append(f"from {reference}^0\n".encode())
        for path, content in files.items():
            raw = content.encode() if isinstance(content, str) else content
            lines.append(f"M {modes} inline {path}\n".encode() + _data(raw))
        lines += [f"D {path}\n".encode() for path in gone]
        return self.git(
            "fast-import", "--quiet", stdin=b"".join([*lines, b"get-mark :1\n", b"done\n"])
        )

    def write_one_by_one(self, commits: Iterable[Mapping[str, str | bytes]]) -> None:
        """Commit files to main again and again, all in one process."""
        self.touched = True
        with repositories.importing(self.bare) as stream:
            for number, files in enumerate(commits):
                self.clock += 1
                onto = None if number else f"{repositories.MAIN}^0"
                stream.commit(Commit(files=files, message="by hand", onto=onto, when=self.clock))

    def has(self, reference: str) -> bool:
        """Tell whether there is a reference."""
        return reference in repositories.references(self.bare)


def make_world(
    folder: Path, capture: pytest.CaptureFixture[str], files: dict[str, str | bytes] | None = None
) -> World:
    """Make a world; its files are those of a chain of three environments unless others are
    given.
    """
    world = World(folder, folder / "gitops.git", capture)
    begin(world, files)
    return world


def begin(world: World, files: dict[str, str | bytes] | None = None) -> None:
    """Make the repository."""
    repositories.init(world.bare)
    if files is None:
        files = {f"values-{name}.yaml": VALUES for name in ("dev", "stage", "prod")}
        files["gitops.yaml"] = CHAIN % {"registry": world.registry}
    world.write(files, "begin")


def _data(raw: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(raw), raw)
