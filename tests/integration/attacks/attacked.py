"""A repository whose production runs 15 by an approved promotion, and what somebody who may push
does to it with plain git.

``push`` says what the server's hook answers, ``audit`` what a later audit finds; ``is_caught`` and
``is_taken`` hold one commit against whichever of the two there is.
"""

import io
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from tests import repositories
from tests.integration.audit.people import ssh_signer
from tests.integration.operation.world import VALUES, Ran, World, begin

ALICE = ("--approved-by", "alice", "--requested-by", "carol")
FILE = "values-prod.yaml"
# what it is called depends on which parent is known as the branch that stood there before
TAKEN_BACK = ("lost", "hand-edit")
SIGNERS = "keys/prod.allowed_signers"
RULES = """\
version: 1
apps:
  shop: {path: ".", images: [{repository: "%(registry)s", tag: image.tag, digest: image.digest}]}
environments:
  dev: {values: values-dev.yaml}
  stage: {values: values-stage.yaml, from: dev%(branch)s}
  prod: {values: values-prod.yaml, from: stage%(branch)s%(signers)s, approval: {approvers: [alice, bob], distinct: true}}
people: {alice: [alice@example.com], dave: [dave@example.com]}
"""
MALLORY = {"user.name": "Mallory", "user.email": "mallory@example.com", "commit.gpgSign": "false"}


@dataclass(frozen=True)
class Push:
    """What a push came to; ``words`` is what the hook says to whoever pushed."""

    taken: bool
    words: str


@dataclass
class AttackedRepository:
    """A bare repository (``world.bare``), and a clone in which nobody signs.

    ``hook``: whether pushes are judged. ``signed``: whether prod has signers, and the pipeline
    their key. ``branch``: the one that stage and prod live on, main or release; gitops.yaml is
    always on main.
    """

    world: World
    hook: bool
    signed: bool
    branch: str

    @property
    def clone(self) -> Path:
        return self.world.folder / "clone"

    @property
    def head(self) -> str:
        """Return where the branch of production stands on the server."""
        return self.world.head(self.branch)

    def text(self, path: str = FILE, commit: str = "") -> str:
        """Return a file of production's branch as the server has it, or as it is in a commit."""
        return self.git("show", f"{commit or self.head}:{path}") + "\n"

    def with_tag(self, tag: str) -> str:
        """Return a values file as somebody would write it by hand, with a tag and no digest."""
        return VALUES.replace('tag: ""', f'tag: "{tag}"')

    # what the pipeline does

    def run(self, *words: str, check: int = 0) -> Ran:
        """Run the program as the pipeline; where there is a hook, it has to take what comes out."""
        before = repositories.references(self.world.bare)
        ran = self.world.run(*words, check=check)
        after = repositories.references(self.world.bare)
        moved = {name: each for name, each in after.items() if before.get(name) != each}
        if self.hook and moved:
            self._move({name: before.get(name) for name in moved})
            pushed = self._judged(moved)
            assert pushed.taken, pushed.words
            self._move(moved)
        self.fetch()
        return ran

    def deploy(self, tag: str, to: str = "prod") -> str:
        """Bring a release from dev to prod, or as far as ``to``; return production's branch then."""
        self.world.image(tag)
        self.run("update", "shop", "--env", "dev", "--tag", tag)
        for environment in ("stage", "prod")[: ("dev", "stage", "prod").index(to)]:
            approved = ALICE if environment == "prod" else ()
            self.run("promote", "shop", "--to", environment, *approved)
        return self.head

    def roll_back(self) -> str:
        """Roll production back by one release; return its branch then."""
        self.run("rollback", "shop", "--env", "prod", *ALICE)
        return self.head

    def wait_for_the_next_second(self) -> None:
        """Let what comes now be newer than what was before: commits have no finer dates."""
        now = int(time.time())
        while int(time.time()) == now:
            time.sleep(0.01)

    # what whoever may push does

    def git(self, *words: str, stdin: str | None = None, date: str = "") -> str:
        """Run git in the clone, as Mallory; ``date`` is that of commits, now unless it is given."""
        command = ["git", "-C", str(self.clone), *words]
        names = ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE") if date else ()
        environment = os.environ | dict.fromkeys(names, date)
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, input=stdin, env=environment
        )
        return done.stdout.strip()

    def fetch(self) -> None:
        """Bring what the server has into the clone."""
        self.git("fetch", "--quiet", "--prune", "origin")

    def switch(self, commit: str = "") -> None:
        """Check out production's branch as the server has it, or a commit."""
        self.fetch()
        self.git("checkout", "--quiet", "--force", "--detach", commit or self.head)
        self.git("clean", "--quiet", "--force", "-d", "-x")

    def commit(
        self,
        files: Mapping[str, str | bytes],
        message: str = "by hand",
        onto: str = "",
        gone: Iterable[str] = (),
        date: str = "",
    ) -> str:
        """Commit files, without those that are ``gone``, on top of production's branch or of a
        commit; return the commit.
        """
        self.switch(onto)
        for path in gone:
            self.git("rm", "--quiet", "-r", path)
        for path, content in files.items():
            file = self.clone / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message, date=date)
        return self.git("rev-parse", "HEAD")

    def tree(self, files: Mapping[str, str], base: str = "") -> str:
        """Return a tree: that of production's branch or of a commit, with other files at its root."""
        lines = self.git("ls-tree", base or self.head).splitlines()
        entries = {path: meta for meta, path in (line.split("\t") for line in lines)}
        for path, text in files.items():
            blob = self.git("hash-object", "-w", "--stdin", stdin=text)
            entries[path] = f"100644 blob {blob}"
        return self.git(
            "mktree", stdin="".join(f"{meta}\t{path}\n" for path, meta in entries.items())
        )

    def commit_tree(
        self, tree: str, *parents: str, message: str = "Merge branch main", date: str = ""
    ) -> str:
        """Return a commit of a tree with these parents, in this order; none make a root."""
        words = [word for parent in parents for word in ("-p", parent)]
        return self.git("commit-tree", tree, *words, "-m", message, date=date)

    def push(self, commit: str, branch: str = "", force: bool = False) -> Push:
        """Push a commit to production's branch, or to another one."""
        return self.push_references({f"refs/heads/{branch or self.branch}": commit}, force)

    def push_references(self, references: Mapping[str, str | None], force: bool = False) -> Push:
        """Push references in one go (None: delete it); where there is a hook it judges them.

        What a fast-forward of a branch can't be is Git's own refusal, unless it is forced.
        """
        self._send(references)
        if not force:
            self._check_fast_forward(references)
        pushed = self._judged(references) if self.hook else Push(taken=True, words="")
        if pushed.taken:
            self._move(references)
            self.fetch()
        return pushed

    def slip_in(self, commit: str, branch: str = "") -> None:
        """Put production's branch, or another one, on a commit that nothing judges, as before there
        was a hook.
        """
        references = {f"refs/heads/{branch or self.branch}": commit}
        self._send(references)
        self._move(references)
        self.fetch()

    # what is said about it

    def audit(self, *words: str) -> list[dict[str, Any]]:
        """Return the violations that an audit finds, oldest first."""
        ran = self.world.run("audit", *words)
        found = [each for each in ran.result["findings"] if each["severity"] == "violation"]
        assert ran.code == (3 if found else 0), ran
        return found

    def audit_clone(self, *words: str) -> list[dict[str, Any]]:
        """Return the violations that an audit of the clone finds, as in a pull request."""
        ran = self.world.run("audit", "--branch", "main", *words, repo=str(self.clone))
        return [each for each in ran.result["findings"] if each["severity"] == "violation"]

    def notices(self, *words: str) -> list[dict[str, Any]]:
        """Return the notices of an audit, but for approvals that nobody can verify."""
        found: list[dict[str, Any]] = self.world.run("audit", *words).result["findings"]
        return [
            each
            for each in found
            if each["severity"] == "notice" and each["kind"] != "approver-unverified"
        ]

    def is_caught(
        self, commit: str, *kinds: str, words: str = "", branch: str = "", force: bool = False
    ) -> None:
        """Expect that the hook refuses a commit, or that an audit condemns it where there is none,
        with a finding of one of these kinds whose message has these words.
        """
        before = self.world.refs()
        pushed = self.push(commit, branch, force)
        if self.hook:
            assert not pushed.taken, self.audit()
            assert self.world.refs() == before
            assert any(f"NO   {kind} " in pushed.words for kind in kinds), pushed.words
            assert words in pushed.words, pushed.words
            return
        found = self.audit()
        said = [each["message"] for each in found if each["kind"] in kinds]
        assert any(words in message for message in said), found

    def is_taken(self, commit: str, branch: str = "") -> None:
        """Expect that the hook takes a commit, and that an audit finds no violation."""
        pushed = self.push(commit, branch)
        assert pushed.taken, pushed.words
        found = self.audit()
        assert not found, found

    # how the server does it

    def _send(self, references: Mapping[str, str | None]) -> None:
        """Bring the objects to the server, as a push does before the hook is asked."""
        commits = list(dict.fromkeys(filter(None, references.values())))
        names = [f"refs/sent/{number}" for number in range(len(commits))]
        pairs = [f"{commit}:{name}" for commit, name in zip(commits, names, strict=True)]
        if pairs:
            self.git("push", "--quiet", "--force", "origin", *pairs)
        self._move(dict.fromkeys(names))

    def _check_fast_forward(self, references: Mapping[str, str | None]) -> None:
        before = repositories.references(self.world.bare)
        for name, commit in references.items():
            if name.startswith("refs/heads/") and name in before and commit:
                self.world.git("merge-base", "--is-ancestor", before[name], commit)

    def _judged(self, references: Mapping[str, str | None]) -> Push:
        """Return what the hook says, in this process; it gets what Git gives to one."""
        before, none = repositories.references(self.world.bare), "0" * 40
        lines = "".join(
            f"{before.get(name, none)} {commit or none} {name}\n"
            for name, commit in references.items()
        )
        with _stdin(lines):
            ran = self.world.run("audit", "--hook", "--branch", "main")
        assert ran.code in {0, 3}, ran
        return Push(ran.code == 0, ran.out + ran.err)

    def _move(self, references: Mapping[str, str | None]) -> None:
        lines = "".join(
            f"update {name} {commit}\n" if commit else f"delete {name}\n"
            for name, commit in references.items()
        )
        self.world.git("update-ref", "--stdin", stdin=lines.encode())


@contextmanager
def _stdin(text: str) -> Iterator[None]:
    with mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode()))):
        yield


def prepare(world: World, branch: str, signed: str) -> None:
    """Make the repository, bring 15 to production, and clone it."""
    shutil.rmtree(world.bare)
    signer = "" if not signed else f", signers: {SIGNERS}"
    on_branch = "" if branch == "main" else f", branch: {branch}"
    files: dict[str, str | bytes] = {
        f"values-{name}.yaml": VALUES for name in ("dev", "stage", "prod")
    }
    files["charts/Chart.yaml"] = "name: shop\n"
    files["gitops.yaml"] = RULES % {
        "registry": world.registry,
        "branch": on_branch,
        "signers": signer,
    }
    if signed:
        files[SIGNERS] = _signing_pipeline(world.folder)
    begin(world, files)
    if branch != "main":
        world.git("update-ref", f"refs/heads/{branch}", world.head())
    world.image("15")
    world.run("update", "shop", "--env", "dev", "--tag", "15", check=0)
    world.run("promote", "shop", "--to", "stage", check=0)
    world.run("promote", "shop", "--to", "prod", *ALICE, check=0)
    clone = world.folder / "clone"
    subprocess.run(["git", "clone", "--quiet", str(world.bare), str(clone)], check=True)
    for key, value in MALLORY.items():
        subprocess.run(["git", "-C", str(clone), "config", key, value], check=True)


def home(world: World) -> Path:
    """Return the home of the pipeline, whose Git signs with its key."""
    return world.folder / "home"


def _signing_pipeline(folder: Path) -> str:
    """Give the pipeline a key, and Git's settings for it; return the line of the signers file."""
    signer = ssh_signer(folder, "pipeline")
    settings = {
        "user.name": "Pipeline",
        "user.email": signer.mail,
        "gpg.format": "ssh",
        "user.signingKey": str(signer.key),
        "commit.gpgSign": "true",
    }
    (folder / "home").mkdir()
    for key, value in settings.items():
        command = ["git", "config", "--file", str(folder / "home/.gitconfig"), key, value]
        subprocess.run(command, check=True)
    return signer.line
