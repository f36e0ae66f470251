"""Who is kept from approving: requesters, and authors where they count; what can't be told is
warned of or refused.
"""

from collections.abc import Sequence

import pytest

from gitops_ci.core import gates, plan
from gitops_ci.core.config import reader
from gitops_ci.core.config.implicit import implicit_config
from gitops_ci.core.gates import Facts
from gitops_ci.core.gates.approval import AUTHORS
from gitops_ci.core.gates.digest import DIGESTS
from gitops_ci.model.config import Config
from gitops_ci.model.operation import (
    ADOPT,
    PROMOTE,
    ROLLBACK,
    Actor,
    Choice,
    Origin,
    Record,
    Request,
    Target,
    Verdict,
)
from gitops_ci.model.release import Image, Known, Release

A = "sha256:" + "a" * 64
PEOPLE = "{alice: [alice@example.com], bob: [bob@example.com], dave: [dave@example.com]}"
STRICT = 'requires: ">=0.2"'
CONFIG = """\
version: 1
{head}
apps: {{shop: {{images: [{{repository: r.example.com/shop, tag: image.tag, digest: image.digest}}]}}}}
environments:
  stage: {{}}
  prod: {{from: stage, approval: {{approvers: [alice, bob, dave], distinct: true{rule}}}}}
people: {people}
"""
PUSH, TIMER = "nobody: push", "nobody: timer"


@pytest.fixture(autouse=True)
def _a_program_of_later_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitops_ci.model.required_version.__version__", "7.2.0")


def configured(*, head: str = "", rule: str = "", people: str = PEOPLE) -> Config:
    return reader.read(CONFIG.format(head=head, rule=rule, people=people).encode())


def judged(
    config: Config,
    requesters: Sequence[str],
    by: Sequence[str] = (),
    *,
    operation: str = PROMOTE,
    authors: Sequence[str] = (),
    recorded: Sequence[str] = (),
) -> Verdict:
    """Return what the approval gate says of a release that ran in stage."""
    app, target = config.app("shop"), config.environments["prod"]
    assert app
    file = config.values_file(app, target)
    actor = Actor(tuple(requesters), approved_by=tuple(by), reason="why")
    release = Release((Image("r.example.com/shop", "15", A),), source_authors=tuple(authors))
    before = Release((Image("r.example.com/shop", "14"),))
    origin = Origin(
        "stage", Record("c" * 40, None, 0, PROMOTE, "shop", "stage", Release(())), present=True
    )
    request = Request(operation, "prod", actor)
    values = {("main", file): b'image: {tag: "14", digest: ""}\n'}
    planned = plan.make(
        request, [Target(app, target, "main", file, before)], [Choice(app, release, origin)], values
    )
    digests = {each: Known(A) for each in gates.digests_needed(planned)}
    facts = Facts({DIGESTS: {"shop": digests}, AUTHORS: {"shop": tuple(recorded)}})
    return next(
        each for each in gates.judge(planned, config, facts, actor) if each.gate == "approval"
    )


@pytest.mark.parametrize("approver", ["alice", "bob"])
def test_each_of_several_who_asked_is_kept_out(approver: str) -> None:
    found = judged(
        configured(), ["alice", "Bob@example.com"], [approver], authors=["dave@example.com"]
    )
    assert (found.state, found.reason) == (
        "refused",
        f"{approver} asked for it and can't approve it too",
    )
    assert judged(configured(), ["alice"], ["bob"], authors=["dave@example.com"]).state == "passed"


@pytest.mark.parametrize(
    "name", ["alice+x@example.com", "\u0430lice", "al\x07ice", "ALICE", "Alice <alice@example.com>"]
)
@pytest.mark.parametrize("people", [PEOPLE, "{}"])
def test_another_spelling_is_no_other_person(name: str, people: str) -> None:
    config = configured() if people == PEOPLE else _anyone()
    approver = "alice@example.com" if people == "{}" and "@" in name else "alice"
    found = judged(config, [name], [approver])
    assert (found.state, "asked for it" in found.reason) == ("refused", True), found


def _anyone() -> Config:
    text = CONFIG.replace("approvers: [alice, bob, dave], ", "").format(
        head="", rule="", people="{}"
    )
    return reader.read(text.encode())


@pytest.mark.parametrize("nobody", [PUSH, TIMER])
def test_where_nobody_asked_the_authors_stand_for_the_requester(nobody: str) -> None:
    assert (
        judged(configured(), [nobody], ["alice"], authors=["alice@example.com"]).state == "refused"
    )
    found = judged(configured(), [nobody], ["alice"], authors=["dave@example.com"])
    assert (found.state, found.warning) == ("passed", "")


def test_where_nobody_asked_the_usual_rules_keep_authors_out_too() -> None:
    config = implicit_config("shop")
    assert (
        judged(config, ["carol"], ["dave@example.com"], authors=["dave@example.com"]).state
        == "passed"
    )
    found = judged(config, [PUSH], ["Dave@example.com"], authors=["dave@example.com"])
    assert (found.state, "is an author" in found.reason) == ("refused", True)
    assert judged(config, [PUSH], ["erin"], authors=["dave@example.com"]).state == "passed"
    assert "nobody recorded who wrote 15" in judged(config, [PUSH], ["erin"]).warning


def test_an_author_whom_another_record_names_counts() -> None:
    found = judged(configured(), ["erin"], ["dave"], recorded=["dave@example.com"])
    assert (found.state, found.reason) == (
        "refused",
        "dave is an author of the source revision and can't approve it",
    )
    both = judged(
        configured(),
        ["alice"],
        ["dave"],
        authors=["bob@example.com"],
        recorded=["dave@example.com"],
    )
    assert both.state == "refused"


@pytest.mark.parametrize("approvers", [[], ["alice"]])
def test_a_requester_who_is_not_under_people_is_warned_of_and_refused_later(
    approvers: list[str],
) -> None:
    found = judged(configured(), ["root"], approvers, authors=["dave@example.com"])
    assert found.state == ("passed" if approvers else "pending")
    assert "root, who asks for it, is not under people" in found.warning
    assert "--requested-by NAME" in found.warning
    strict = judged(
        configured(head=STRICT), ["root", "alice"], approvers, authors=["dave@example.com"]
    )
    assert (strict.state, strict.warning) == ("refused", "")
    assert strict.reason.startswith("root, who asks for it, is not under people")
    assert "--requested-by NAME" in strict.remedy


def test_a_requester_is_compared_by_name_where_there_are_no_people() -> None:
    config = configured(head=STRICT, people="{}", rule=", unknown_authors: allow")
    assert judged(config, ["root"], ["alice"]).state == "passed"
    assert judged(config, ["ALICE"], ["alice"]).state == "refused"


def test_what_no_person_asked_for_is_no_stranger() -> None:
    assert (
        judged(configured(head=STRICT), [PUSH], ["alice"], authors=["dave@example.com"]).state
        == "passed"
    )


@pytest.mark.parametrize(
    ("head", "rule", "state", "warned"),
    [
        ("", "", "passed", True),
        ("", ", unknown_authors: allow", "passed", True),
        ("", ", unknown_authors: refuse", "refused", False),
        (STRICT, "", "refused", False),
        ('requires: ">= 7.2.0"', "", "refused", False),
        ('requires: ">=0.1"', "", "passed", True),
        (STRICT, ", unknown_authors: allow", "passed", True),
    ],
)
def test_a_release_whose_authors_nobody_recorded(
    head: str, rule: str, state: str, warned: bool
) -> None:
    found = judged(configured(head=head, rule=rule), ["alice"], ["bob"])
    assert found.state == state
    assert ("nobody recorded who wrote 15" in found.warning) == warned
    assert (found.reason.startswith("nobody recorded who wrote 15")) == (state == "refused")


@pytest.mark.parametrize("operation", [PROMOTE, ADOPT])
def test_it_is_refused_before_anybody_is_asked(operation: str) -> None:
    assert judged(configured(head=STRICT), ["alice"], operation=operation).state == "refused"


@pytest.mark.parametrize("requester", ["carol", TIMER])
def test_authors_do_not_count_for_a_rollback(requester: str) -> None:
    config = configured(rule=", unknown_authors: refuse")
    authors = ["alice@example.com", "stranger@example.com"]
    assert (
        judged(config, [requester], ["alice"], operation=ROLLBACK, authors=authors).state
        == "passed"
    )
    assert judged(config, [requester], ["alice"], operation=ROLLBACK).state == "passed"
    assert judged(config, ["alice"], ["alice"], operation=ROLLBACK).state == "refused"


def test_a_rollback_needs_the_same_approval_unless_the_rule_says_none() -> None:
    assert judged(configured(), ["alice"], operation=ROLLBACK).state == "pending"
    config = configured(rule=", rollback: none")
    with pytest.raises(StopIteration):
        judged(config, ["alice"], operation=ROLLBACK)
    assert judged(config, ["alice"], authors=["dave@example.com"]).state == "pending"
