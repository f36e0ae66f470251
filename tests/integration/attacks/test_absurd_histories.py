"""Commits and rules that no git makes: the audit says what it thinks of them, and ends."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from tests.integration.attacks.attacked import FILE, AttackedRepository

PERSON = "A <a@example.com>"
PEOPLE = {
    "no committer": (f"author {PERSON} 1700000000 +0000", ""),
    "no person at all": ("", ""),
    "a committer without a date": (f"author {PERSON} 1700000000 +0000", f"committer {PERSON}"),
    "a word as the date": ("", f"committer {PERSON} abc +0000"),
    "a date before the epoch": ("", f"committer {PERSON} -1 +0000"),
    "a date with an exponent": ("", f"committer {PERSON} 1e3 +0000"),
    "an author without an address": ("author A", f"committer {PERSON} 1700000000 +0000"),
    "an address that is not closed": ("author A <a 1 +0000", f"committer {PERSON} 1700000000 +0"),
    "a zone that does not exist": ("", f"committer {PERSON} 1700000000 +99999999"),
    "a missing encoding": ("", f"committer {PERSON} 1700000000 +0000\nencoding nonsense"),
    "an encoding with zero bytes": ("", f"committer {PERSON} 1700000000 +0000\nencoding UTF-16"),
}
LATE = {"64 bits": "9223372036854775808", "all bits": "18446744073709551615", "digits": "9" * 5000}
LOOKS = (
    ("status",),
    ("history", "shop"),
    ("explain", "shop", "--env", "prod"),
    ("report", "--html", "report"),
    ("plan", "promote", "shop", "--to", "stage"),
    ("check", "shop", "--env", "prod", "--name", "smoke", "--passed"),
    ("rollback", "shop", "--env", "stage"),
)


def raw_commit(attacked: AttackedRepository, *people: str, message: str = "odd\n") -> str:
    """Return a commit on top of production's branch with these lines as its people."""
    attacked.fetch()
    tree = attacked.git("rev-parse", f"{attacked.head}^{{tree}}")
    lines = [f"tree {tree}", f"parent {attacked.head}", *filter(None, people), "", message]
    words = ("hash-object", "-t", "commit", "-w", "--literally", "--stdin")
    return attacked.git(*words, stdin="\n".join(lines))


def all_and_each(texts: Iterable[tuple[str, ...]], names: Iterable[str]) -> list[Any]:
    """Return the parameters of a test that tries all in one history, and slowly each alone."""
    each = list(texts)
    alone = [
        pytest.param([text], id=name, marks=pytest.mark.slow)
        for text, name in zip(each, names, strict=True)
    ]
    return [pytest.param(each, id="all"), *alone]


@pytest.mark.parametrize("people", all_and_each(PEOPLE.values(), PEOPLE))
def test_a_commit_that_git_would_not_make_stops_nothing(
    attacked: AttackedRepository,
    people: list[tuple[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Old imports have them: every command goes on to work."""
    monkeypatch.chdir(attacked.world.folder)
    attacked.deploy("16")
    for lines in people:
        attacked.is_taken(raw_commit(attacked, *lines))
    for words in LOOKS:
        attacked.world.run(*words, check=0)


@pytest.mark.parametrize("dates", all_and_each(((date,) for date in LATE.values()), LATE))
def test_a_date_beyond_all_clocks_is_refused_and_stops_nothing(
    attacked: AttackedRepository, dates: list[tuple[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hook does not let it in; where there is none, it is told and counts nowhere."""
    monkeypatch.chdir(attacked.world.folder)
    attacked.deploy("16")
    for (date,) in dates:
        commit = raw_commit(attacked, "", f"committer {PERSON} {date} +0000")
        pushed = attacked.push(commit)
        assert pushed.taken != attacked.hook
        assert ("NO   date " in pushed.words) == attacked.hook
    assert attacked.audit() == []
    told = [each["kind"] for each in attacked.notices()]
    assert told == ["date"] * (0 if attacked.hook else len(dates))
    for words in LOOKS:
        attacked.world.run(*words, check=0)


def test_a_commit_of_many_lines_is_read_in_time(attacked: AttackedRepository) -> None:
    """100,000 lines, each of which looks like a trailer."""
    lines = "".join(f"Gitops-App: shop{number}\n" for number in range(100_000))
    message = f"odd\n\nGitops-Operation: update\n{lines}"
    people = f"committer {PERSON} 1700000000 +0000"
    attacked.push(raw_commit(attacked, f"author{people[9:]}", people, message=message))
    attacked.world.run("audit", "--timeout", "60s")
    attacked.world.run("history", "shop", "--timeout", "60s", check=0)


@pytest.mark.parametrize(
    "value",
    [f"soak: {'9' * 5000}d", "soak: " + "[" * 5000, "requires: '>=" + "9" * 5000 + ".1'"],
    ids=["soak", "nesting", "version"],
)
def test_rules_of_the_past_that_nobody_can_read_are_told(
    attacked: AttackedRepository, value: str
) -> None:
    """They were mended since; the rules before them stayed in force."""
    rules = attacked.world.text("gitops.yaml")
    attacked.push(
        attacked.commit({"gitops.yaml": f"{value}\n{rules}\n"}, onto=attacked.world.head()), "main"
    )
    attacked.push(
        attacked.commit({"gitops.yaml": rules + "\n"}, onto=attacked.world.head()), "main"
    )
    assert attacked.audit() == []


@pytest.mark.parametrize("how", ["replacement", "commit-graph"])
def test_what_lies_beside_the_objects_is_not_believed(
    attacked: AttackedRepository, how: str
) -> None:
    """Production was changed by hand; who looks after the server's files says that the history
    begins after that.
    """
    unguarded = replace(attacked, hook=False)
    unguarded.push(attacked.commit({FILE: attacked.with_tag("99")}))
    forged = attacked.head
    unguarded.push(attacked.commit({"README.md": "hello\n"}))
    if how == "replacement":
        attacked.world.git("replace", "--graft", attacked.head)
    else:
        write_lying_graph(attacked)
    (found,) = unguarded.audit()
    assert (found["kind"], found["commit"]) == ("hand-edit", forged)


def write_lying_graph(attacked: AttackedRepository) -> None:
    """Write a commit-graph in which the newest commit of production's branch has no parents."""
    git, head = attacked.world.git, attacked.head
    git("-c", "core.commitGraph=true", "commit-graph", "write", "--reachable")
    file = attacked.world.bare / "objects/info/commit-graph"
    raw = bytearray(file.read_bytes())
    chunks = {
        bytes(raw[at : at + 4]): int.from_bytes(raw[at + 4 : at + 12], "big")
        for at in range(8, 8 + 12 * raw[6], 12)
    }
    # a list of all ids, and for each its tree (20 bytes) and its first parent
    position = (raw.index(bytes.fromhex(head), chunks[b"OIDL"]) - chunks[b"OIDL"]) // 20
    parent = chunks[b"CDAT"] + 36 * position + 20
    raw[parent : parent + 4] = (0x70000000).to_bytes(4, "big")
    file.chmod(0o644)
    file.write_bytes(raw)
    assert git("-c", "core.commitGraph=true", "rev-list", "--count", attacked.branch) == "1"
