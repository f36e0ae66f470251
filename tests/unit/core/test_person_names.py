"""Whatever looks like somebody is that person, and who asked is told apart from what started a
build.
"""

import pytest

from gitops_ci.core.config import reader
from gitops_ci.core.gates.people import identity, mapped_name
from gitops_ci.core.person_names import folded, mailbox, visible
from gitops_ci.core.requesters import is_nobody, people_of, requesters
from gitops_ci.model.config import Config

CYRILLIC_A = "\u0430"


@pytest.mark.parametrize(
    "name",
    [
        "Alice",
        " alice ",
        "al\u200bice",
        "al\u00adice",
        "al\x07ice",
        "\u202ealice",
        "ali\u3164ce",
        "alice\ufe0f",
        f"{CYRILLIC_A}lice",
        f"{CYRILLIC_A.upper()}LICE",
        "alic\u0435",
        "\u217cal\u0456c\u0435"[1:],
        "\uff41\uff4c\uff49\uff43\uff45",
        "\U0001d41alice",
    ],
)
def test_what_looks_like_alice_is_alice(name: str) -> None:
    assert folded(name) == "alice"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("alice", "alicia"),
        ("user1", "userl"),
        ("modern", "rnodern"),
        ("Zo\u00eb", "Zoe"),
        ("\u00d8rsted", "Orsted"),
        ("\u738b\u5c0f\u660e", "\u738b\u5927\u660e"),
        ("\u0418\u0432\u0430\u043d", "\u0418\u0440\u0438\u043d\u0430"),
    ],
)
def test_who_reads_differently_is_somebody_else(one: str, two: str) -> None:
    assert folded(one) != folded(two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("\u0418\u0412\u0410\u041d", "\u0438\u0432\u0430\u043d"),
        ("e\u0301milie", "\u00c9milie"),
        ("Stra\u00dfe", "STRASSE"),
        ("Alice  Smith", "alice\tsmith"),
    ],
)
def test_case_and_composition_make_no_second_person(one: str, two: str) -> None:
    assert folded(one) == folded(two)


def test_a_plus_sign_in_an_address_reaches_the_same_person() -> None:
    assert mailbox("alice+ci@example.com") == "alice@example.com"
    assert mailbox("alice+a+b@example.com") == "alice@example.com"
    for name in ("alice+x", "+x@example.com", "alice@a+b.example.com", "a b+c@example.com"):
        assert mailbox(name) == name


def read(people: str) -> Config:
    text = f"version: 1\napps: {{shop: {{}}}}\nenvironments: {{dev: {{}}}}\npeople: {people}\n"
    return reader.read(text.encode())


def test_people_are_found_by_every_spelling_of_an_address() -> None:
    config = read("{alice: [alice@example.com], bob: [b+work@example.com]}")
    for address in (
        "alice+x@example.com",
        "ALICE+ci@Example.com",
        f"{CYRILLIC_A}lice+x@example.com",
        "Alice",
    ):
        assert mapped_name(address, config) == "alice", address
    assert mapped_name("b@example.com", config) == "bob"
    assert mapped_name("erin+x@example.com", config) is None
    assert identity("erin+x@example.com", config) == identity("Erin@example.com", config)


def test_a_mailbox_that_people_share_stands_for_each_by_its_own_address_alone() -> None:
    config = read("{alice: [team+alice@example.com], bob: [team+bob@example.com]}")
    assert mapped_name("team+alice@example.com", config) == "alice"
    assert mapped_name("TEAM+bob@example.com", config) == "bob"
    assert mapped_name("team@example.com", config) is None
    assert mapped_name("team+erin@example.com", config) is None


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["alice"], ("alice",)),
        ([" Alice ", "ALICE", "bob"], ("ALICE", "bob")),
        (["alice\nbob"], ("alice", "bob")),
        (["alice\u2028bob\r\n\ncarol"], ("alice", "bob", "carol")),
        (["al\x07i\u200bce"], ("alice",)),
        (["", "  ", "\u200b"], ()),
        (
            ["jenkins: hudson.triggers.SCMTrigger$SCMTriggerCause: Started by an SCM change"],
            ("nobody: push",),
        ),
        (
            ["jenkins: jenkins.branch.BranchEventCause: Push event to branch main"],
            ("nobody: push",),
        ),
        (["jenkins: jenkins.branch.BranchIndexingCause: Branch indexing"], ("nobody: push",)),
        (
            ["jenkins: com.cloudbees.jenkins.GitHubPushCause: Started by GitHub push by carol"],
            ("nobody: push",),
        ),
        (
            ["jenkins: hudson.triggers.TimerTrigger$TimerTriggerCause: Started by timer"],
            ("nobody: timer",),
        ),
        (
            [
                "jenkins: hudson.triggers.TimerTrigger$TimerTriggerCause: Started by timer",
                "jenkins: hudson.triggers.SCMTrigger$SCMTriggerCause: Started by an SCM change",
            ],
            ("nobody: timer", "nobody: push"),
        ),
        (
            ["jenkins: hudson.triggers.TimerTrigger$TimerTriggerCause: Started by timer", "alice"],
            ("alice",),
        ),
        (
            ["jenkins: hudson.model.Cause$RemoteCause: Started by remote host 10.0.0.1"],
            ("jenkins: Started by remote host 10.0.0.1",),
        ),
        (
            [
                "jenkins: "
                "org.jenkinsci.plugins.workflow.support.steps.build.BuildUpstreamCause: "
                "Started by upstream",
                "jenkins: jenkins.branch.BranchEventCause: Push event to branch main",
            ],
            ("nobody: push",),
        ),
        (
            [
                "jenkins: hudson.model.Cause$UpstreamCause: Started by upstream project "
                '"up" build number 1'
            ],
            ('jenkins: Started by upstream project "up" build number 1',),
        ),
        (["jenkins: Started by an SCM change"], ("jenkins: Started by an SCM change",)),
        (["Nobody: Push"], ("nobody: push",)),
        (["nobody: me"], ("nobody: me",)),
    ],
)
def test_who_asked(texts: list[str], found: tuple[str, ...]) -> None:
    assert requesters(texts) == found


def test_nobody_is_a_state_of_its_own() -> None:
    assert is_nobody(["nobody: push"])
    assert is_nobody(["Nobody: Timer", "nobody: push"])
    assert not is_nobody([])
    assert not is_nobody(["nobody: me"])
    assert not is_nobody(["nobody: push", "alice"])
    assert people_of(["nobody: push", "alice"]) == ("alice",)


def test_a_record_shows_a_name_as_it_is_read() -> None:
    assert visible(" al\x07i\u200bce\u00a0 b ") == "alice b"
