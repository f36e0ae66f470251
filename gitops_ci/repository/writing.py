"""Builds one commit in the object database: only the trees on the paths of what changes are made again."""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from gitops_ci.errors import GitError
from gitops_ci.redaction import printable
from gitops_ci.repository import failures, paths, trees
from gitops_ci.repository.objects import Objects
from gitops_ci.repository.process import Git
from gitops_ci.repository.trees import EXECUTABLE, FILE, FOLDER, Entry, Tree

log = logging.getLogger(__name__)

_FALLBACK = ("gitops-ci", "gitops-ci@localhost")


def write_files(git: Git, contents: Iterable[bytes]) -> list[str]:
    """Store file contents and return their object ids."""
    return _store(git, "blob", contents)


def write_root(git: Git, objects: Objects, root: str, changes: Mapping[tuple[str, ...], Entry]) -> str:
    """Store the trees in which these paths have these entries, and return the root's id; the trees on the way are at hand."""
    made: list[bytes] = []
    oid = _rebuild(objects, root, (), changes, made)
    _store(git, "tree", made)
    return oid


def write_commit(git: Git, tree: str, parent: str, message: str) -> str:
    """Store a commit with Git's configured author, committer and signature; raises GitError with git's words."""
    settings = _settings(git)
    sign = ["-S"] if settings.get("commit.gpgsign", "false").lower() in ("true", "yes", "on", "1", "") else []
    arguments = ("commit-tree", *sign, "-p", parent, "-F", "-", tree)
    finished = git.run(*arguments, stdin=message.encode(), extra=_identity(git, settings))
    if finished.code:
        remedy = "check commit.gpgSign, gpg.format and user.signingKey in Git's configuration" if sign else ""
        raise GitError(f"the commit can't be made: {failures.server_words(finished.err)}", remedy=remedy)
    return finished.out.decode().strip()


def same_mode(previous: Entry | None, oid: str, path: str) -> Entry:
    """Return the entry for new content of a file, with the mode that the file had."""
    if previous:
        paths.check_file(previous, path)
    return Entry(EXECUTABLE if previous and previous.mode == EXECUTABLE else FILE, oid)


def _rebuild(
    objects: Objects, oid: str | None, above: tuple[str, ...], changes: Mapping[tuple[str, ...], Entry], made: list[bytes]
) -> str:
    tree = objects.tree(oid) if oid else Tree(b"", {}, _id_length(changes))
    if tree is None:
        raise GitError(f"the folder {'/'.join(above) or '/'} has not been fetched")
    depth = len(above)
    entries = {path[depth]: entry for path, entry in changes.items() if len(path) == depth + 1}
    for name in sorted({path[depth] for path in changes if len(path) > depth + 1}):
        below = {path: entry for path, entry in changes.items() if len(path) > depth + 1 and path[depth] == name}
        entries[name] = Entry(FOLDER, _rebuild(objects, _folder(tree, name, above), (*above, name), below, made))
    data = tree.put(entries)
    made.append(data)
    return trees.object_id("tree", data, tree.id_length)


def _folder(tree: Tree, name: str, above: tuple[str, ...]) -> str | None:
    entry = tree.get(name)
    if entry is None:
        return None
    path = "/".join((*above, name))
    paths.check_folder(entry, path)
    if entry.mode != FOLDER:
        raise GitError(f"{printable(path)} is a file in the repository, nothing can lie below it")
    return entry.oid


def _id_length(changes: Mapping[tuple[str, ...], Entry]) -> int:
    return len(next(iter(changes.values())).oid) // 2


def _store(git: Git, kind: str, contents: Iterable[bytes]) -> list[str]:
    with TemporaryDirectory(dir=git.folder) as folder:
        names = []
        for number, data in enumerate(contents):
            file = Path(folder, str(number))
            file.write_bytes(data)
            names.append(str(file))
        if not names:
            return []
        listing = "".join(f"{name}\n" for name in names).encode()
        finished = git.run("hash-object", "-w", "-t", kind, "--no-filters", "--stdin-paths", stdin=listing)
    if finished.code:
        raise GitError(f"git can't store what changes: {failures.server_words(finished.err)}", remedy="check the disk")
    return finished.out.decode().split()


def _settings(git: Git) -> dict[str, str]:
    pattern = r"^(user|author|committer)\.(name|email)$|^commit\.gpgsign$"
    finished = git.run("config", "-z", "--get-regexp", pattern)
    pairs = (item.partition("\n") for item in finished.out.decode("utf-8", "replace").split("\0") if item)
    return {key.lower(): value for key, _, value in pairs}


def _identity(git: Git, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the variables for author and committer that neither Git's configuration nor the environment names."""
    missing: dict[str, str] = {}
    for role in ("author", "committer"):
        for field, fallback in zip(("name", "email"), _FALLBACK, strict=True):
            variable = f"GIT_{role.upper()}_{field.upper()}"
            if not (git.environment.get(variable) or settings.get(f"{role}.{field}") or settings.get(f"user.{field}")):
                missing[variable] = fallback
    if missing:
        log.info(
            "Git knows no user.name and user.email: committing as %s <%s>; set them with `git config --global`,"
            " or GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL, GIT_COMMITTER_NAME and GIT_COMMITTER_EMAIL",
            *_FALLBACK,
        )
    return missing
