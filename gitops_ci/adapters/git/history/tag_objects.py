"""Reads what Git tags are: annotated or not, on which commit, and with which message."""

import re
from collections.abc import Iterable, Iterator, Mapping

from gitops_ci.adapters.git.connection.process import Git, lines
from gitops_ci.base.errors import GitError
from gitops_ci.model.commits import TaggedCommit

PREFIX = "refs/tags/"
_LARGEST = 1024 * 1024  # bytes; nothing that people or this tool write is larger
_TIME = re.compile(rb"^tagger .*> (\d{1,12}) [+-]\d{4}$", re.MULTILINE)


def listed(git: Git) -> dict[str, str]:
    """Return the object id of every tag of a repository on this machine, by its name."""
    finished = git.run("for-each-ref", "--format=%(objectname) %(refname)", PREFIX)
    if finished.code:
        raise GitError("git can't list the tags", remedy="check the repository with `git fsck`")
    lines = finished.out.decode("utf-8", "surrogateescape").splitlines()
    return {
        name.removeprefix(PREFIX): oid for oid, _, name in (line.partition(" ") for line in lines)
    }


def read(git: Git, tags: Mapping[str, str]) -> list[TaggedCommit]:
    """Return tags whose objects are at hand, by name and object id."""
    kinds = _kinds(git, dict.fromkeys(tags.values()))
    annotated = [oid for oid, (kind, size) in kinds.items() if kind == "tag" and size <= _LARGEST]
    texts: dict[str, bytes] = {}
    if annotated:
        texts = dict(_contents(git.run("cat-file", "--batch", stdin=lines(annotated)).out))
    tagged_commits = []
    for name, oid in tags.items():
        kind, _ = kinds.get(oid, ("", 0))
        plain = TaggedCommit(name, oid, oid if kind == "commit" else None)
        tagged_commits.append(_parsed(plain, texts[oid]) if oid in texts else plain)
    return tagged_commits


def _kinds(git: Git, oids: Iterable[str]) -> dict[str, tuple[str, int]]:
    """Return kind and size in bytes of the objects that are at hand."""
    out = git.run("cat-file", "--batch-check", stdin=lines(oids)).out.decode("ascii", "replace")
    fields = [line.split(" ") for line in out.splitlines() if line.count(" ") == 2]
    return {oid: (kind, int(size)) for oid, kind, size in fields}


def _contents(out: bytes) -> Iterator[tuple[str, bytes]]:
    start = 0
    while start < len(out):
        end = out.index(b"\n", start)
        oid, _, size = out[start:end].decode("ascii").split(" ")
        start = end + 1 + int(size) + 1
        yield oid, out[end + 1 : start - 1]


def _parsed(plain: TaggedCommit, raw: bytes) -> TaggedCommit:
    head, _, message = raw.partition(b"\n\n")
    fields = dict(line.partition(b" ")[::2] for line in head.split(b"\n"))
    when = _TIME.search(head)
    return TaggedCommit(
        plain.name,
        plain.oid,
        fields.get(b"object", b"").decode("ascii", "replace")
        if fields.get(b"type") == b"commit"
        else None,
        fields.get(b"tag", b"").decode("utf-8", "surrogateescape"),
        int(when[1]) if when else 0,
        message.decode("utf-8", "replace"),
    )
