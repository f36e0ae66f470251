"""What an attack is made on, and how it is written."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from tests.fuzz import values
from tests.fuzz.history import History
from tests.fuzz.identities import MALLORY
from tests.fuzz.oracle import Place
from tests.fuzz.server import HEADS, File, NewCommit, Server

Pushed = Mapping[str, str | None]  # new commits by reference


class Target(Struct, frozen=True):
    """A place whose value somebody wants to be another one."""

    history: History
    place: Place

    @property
    def server(self) -> Server:
        return self.history.server

    @property
    def branch(self) -> str:
        return self.history.branch(self.place)

    @property
    def head(self) -> str:
        return self.history.head(self.place)

    @property
    def file(self) -> str:
        return self.history.file(self.place)

    @property
    def folder(self) -> str:
        return self.file.rpartition("/")[0]

    @property
    def text(self) -> str:
        return self.history.text(self.place)

    @property
    def evil(self) -> bytes:
        """Return the values file with the tag that nobody approved."""
        return values.with_tag(self.text, values.EVIL_TAG).encode()

    @property
    def operations(self) -> list[str]:
        """Return the commits of the branch that claim to change the place, the newest first."""
        _, environment = self.place
        pattern = f"^Gitops-Environment: {environment}$"
        words = ["log", "--format=%H", "--no-merges", "--grep", pattern, self.head, "--"]
        return self.server.git(*words, self.file).split()

    def commit(
        self, files: Mapping[str, File], *parents: str, message: str = "by hand", base: str = "",
        when: int | None = None, signed: bool = False,
    ) -> str:  # fmt: skip
        """Commit changes of ``base``, which is the branch's head where nothing else is given."""
        parents = parents or (self.head,)
        new = NewCommit(
            files=files,
            message=message,
            parents=parents,
            base=base or parents[0],
            when=when,
            who=MALLORY,
            signed=signed and self.history.rules.signers,
        )
        return self.server.commit(new)

    def orphan(self, files: Mapping[str, File], when: int | None = None) -> str:
        """Commit changes of the branch's files without a parent."""
        new = NewCommit(files=files, message="x", base=self.head, when=when, who=MALLORY)
        return self.server.commit(new)

    def link(self, path: str) -> File:
        """Return a symbolic link."""
        return self.server.entry("120000", path.encode())

    def push(self, commit: str) -> Pushed:
        """Return the push of a commit to the branch."""
        return {f"{HEADS}{self.branch}": commit}

    def push_with_rules(
        self, rules: bytes | None, files: Mapping[str, File], *, signed: bool = False
    ) -> Pushed:
        """Return the push of other rules and files: of one commit, if both are on one branch."""
        if self.branch == "main":
            return self.push(self.commit({"gitops.yaml": rules, **files}, signed=signed))
        main = self.server.head("main")
        return {
            f"{HEADS}main": self.commit({"gitops.yaml": rules}, main, signed=signed),
            **(self.push(self.commit(files, signed=signed)) if files else {}),
        }

    @property
    def other_file(self) -> str:
        """Return another name for the values file."""
        return self.file.replace("values-", "other-")

    @property
    def rules_of_other_file(self) -> bytes:
        """Return gitops.yaml with that name."""
        name = f"{self.place[1]}.yaml"
        return self.rules(f"values: values-{name}", f"values: other-{name}")

    @property
    def rules_of_other_branch(self) -> bytes:
        """Return gitops.yaml in which the environment lives on the branch ``elsewhere``."""
        text = self.server.content(self.server.head("main"), "gitops.yaml")
        (line,) = (each for each in text.split("\n") if each.startswith(f"  {self.place[1]}:"))
        if self.branch == "main":
            return self.rules(line, line.replace("values: ", "branch: elsewhere, values: "))
        return self.rules(line, line.replace(f"branch: {self.branch}", "branch: elsewhere"))

    def rules(self, old: str, new: str) -> bytes:
        """Return gitops.yaml with other words."""
        text = self.server.content(self.server.head("main"), "gitops.yaml")
        assert old in text, (old, text)
        return text.replace(old, new).encode()


Make = Callable[[Target], Pushed | None]


class Attack(Struct, frozen=True):
    """One kind of attack: ``make`` returns what to push, None where it can't be made there.

    ``audited``: whether the audit can find it afterwards; ``needs``: rules that it takes;
    ``lasting``: whether a history can go on with it; ``plain``: whether the place has the evil tag
    then, where everybody reads it.
    """

    make: Make
    audited: bool = True
    needs: Mapping[str, object] = {}
    lasting: bool = True
    plain: bool = False
