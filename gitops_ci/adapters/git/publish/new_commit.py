"""Builds one commit in the object database: only the trees on the paths of what changes are made
again.
"""

import logging
import subprocess
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from gitops_ci.adapters.git.connection import failures
from gitops_ci.adapters.git.connection.process import Git
from gitops_ci.adapters.git.objects import paths, trees
from gitops_ci.adapters.git.objects.objects import Objects
from gitops_ci.adapters.git.objects.trees import Tree, TreeEntry
from gitops_ci.base import processes
from gitops_ci.base.errors import GitError
from gitops_ci.base.processes import Process
from gitops_ci.base.redaction import printable
from gitops_ci.model.git_modes import EXECUTABLE, FILE, FOLDER

log = logging.getLogger(__name__)

_FALLBACK = ("gitops-ci", "gitops-ci@localhost")


def write_files(git: Git, contents: Iterable[bytes], id_length: int) -> list[str]:
    """Store file contents and return their object ids, which have so many bytes."""
    return [_store(git, "blob", data, id_length) for data in contents]


def write_root(
    git: Git,
    objects: Objects,
    root: str | None,
    changes: Mapping[tuple[str, ...], TreeEntry | None],
) -> str:
    """Store the trees in which these paths have these entries (None: nothing), and return the
    root's id.

    The trees on the way are at hand; a root that is None has nothing yet.
    """
    tree = _rebuilt(git, objects, TreeEntry(FOLDER, root) if root else None, "", changes)
    return _store(git, "tree", tree, len(root) // 2 if root else _id_length(changes))


@contextmanager
def read_settings(git: Git) -> Iterator[Process]:
    """Ask Git's configuration for what `write_commit` has to know, while objects are written."""
    pattern = r"^(user|author|committer)\.(name|email)$|^commit\.gpgsign$"
    process = git.start("config", "-z", "--get-regexp", pattern, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        if process.returncode is None:  # nobody waited for the answer
            processes.stop(process)


def write_commit(git: Git, process: Process, tree: str, parent: str | None, message: str) -> str:
    """Store a commit with Git's configured author, committer and signature; raises GitError with
    git's words.

    Without a parent it is the first of its history.
    """
    settings = _settings(git.finish(process, "config").out)
    signed = settings.get("commit.gpgsign", "false").lower() in ("true", "yes", "on", "1", "")
    arguments = ["commit-tree", "-F", "-"]
    arguments += ["-S"] if signed else []
    arguments += ["-p", parent] if parent else []
    arguments.append(tree)
    finished = git.run(*arguments, stdin=message.encode(), extra=_identity(git, settings))
    if finished.code:
        signing = "check commit.gpgSign, gpg.format and user.signingKey in Git's configuration"
        raise GitError(
            f"the commit can't be made: {failures.server_words(finished.err)}",
            remedy=failures.full_disk_remedy(finished.err) or (signing if signed else ""),
        )
    return finished.out.decode().strip()


def identity(git: Git, process: Process) -> dict[str, str]:
    """Return the variables that name author and committer where Git's configuration does not."""
    return _identity(git, _settings(git.finish(process, "config").out))


def same_mode(previous: TreeEntry | None, oid: str, path: str) -> TreeEntry:
    """Return the entry for new content of a file, with the mode that the file had."""
    if previous:
        paths.check_file(previous, path)
    return TreeEntry(EXECUTABLE if previous and previous.mode == EXECUTABLE else FILE, oid)


def _rebuilt(
    git: Git,
    objects: Objects,
    folder: TreeEntry | None,
    path: str,
    changes: Mapping[tuple[str, ...], TreeEntry | None],
) -> bytes:
    """Return the bytes of a folder's tree; those of the folders below are stored, and the ones that
    become empty are gone. ``changes`` have paths from this folder on.
    """
    tree = objects.tree(folder.oid) if folder else Tree(b"", {}, _id_length(changes))
    if tree is None:
        raise GitError(f"the folder {path or '/'} has not been fetched")
    entries: dict[str, TreeEntry | None] = {}
    folders: dict[str, dict[tuple[str, ...], TreeEntry | None]] = {}
    for (name, *below), entry in changes.items():
        if below:
            folders.setdefault(name, {})[tuple(below)] = entry
        else:
            entries[name] = entry
    for name, below_folder in sorted(folders.items()):
        below_path = f"{path}/{name}" if path else name
        previous = _folder(tree.get(name), below_path)
        data = _rebuilt(git, objects, previous, below_path, below_folder)
        entries[name] = (
            TreeEntry(FOLDER, _store(git, "tree", data, tree.id_length)) if data else None
        )
    return tree.put(entries)


def _folder(entry: TreeEntry | None, path: str) -> TreeEntry | None:
    """Raises GitError for what is no folder."""
    if entry and entry.mode != FOLDER:
        words = f"{printable(path)} is a file in the repository, nothing can lie below it"
        raise paths.obstacle(entry, path) or GitError(words)
    return entry


def _id_length(changes: Mapping[tuple[str, ...], TreeEntry | None]) -> int:
    return next((len(entry.oid) // 2 for entry in changes.values() if entry), 20)


def _store(git: Git, kind: str, data: bytes, id_length: int) -> str:
    """Write a loose object (gitformat-loose), which spares a git process, and return its id."""
    oid = trees.object_id(kind, data, id_length)
    file = git.folder / "objects" / oid[:2] / oid[2:]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(zlib.compress(b"%s %d\x00" % (kind.encode(), len(data)) + data, 1))
    except OSError as error:
        raise GitError(
            f"what changes can't be stored: {error.strerror}",
            remedy="check the disk of the temporary folder",
        ) from error
    return oid


def _settings(output: bytes) -> dict[str, str]:
    pairs = (item.partition("\n") for item in output.decode("utf-8", "replace").split("\0") if item)
    return {key.lower(): value for key, _, value in pairs}


def _identity(git: Git, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the variables for author and committer that neither Git's configuration nor the
    environment names.
    """
    missing: dict[str, str] = {}
    for role in ("author", "committer"):
        for field, fallback in zip(("name", "email"), _FALLBACK, strict=True):
            variable = f"GIT_{role.upper()}_{field.upper()}"
            if not (
                git.environment.get(variable)
                or settings.get(f"{role}.{field}")
                or settings.get(f"user.{field}")
            ):
                missing[variable] = fallback
    if missing:
        log.info(
            "Git knows no user.name and user.email: committing as %s <%s>; set them with "
            "`git config --global`,"
            " or GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL, GIT_COMMITTER_NAME and GIT_COMMITTER_EMAIL",
            *_FALLBACK,
        )
    return missing
