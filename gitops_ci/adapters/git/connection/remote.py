"""Fetches from the server, with as little as it agrees to send, and again when a failure may
pass.
"""

import logging
import shutil
import subprocess
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TypeVar

from gitops_ci.adapters.git.connection import failures, probe
from gitops_ci.adapters.git.connection.address import local_path
from gitops_ci.adapters.git.connection.process import Git, TimedOutError, lines
from gitops_ci.base import processes
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitError, UnavailableError
from gitops_ci.base.processes import FinishedProcess, Process
from gitops_ci.base.retry import Retry

log = logging.getLogger(__name__)

Result = TypeVar("Result")
_SHA1_LENGTH = 40
# what a local repository serves though its own configuration may say otherwise: reading one's own
# files is no risk
_UPLOAD_PACK = (
    "git -c uploadpack.allowFilter=true -c uploadpack.allowAnySHA1InWant=true upload-pack"
)


class RefusedObjectIdError(GitError):
    """The server gives only what a branch names."""


class MissingBranchError(GitError):
    """The server has no such branch."""


class RemoteServer:
    """The server side: knows which filters it refused."""

    def __init__(self, git: Git, url: str) -> None:
        self._git = git
        self.url = url
        self._refused: set[str] = set()
        self._object_format = "sha1"
        self._created = False
        self._cloning: tuple[str, Process] | None = None

    def start_clone(self, filter_spec: str) -> None:
        """Start what `clone` with the same filter waits for."""
        self._cloning = (
            filter_spec,
            self._git.start("clone", *self._clone_options(filter_spec), stderr=subprocess.PIPE),
        )

    def close(self) -> None:
        """End a clone that nobody waited for."""
        if self._cloning:
            processes.stop(self._cloning[1])
            self._cloning = None

    def clone(self, filter_spec: str) -> tuple[str, str] | None:
        """Create the throw-away repository with the newest commit of the branch that the server's
        HEAD names.

        One process and one connection less than asking for the name first. Returns the branch and
        the commit, None when that does not work out, for whatever reason: then `fetch` and
        `branches` find out and tell.
        """
        if self._cloning and self._cloning[0] == filter_spec:
            process, self._cloning = self._cloning[1], None
            finished = self._git.finish(process, "clone")
        else:
            finished = self._git.run("clone", *self._clone_options(filter_spec))
        found = _cloned(self._git.folder) if finished.code == 0 else None
        if found:
            self._created = True
            self._object_format = "sha1" if len(found[1]) == _SHA1_LENGTH else "sha256"
            self._configure()
        return found

    def _clone_options(self, filter_spec: str) -> list[str]:
        options = [
            "--quiet",
            "--bare",
            "--template=",
            "--origin=origin",
            "--no-local",
            "--single-branch",
            "--no-tags",
        ]
        options += ["--depth=1", f"--filter={filter_spec}"]
        options += [f"--upload-pack={_UPLOAD_PACK}"] if local_path(self.url) else []
        return [*options, "--", self.url, str(self._git.folder)]

    def create(self) -> None:
        """Write the throw-away repository unless it is there; every fetch starts from this
        configuration.
        """
        if self._created:
            return
        shutil.rmtree(self._git.folder)
        for name in ("objects/pack", "refs"):
            (self._git.folder / name).mkdir(parents=True)
        (self._git.folder / "HEAD").write_text("ref: refs/heads/none\n", encoding="ascii")
        self._configure()
        self._created = True

    def discard(self) -> None:
        """Throw everything fetched away, and begin again with an empty repository."""
        self._created = False
        self.create()

    def fetch(
        self,
        wanted: Iterable[str],
        *,
        depth: int | None = None,
        filter_spec: str | None,
        negotiate: bool = True,
    ) -> None:
        """Fetch refspecs or object ids, with the nearest filter that the server takes.

        Raises RefusedObjectIdError, MissingBranchError, GitError or, when it stays so until the
        deadline, UnavailableError.
        """
        refspecs = list(wanted)
        for spec in self._ladder(filter_spec):
            finished = retried(
                self._git.deadline, partial(self._fetch, refspecs, depth, spec, negotiate)
            )
            if finished.code == 0:
                return
            log.debug("the server refuses the filter %s", spec)
            self._refused.add(spec or "")
        raise GitError(
            f"{self.url} refuses to send the files",
            remedy="ask who runs the server to allow `git fetch --depth`",
        )

    def listing(self, *arguments: str) -> list[list[str]]:
        """Return the lines of `git ls-remote`, split at tabs."""
        self.create()
        finished = retried(
            self._git.deadline, lambda: self._judged("read", self._run("ls-remote", *arguments))
        )
        return [line.split("\t") for line in finished.out.decode("utf-8", "replace").splitlines()]

    def references(self, *arguments: str) -> dict[str, str]:
        """Return the object ids of what `git ls-remote` lists, by the references' names."""
        return {line[1]: line[0] for line in self.listing(*arguments) if len(line) > 1}

    def branches(self) -> list[str]:
        """Return the names of all branches; raises GitError when it was not Git that answered
        none.
        """
        references = self.references("--heads", "origin")
        if not references:
            probe.check_git_answered(self._git, self.url)
        return [name.removeprefix("refs/heads/") for name in references]

    def _fetch(
        self, refspecs: list[str], depth: int | None, spec: str | None, negotiate: bool
    ) -> FinishedProcess:
        options = ["--quiet", "--no-tags", "--no-write-fetch-head", "--stdin"]
        options += [f"--depth={depth}"] if depth else []
        options += [f"--filter={spec}"] if spec else []
        before = [] if negotiate else ["-c", "fetch.negotiationAlgorithm=noop"]
        finished = self._run(*before, "fetch", *options, "origin", stdin=lines(refspecs))
        if spec:
            # without the promisor lines that git added, no later command fetches by itself
            self._configure()
        if finished.code and spec and failures.refused_filter(finished.err):
            return finished
        return self._judged("read", finished)

    def _run(self, *arguments: str, stdin: bytes = b"") -> FinishedProcess:
        finished = self._git.run(*arguments, stdin=stdin)
        if (
            finished.code
            and failures.other_object_format(finished.err)
            and self._object_format == "sha1"
        ):
            self._object_format = "sha256"
            self._configure()
            return self._git.run(*arguments, stdin=stdin)
        if finished.code and failures.redirected(finished.err):
            self.url = probe.follow(self._git, self.url)
            self._configure()
            return self._git.run(*arguments, stdin=stdin)
        return finished

    def _judged(self, what: str, finished: FinishedProcess) -> FinishedProcess:
        if finished.code == 0:
            return finished
        if failures.refused_object_id(finished.err):
            raise RefusedObjectIdError(f"{self.url} does not send single objects")
        if failures.missing_branch(finished.err):
            raise MissingBranchError(f"{self.url} has no such branch")
        raise failures.failure(f"can't {what} {self.url}", finished.err)

    def _ladder(self, spec: str | None) -> Iterable[str | None]:
        steps = [spec]
        if spec and spec.startswith("combine:"):
            steps.append("blob:limit=256k")
        elif spec and spec.startswith("tree:"):
            steps.append("blob:none")
        return [step for step in dict.fromkeys((*steps, None)) if (step or "") not in self._refused]

    def _configure(self) -> None:
        lines = ["[core]", "\tbare = true", "\trepositoryFormatVersion = 1", "[extensions]"]
        lines += [
            f"\tobjectFormat = {self._object_format}",
            '[remote "origin"]',
            f"\turl = {_quoted(self.url)}",
        ]
        if local_path(self.url):
            lines.append(f"\tuploadpack = {_quoted(_UPLOAD_PACK)}")
        (self._git.folder / "config").write_text(
            "\n".join(lines) + "\n", encoding="utf-8", errors="surrogateescape"
        )


def _cloned(folder: Path) -> tuple[str, str] | None:
    """Return the branch that HEAD names in a clone, and its commit."""
    _, _, reference = (
        (folder / "HEAD").read_text(encoding="utf-8").strip().partition("ref: refs/heads/")
    )
    lines = (
        (folder / "packed-refs").read_text(encoding="utf-8").splitlines()
        if (folder / "packed-refs").exists()
        else []
    )
    commits = [line.split(" ", 1)[0] for line in lines if line.endswith(f" refs/heads/{reference}")]
    return (reference, commits[0]) if reference and commits else None


def retried(deadline: Deadline, call: Callable[[], Result]) -> Result:
    """Call until it raises no UnavailableError, with pauses that grow from the length of a try."""
    retry = Retry(deadline, lambda taken: max(0.2, taken))
    reason: UnavailableError | None = None
    while True:
        try:
            return call()
        except UnavailableError as error:
            # what the server said before tells more than that the last try ran out of time
            reason = reason if reason and isinstance(error, TimedOutError) else error
            retry.wait(reason)
            retry.tell(error)


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
