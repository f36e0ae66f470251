"""A whole history that is at hand: walked through, its contents read in bulk, its signatures
verified.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from gitops_ci.adapters.git.connection.process import Git
from gitops_ci.adapters.git.history import signatures, tag_objects
from gitops_ci.adapters.git.history.commit_log import differences, walk
from gitops_ci.adapters.git.objects.objects import LARGEST, Objects
from gitops_ci.base import processes
from gitops_ci.base.errors import GitError
from gitops_ci.base.processes import Process
from gitops_ci.base.redaction import one_line
from gitops_ci.model.commits import Delta, LoggedCommit, Signature, TaggedCommit

# object ids written at once: they have to fit into a pipe while git's answers wait in the other
_ROUND = 256


class Archive:
    """The objects of some branches; ``fetch`` brings contents by object id that are not at hand
    (None: all are).
    """

    def __init__(
        self, git: Git, objects: Objects, fetch: Callable[[Sequence[str]], None] | None = None
    ) -> None:
        self._git = git
        self._objects = objects
        self._fetch = fetch

    def commit(self, name: str) -> str | None:
        """Return the id of the commit that a name or an id stands for, None where there is none."""
        if not name or name.startswith("-") or not name.isprintable():
            return None
        finished = self._git.run(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"
        )
        return (
            finished.out.decode("ascii", "replace").strip() or None if finished.code == 0 else None
        )

    def walk(self, heads: Iterable[str]) -> Iterator[LoggedCommit]:
        """Yield every commit that the heads reach, parents before children."""
        return walk(self._git, heads)

    def differences(
        self, pairs: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], tuple[Delta, ...]]:
        """Return what is different in the first commit of each pair, through one process for
        all.
        """
        return differences(self._git, pairs) if pairs else {}

    def between(self, new: Iterable[str], old: Iterable[str]) -> frozenset[str]:
        """Return the commits that ``new`` reach and ``old`` do not; raises GitError where one does
        not exist.
        """
        lines = "".join([*(f"{each}\n" for each in new), *(f"^{each}\n" for each in old)])
        finished = self._git.run("rev-list", "--stdin", stdin=lines.encode())
        if finished.code:
            raise GitError(
                f"git can't list the commits: {one_line(finished.err)}",
                remedy="check the commits that were named",
            )
        return frozenset(finished.out.decode("ascii").split())

    def contains(self, new: str, old: str) -> bool:
        """Tell whether a commit is an ancestor of another one, or the same."""
        return self._git.run("merge-base", "--is-ancestor", old, new).code == 0

    def is_shallow(self) -> bool:
        """Tell whether the history has been cut off."""
        return self._git.run("rev-parse", "--is-shallow-repository").out.strip() == b"true"

    def bring(self, oids: Iterable[str]) -> None:
        """Fetch what is not at hand of so many contents, in one go."""
        wanted = list(dict.fromkeys(oids))
        if self._fetch and wanted:
            process = self._git.run(
                "cat-file", "--batch-check", stdin="".join(f"{oid}\n" for oid in wanted).encode()
            )
            missing = [
                line.split()[0].decode()
                for line in process.out.splitlines()
                if line.endswith(b" missing")
            ]
            if missing:
                self._fetch(missing)

    def contents(self, oids: Iterable[str]) -> dict[str, bytes | None]:
        """Return contents by object id; None for what is larger than any values file.

        Raises GitError for what is not at hand.
        """
        found: dict[str, bytes | None] = {}
        wanted = iter(dict.fromkeys(oids))
        process = self._git.start("cat-file", "--batch")
        try:
            while some := list(islice(wanted, _ROUND)):
                found |= _read(process, some)
        finally:
            processes.stop(process)
        return found

    def ids(self, places: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str | None]:
        """Return the object id of each (commit, path), None where nothing is."""
        wanted = list(dict.fromkeys(places))
        lines = "".join(f"{commit}:{path}\n" for commit, path in wanted).encode(
            "utf-8", "surrogateescape"
        )
        out = (
            self._git.run("cat-file", "--batch-check=%(objectname)", stdin=lines)
            .out.decode("utf-8", "replace")
            .splitlines()
        )
        return {
            place: line if " " not in line else None
            for place, line in zip(wanted, out, strict=False)
        }

    def notes(self, commit: str) -> dict[str, bytes]:
        """Return every note in a commit of the notes, by the commit that it stands for."""
        listed = (
            self._git.run("ls-tree", "-r", "-z", commit)
            .out.decode("utf-8", "replace")
            .split("\x00")
        )
        spots: dict[str, list[str]] = {}
        for line in filter(None, listed):
            meta, _, path = line.partition("\t")
            mode, kind, oid = meta.split(" ")
            if kind == "blob" and mode.startswith("100"):
                spots.setdefault(path.replace("/", ""), []).append(oid)
        oids = [oid for found in spots.values() for oid in found]
        self.bring(oids)
        texts = self.contents(oids)
        return {
            commit: b"\n".join(texts[oid] or b"" for oid in found)
            for commit, found in spots.items()
        }

    def tags(self, tags: Mapping[str, str]) -> list[TaggedCommit]:
        """Return what tags are, by name and object id."""
        return tag_objects.read(self._git, tags)

    def signatures(self, commits: Iterable[str], signers: bytes) -> Mapping[str, Signature]:
        """Return how the signature of each commit stands to a file of allowed signers; see
        `signatures.verify`.
        """
        return signatures.verify(self._git, commits, signers)


def _read(process: Process, oids: Sequence[str]) -> dict[str, bytes | None]:
    if process.stdin is None or process.stdout is None:
        raise GitError("git cat-file has no pipes")
    process.stdin.write("".join(f"{oid}\n" for oid in oids).encode())
    process.stdin.flush()
    found: dict[str, bytes | None] = {}
    for oid in oids:
        header = process.stdout.readline().split()
        if len(header) < 3:
            raise GitError(
                f"object {oid} is missing",
                remedy="audit a complete repository, not a partial clone",
            )
        size = int(header[2])
        content = process.stdout.read(size + 1)[:-1]
        found[oid] = content if size <= LARGEST else None
    return found
