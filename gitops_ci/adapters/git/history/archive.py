"""A whole history that is at hand: walked through, its contents read in bulk, its signatures
verified.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from gitops_ci.adapters.git.connection.process import Git, lines
from gitops_ci.adapters.git.history import signatures, tag_objects
from gitops_ci.adapters.git.history.commit_log import differences, walk
from gitops_ci.adapters.git.objects.objects import Objects
from gitops_ci.base.errors import GitError
from gitops_ci.base.redaction import one_line
from gitops_ci.model.commits import Delta, LoggedCommit, Signature, TaggedCommit


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

    def walk(self, heads: Iterable[str], known: Iterable[str] = ()) -> Iterator[LoggedCommit]:
        """Yield every commit that the heads reach and the ``known`` ones don't, parents before
        children.
        """
        return walk(self._git, heads, known)

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
        commits = lines([*new, *(f"^{oid}" for oid in old)])
        finished = self._git.run("rev-list", "--stdin", stdin=commits)
        if finished.code:
            raise GitError(
                f"git can't list the commits: {one_line(finished.err)}",
                remedy="check the commits that were named",
            )
        return frozenset(finished.out.decode("ascii").split())

    def contains(self, new: str, old: str) -> bool:
        """Tell whether a commit is an ancestor of another one, or the same."""
        return self._git.run("merge-base", "--is-ancestor", old, new).code == 0

    def branches_at(self, commit: str) -> list[str]:
        """Return the branches that stand at a commit in this repository."""
        finished = self._git.run(
            "for-each-ref", f"--points-at={commit}", "--format=%(refname:lstrip=2)", "refs/heads"
        )
        return finished.out.decode("utf-8", "replace").split()

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the newest commit that two have in common, None where they have none."""
        return self._git.run("merge-base", one, other).out.decode("ascii").strip() or None

    def is_shallow(self) -> bool:
        """Tell whether the history has been cut off."""
        return self._git.run("rev-parse", "--is-shallow-repository").out.strip() == b"true"

    def bring(self, oids: Iterable[str]) -> None:
        """Fetch what is not at hand of so many contents, in one go."""
        wanted = list(dict.fromkeys(oids))
        if self._fetch and wanted:
            process = self._git.run("cat-file", "--batch-check", stdin=lines(wanted))
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
        contents: dict[str, bytes | None] = {}
        for oid, stored in self._objects.read(oids):
            if stored is None:
                raise GitError(
                    f"object {oid} is missing",
                    remedy="audit a complete repository, not a partial clone",
                )
            contents[oid] = stored.content
        return contents

    def ids(self, files: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str | None]:
        """Return the object id of each (commit, path), None where nothing is."""
        pairs = list(dict.fromkeys(files))
        finished = self._git.run(
            "cat-file", "--batch-check=%(objectname)", stdin=lines(map(":".join, pairs))
        )
        answers = finished.out.decode("utf-8", "replace").splitlines()
        return {
            pair: answer if " " not in answer else None
            for pair, answer in zip(pairs, answers, strict=False)
        }

    def notes(self, commit: str) -> dict[str, bytes]:
        """Return every note in a commit of the notes, by the commit that it stands for."""
        tree = self._git.run("ls-tree", "-r", "-z", commit).out.decode("utf-8", "replace")
        notes: dict[str, list[str]] = {}
        for line in filter(None, tree.split("\x00")):
            meta, _, path = line.partition("\t")
            mode, kind, oid = meta.split(" ")
            if kind == "blob" and mode.startswith("100"):
                notes.setdefault(path.replace("/", ""), []).append(oid)
        blobs = [oid for oids in notes.values() for oid in oids]
        self.bring(blobs)
        texts = self.contents(blobs)
        return {
            commit: b"\n".join(texts[oid] or b"" for oid in oids) for commit, oids in notes.items()
        }

    def tags(self, tags: Mapping[str, str]) -> list[TaggedCommit]:
        """Return what tags are, by name and object id."""
        return tag_objects.read(self._git, tags)

    def signatures(self, commits: Iterable[str], signers: bytes) -> Mapping[str, Signature]:
        """Return how the signature of each commit stands to a file of allowed signers; see
        `signatures.verify`.
        """
        return signatures.verify(self._git, commits, signers)
