"""A repository on this machine that is read where it is, without a copy: a checkout, a bare one,
one inside of a hook.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from gitops_ci.adapters.git.connection.environment import git_environment, with_settings
from gitops_ci.adapters.git.connection.process import Git
from gitops_ci.adapters.git.history import tag_objects
from gitops_ci.adapters.git.history.archive import Archive
from gitops_ci.adapters.git.objects.objects import Objects
from gitops_ci.adapters.git.publish import note_tree
from gitops_ci.adapters.git.values import Head
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitError
from gitops_ci.base.redaction import one_line

# where a server keeps what is being pushed until its hooks have agreed
_QUARANTINE = ("GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH")


class LocalRepository:
    """Its branches; `archive` reads through their history."""

    def __init__(self, git: Git, objects: Objects, path: str) -> None:
        self._git = git
        self._path = path
        self._objects = objects

    def archive(self) -> Archive:
        """Return all that is there, to be read through; raises GitError where the history has been
        cut off.
        """
        archive = Archive(self._git, self._objects)
        if archive.is_shallow():
            raise GitError(
                f"{one_line(self._path)} is a shallow clone: its history has been cut off",
                remedy="git fetch --unshallow, or clone without --depth (Jenkins: without 'shallow "
                "clone')",
            )
        return archive

    def whole_history(self, branch: str | None) -> Head:
        """Return a branch, None: the one that HEAD names; in a clone also one of its origin. Raises
        GitError.
        """
        name = branch or self.default_branch()
        archive = Archive(self._git, self._objects)
        for reference in (
            f"refs/heads/{name}",
            f"refs/remotes/origin/{name}",
            *(["HEAD"] if not branch else []),
        ):
            commit = archive.commit(reference)
            if commit:
                return Head(name, commit)
        raise GitError(
            f"{one_line(self._path)} has no branch {one_line(name)}",
            remedy="name one that exists with --branch",
        )

    def default_branch(self) -> str:
        """Return the branch that HEAD names, or that of its origin where it names none; else
        ``HEAD``.
        """
        for reference in ("HEAD", "refs/remotes/origin/HEAD"):
            finished = self._git.run("symbolic-ref", "--quiet", reference)
            name = finished.out.decode("utf-8", "replace").strip()
            if name:
                return name.removeprefix("refs/heads/").removeprefix("refs/remotes/origin/")
        return "HEAD"

    def whole_notes(self) -> str | None:
        """Return the newest commit of the notes, None when there are none."""
        return Archive(self._git, self._objects).commit(note_tree.REFERENCE)

    def tags(self, wanted: Callable[[str], bool]) -> dict[str, str]:
        """Return the object ids of the tags that are wanted, by name."""
        return {name: oid for name, oid in tag_objects.listed(self._git).items() if wanted(name)}


@contextlib.contextmanager
def open_in_place(path: str, *, deadline: Deadline) -> Iterator[LocalRepository]:
    """Yield the repository in a folder; raises GitError when it is none. Nothing is ever
    written.
    """
    if not os.path.isdir(path):
        raise GitError(f"there is no folder {one_line(path)}", remedy="check --repo")
    environment = git_environment("", Path(path), credentials=None, ca_file=None, deadline=deadline)
    environment |= {name: os.environ[name] for name in _QUARANTINE if os.environ.get(name)}
    environment = with_settings(environment, [("safe.directory", "*")])
    environment["GIT_GRAFT_FILE"] = os.devnull
    del environment["GIT_DIR"]
    process = Git(Path(path), environment, deadline).run("rev-parse", "--absolute-git-dir")
    if process.code:
        raise GitError(f"{one_line(path)} is not a Git repository", remedy="check --repo")
    folder = process.out.decode("utf-8", "surrogateescape").rstrip("\n")
    git = Git(Path(folder), {**environment, "GIT_DIR": folder}, deadline)
    objects = Objects(git)
    try:
        yield LocalRepository(git, objects, path)
    finally:
        objects.close()
