"""The gates as tables: facts in, verdict with a reason out."""

from collections.abc import Sequence
from typing import Any

import pytest

from gitops_ci.base.errors import UsageError
from gitops_ci.core import gates, plan
from gitops_ci.core.config import reader as config
from gitops_ci.core.gates import Facts
from gitops_ci.core.gates.approval import CARRIED_OUT
from gitops_ci.core.gates.argocd import LIVE
from gitops_ci.core.gates.digest import DIGESTS
from gitops_ci.core.gates.gate import FactKind
from gitops_ci.core.gates.render import RENDERED
from gitops_ci.core.gates.sequence import NEWER
from gitops_ci.model.config import Config
from gitops_ci.model.image_reference import parse_reference
from gitops_ci.model.operation import (
    ADOPT,
    PROMOTE,
    ROLLBACK,
    UPDATE,
    Actor,
    Chart,
    ChartEntry,
    Choice,
    Origin,
    Plan,
    Record,
    Request,
    Target,
    Verdict,
)
from gitops_ci.model.release import Fact, Image, Known, Release, Unknown

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64
VALUES = b'image:\n  tag: "14"\n  digest: ""\n'
CONFIG = """\
version: 1
apps:
  shop: {images: [{repository: {default: r.example.com/shop, prod: p.example.com/shop}, tag: image.tag, digest: image.digest}]}
environments:
  dev: {}
  stage: {from: dev}
  prod:
    from: stage
    override: {digest: [carol], order: ["Carol Jones"]}
%s
people: {alice: [alice@example.com, A.Liddell@Example.com], dave: [dave@example.com], Carol Jones: [carol]}
"""
DISTINCT = "    approval: {approvers: [alice, bob], distinct: true}"


def setup(
    policy: str = "",
    *,
    operation: str = PROMOTE,
    environment: str = "prod",
    origin: Origin | None = None,
    release: Release | None = None,
    actor: Actor | None = None,
    charts: dict[str, Chart] | None = None,
) -> tuple[Plan, Config, Actor]:
    """Make a plan that moves one application."""
    read = config.read((CONFIG % policy).encode())
    app, target = read.apps["shop"], read.environments[environment]
    actor = actor or Actor(("carol",))
    file = read.values_file(app, target)
    before = Release((Image(app.images[0].repository_in("shop", environment) or "", "14"),))
    release = release or Release((Image("r.example.com/shop", "15", A),))
    request = Request(operation, environment, actor)
    targets = [Target(app, target, "main", file, before)]
    return (
        plan.make(
            request, targets, [Choice(app, release, origin)], {("main", file): VALUES}, charts or {}
        ),
        read,
        actor,
    )


def judge(
    made: tuple[Plan, Config, Actor],
    fact: Fact | None = None,
    *,
    newer: str | None = None,
    used: str | None = None,
) -> dict[str, Verdict]:
    """Return the verdicts by gate."""
    planned, read, actor = made
    digests = {reference: fact or Known(A) for reference in gates.digests_needed(planned)}
    facts = Facts({DIGESTS: {"shop": digests}, NEWER: {"shop": newer}, CARRIED_OUT: {"shop": used}})
    return {verdict.gate: verdict for verdict in gates.judge(planned, read, facts, actor)}


def record(environment: str = "stage") -> Record:
    return Record("c" * 40, "d" * 40, 0, PROMOTE, "shop", environment, Release(()))


STAGE = Origin("stage", record(), present=True)


@pytest.mark.parametrize(
    ("origin", "policy", "state", "words"),
    [
        (STAGE, "", "passed", "runs in stage (commit cccccccccccc)"),
        (Origin("stage", record(), present=False), "", "passed", "ran in stage"),
        (Origin("stage", None, present=True), "", "passed", "runs in stage"),
        (Origin("stage", None, present=True), DISTINCT, "refused", "by hand"),
        (
            Origin("stage", None, present=True, adopted=True),
            DISTINCT,
            "passed",
            "since before gitops.yaml",
        ),
        (
            Origin("dev", record("dev"), present=True),
            "",
            "refused",
            "never ran in stage, only in dev",
        ),
        (None, "", "refused", "never ran in stage"),
    ],
)
def test_order(origin: Origin | None, policy: str, state: str, words: str) -> None:
    verdict = judge(setup(policy, origin=origin))["order"]
    assert (verdict.state, words in verdict.reason) == (state, True), verdict
    assert (verdict.state == "passed") == (not verdict.remedy)


@pytest.mark.parametrize(
    ("policy", "digest", "fact", "state", "cause", "words"),
    [
        ("required", A, Known(A), "passed", "rule", A),
        ("required", A, Known(B), "refused", "rule", "overwritten"),
        ("required", A, Known(None), "refused", "rule", "does not exist"),
        ("required", A, Unknown("down", transient=True), "refused", "unavailable", "down"),
        ("required", A, Unknown("login", transient=False), "refused", "failed", "login"),
        ("required", None, Known(A), "refused", "rule", "no digest is known"),
        ("available", A, Known(A), "passed", "rule", A),
        ("available", A, Known(B), "refused", "rule", "overwritten"),
        ("available", A, Known(None), "refused", "rule", "does not exist"),
        ("available", A, Unknown("down", transient=True), "passed", "rule", "not confirmed: down"),
        ("available", None, Known(B), "passed", "rule", B),
        ("off", A, Known(B), "passed", "rule", "not asked"),
        ("off", None, Known(None), "passed", "rule", "not asked"),
    ],
)
def test_digest(
    policy: str, digest: str | None, fact: Fact, state: str, cause: str, words: str
) -> None:
    release = Release((Image("r.example.com/shop", "15", digest),))
    verdict = judge(setup(f'    verify_digest: "{policy}"', origin=STAGE, release=release), fact)[
        "digest"
    ]
    assert (verdict.state, verdict.cause, words in verdict.reason) == (state, cause, True), verdict


def test_the_target_registry_is_asked() -> None:
    planned, _, _ = setup(origin=STAGE)
    assert gates.digests_needed(planned) == [parse_reference("p.example.com/shop:15")]


def test_a_missing_image_names_the_command_that_copies_the_tested_one() -> None:
    remedy = judge(setup(origin=STAGE), Known(None))["digest"].remedy
    assert (
        remedy == f"copy it: skopeo copy --all docker://r.example.com/shop@{A} "
        "docker://p.example.com/shop:15"
    )


def test_a_promotion_without_a_digest_is_told_to_adopt() -> None:
    release = Release((Image("r.example.com/shop", "15"),))
    assert (
        "gitops-ci adopt shop --env stage"
        in judge(setup(origin=STAGE, release=release))["digest"].remedy
    )


@pytest.mark.parametrize(
    ("fact", "cause"),
    [
        (Unknown("down", transient=True), "unavailable"),
        (Unknown("login", transient=False), "failed"),
    ],
)
@pytest.mark.parametrize("operation", [ADOPT, UPDATE])
def test_a_registry_that_does_not_answer_is_the_reason_where_it_is_asked_for_the_digest(
    operation: str, fact: Fact, cause: str
) -> None:
    release = Release((Image("r.example.com/shop", "15"),))
    verdict = judge(
        setup('    verify_digest: "required"', operation=operation, release=release), fact
    )["digest"]
    assert (verdict.state, verdict.cause) == ("refused", cause)


APPROVERS = "    approval: {approvers: [alice, bob]}"
ANYBODY = "    approval: {distinct: true}"
WITH_REASON = "    approval: {approvers: [alice], reason: true}"


@pytest.mark.parametrize(
    ("policy", "by", "requester", "authors", "state", "words"),
    [
        (APPROVERS, [], "carol", [], "pending", "waits for the approval of alice or bob"),
        (APPROVERS, ["alice"], "carol", [], "passed", "approved by alice"),
        (APPROVERS, ["ALICE"], "carol", [], "passed", "ALICE"),
        (APPROVERS, ["alice@example.com"], "carol", [], "passed", "alice"),
        (APPROVERS, ["a.liddell@example.COM"], "carol", [], "passed", "liddell"),
        (
            APPROVERS,
            ["mallory"],
            "carol",
            [],
            "refused",
            "mallory is not among the approvers of prod",
        ),
        (APPROVERS, ["alice", "mallory"], "carol", [], "refused", "mallory"),
        (APPROVERS, ["alice"], "alice", ["alice@example.com"], "passed", "alice"),
        (DISTINCT, ["alice"], "alice", [], "refused", "asked for it"),
        (DISTINCT, ["alice"], "Alice@Example.com", [], "refused", "asked for it"),
        (
            DISTINCT,
            ["alice"],
            "carol",
            ["alice@example.com"],
            "refused",
            "an author of the source revision",
        ),
        (
            DISTINCT,
            ["alice"],
            "carol",
            ["dave@example.com", "A.LIDDELL@example.com"],
            "refused",
            "an author",
        ),
        (DISTINCT, ["alice"], "carol", ["dave@example.com"], "passed", "alice"),
        (DISTINCT, ["alice"], "carol", ["erin@example.com"], "refused", "not under people"),
        (DISTINCT, ["alice"], "carol", [" erin@example.com "], "refused", "not under people"),
        (DISTINCT, ["bob"], "carol", ["dave@example.com"], "passed", "bob"),
        (DISTINCT, [], "alice", [], "pending", "waits for the approval of bob"),
        (
            DISTINCT,
            [],
            "alice",
            ["bob@example.com"],
            "refused",
            "nobody is left who may approve: alice asked for it",
        ),
        (DISTINCT, [], "carol", ["erin@example.com"], "refused", "not under people"),
        (ANYBODY, ["anna"], "carol", ["dave@example.com"], "passed", "anna"),
        (ANYBODY, ["CAROL"], "carol", [], "refused", "asked for it"),
        (ANYBODY, ["carol jones"], "carol", [], "refused", "asked for it"),
        (ANYBODY, [], "carol", [], "pending", "anyone but the requester"),
        ("    approval: {approvers: []}", ["alice"], "carol", [], "refused", "not among"),
        ("    approval: {approvers: []}", [], "carol", [], "pending", "nobody"),
        (WITH_REASON, ["alice"], "carol", [], "refused", "a reason is required"),
        (WITH_REASON, [], "carol", [], "pending", "waits for a reason, and the approval of alice"),
    ],
)
def test_approval(
    policy: str, by: Sequence[str], requester: str, authors: Sequence[str], state: str, words: str
) -> None:
    release = Release((Image("r.example.com/shop", "15", A),), source_authors=tuple(authors))
    actor = Actor((requester,), approved_by=tuple(by))
    verdict = judge(setup(policy, origin=STAGE, release=release, actor=actor))["approval"]
    assert (verdict.state, words in verdict.reason) == (state, True), verdict


def test_an_approval_is_bound_to_the_plan() -> None:
    made = setup(APPROVERS, origin=STAGE, actor=Actor(("carol",), approved_by=("alice",)))
    same = setup(
        APPROVERS,
        origin=STAGE,
        actor=Actor(("carol",), approved_by=("alice",), approved_plan=made[0].id),
    )
    assert judge(same)["approval"].state == "passed"
    recorded = Actor(("carol",), approved_by=("alice",), approved_plan=f"  2:{made[0].id.upper()} ")
    assert judge(setup(APPROVERS, origin=STAGE, actor=recorded))["approval"].state == "passed"
    foreign = setup(
        APPROVERS,
        origin=STAGE,
        actor=Actor(("carol",), approved_by=("alice",), approved_plan="f" * 64),
    )
    verdict = judge(foreign)["approval"]
    assert verdict.state == "refused"
    assert "f" * 64 in verdict.reason
    assert "gitops-ci plan promote shop --to prod" in verdict.remedy
    said = judge(foreign, used="e" * 40)["approval"].reason
    assert "carried out by commit eeeeeeeeeeee, and counts once" in said
    unasked = setup(
        operation=ROLLBACK, origin=STAGE, actor=Actor(("carol",), approved_plan="f" * 64)
    )
    assert judge(unasked)["approval"].state == "refused"


@pytest.mark.parametrize(
    ("requester", "override", "state", "words"),
    [
        ("carol", "digest", "overridden", "overridden by carol: outage"),
        ("Carol Jones", "digest", "overridden", "overridden"),
        ("erin", "digest", "refused", "only carol may"),
        ("carol", "order", "refused", "overwritten"),
    ],
)
def test_an_override_is_for_whom_it_names(
    requester: str, override: str, state: str, words: str
) -> None:
    actor = Actor((requester,), overrides=(override,), reason="outage")
    verdict = judge(setup(origin=STAGE, actor=actor), Known(B))["digest"]
    assert (verdict.state, words in verdict.reason) == (state, True), verdict
    assert verdict.openers == (() if state == "overridden" else ("carol",))


def test_an_override_changes_nothing_where_the_gate_is_open() -> None:
    assert (
        judge(setup(origin=STAGE, actor=Actor(("erin",), overrides=("digest",), reason="x")))[
            "digest"
        ].state
        == "passed"
    )


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [(("order",), None), (("approval",), "x"), (("ordre",), "x"), (("",), "x")],
)
def test_an_override_without_reason_or_gate_is_a_usage_error(
    overrides: tuple[str, ...], reason: str | None
) -> None:
    with pytest.raises(UsageError):
        judge(setup(origin=STAGE, actor=Actor(("carol",), overrides=overrides, reason=reason)))


def test_a_late_build_is_refused_and_a_rule_that_is_not_known_too() -> None:
    late = judge(setup(operation=UPDATE, environment="dev"), newer="build 16")["order"]
    assert (late.state, "build 16" in late.reason) == ("refused", True)
    assert judge(setup("    soak: 4h", origin=STAGE))["soak"].state == "refused"
    assert "soak" not in judge(setup("    soak: 4h", operation=ROLLBACK, origin=STAGE))


def carrying(*own: str, before: str = "1" * 40) -> dict[str, Chart]:
    return {
        "shop": Chart("main", "c" * 40, (ChartEntry("charts", "40000", before, "2" * 40),), own)
    }


def test_a_chart_that_would_replace_own_changes_is_refused_and_never_overridden() -> None:
    assert (
        "charts as on main at commit cccccccccccc"
        in judge(setup(origin=STAGE, charts=carrying()))["chart"].reason
    )
    refused = judge(setup(origin=STAGE, charts=carrying("charts", "a.yaml")))["chart"]
    assert (refused.state, refused.openers) == ("refused", ())
    assert "charts and a.yaml changed on main itself" in refused.reason
    assert "merge main" in refused.remedy
    with pytest.raises(UsageError):
        judge(
            setup(
                origin=STAGE,
                charts=carrying("charts"),
                actor=Actor(("carol",), overrides=("chart",), reason="now"),
            )
        )


def identity(policy: str = "", **changes: Any) -> str:
    return setup(policy, **({"origin": STAGE} | changes))[0].id


def test_the_plan_id_is_that_of_what_would_be_written() -> None:
    one = identity()
    assert (
        identity(actor=Actor(("somebody",), approved_by=("x",), reason="y", build_url="z")) == one
    )
    assert identity(origin=Origin("stage", None, present=True)) == one
    release = Release(
        (Image("r.example.com/shop", "15", A),),
        source_revision="r",
        source_authors=("a",),
        build_url="b",
    )
    assert identity(release=release) == one
    others = [
        identity(release=Release((Image("r.example.com/shop", "16", A),))),
        identity(release=Release((Image("r.example.com/shop", "15", B),))),
        identity(release=Release((Image("r.example.com/shop", "15"),))),
        identity(DISTINCT),
        identity("    soak: 4h"),
        identity(operation=ROLLBACK),
        identity(environment="stage"),
        identity(charts=carrying()),
        identity(charts=carrying(before="3" * 40)),
        identity(actor=Actor(("carol",), overrides=("order",))),
    ]
    assert len({one, *others}) == len(others) + 1


ALL_RULES = """\
    approval: {approvers: [alice]}
    soak: 4h
    checks: [integration]
    freeze: [{from: "2001-01-01", to: "2999-12-31", timezone: UTC}]
    render: true
    argocd: true"""


def test_a_rollback_is_judged_by_digest_and_approval_alone() -> None:
    found = judge(setup(ALL_RULES, operation=ROLLBACK))
    assert {gate: verdict.state for gate, verdict in found.items()} == {
        "digest": "passed",
        "approval": "pending",
    }
    assert {"order", "soak", "checks", "freeze", "withdrawn", "render", "argocd"} <= judge_unknown(
        ALL_RULES
    ).keys()


def judge_unknown(policy: str) -> dict[str, Verdict]:
    """Return the verdicts on a promotion of which nothing else is known."""
    planned, read, actor = setup(policy, origin=STAGE)
    nothing = Unknown("not asked", transient=True)
    digests = {reference: Known(A) for reference in gates.digests_needed(planned)}
    values: dict[FactKind[Any], Any] = {DIGESTS: digests, RENDERED: nothing, LIVE: nothing}
    facts = Facts({kind: {"shop": value} for kind, value in values.items()}, now=1_795_500_000)
    return {verdict.gate: verdict for verdict in gates.judge(planned, read, facts, actor)}


PINNED, EXACT = parse_reference("p.example.com/shop:15"), parse_reference(f"p.example.com/shop@{A}")


@pytest.mark.parametrize(
    ("exact", "state", "words"),
    [
        (Known(A), "passed", "was overwritten since"),
        (Unknown("down", transient=True), "passed", "was overwritten since"),
        (Known(None), "refused", "does not exist in its registry any more"),
    ],
)
def test_a_tag_that_was_overwritten_does_not_stop_a_rollback_to_its_digest(
    exact: Fact, state: str, words: str
) -> None:
    planned, read, actor = setup(operation=ROLLBACK)
    assert set(gates.digests_needed(planned)) == {PINNED, EXACT}
    (found,) = gates.judge(
        planned, read, Facts({DIGESTS: {"shop": {PINNED: Known(B), EXACT: exact}}}), actor
    )
    assert (found.state, words in found.reason, found.warning) == (state, True, "")
    assert found.measure == ("overwritten" if state == "passed" else "")


def test_a_rollback_to_an_overwritten_tag_without_a_digest_says_what_is_going_to_run() -> None:
    read = config.read((CONFIG % "").replace(", digest: image.digest", "").encode())
    app, prod = read.apps["shop"], read.environments["prod"]
    release, before = (
        Release((Image("p.example.com/shop", "15", A),)),
        Release((Image("p.example.com/shop", "14"),)),
    )
    actor = Actor(("carol",))
    target = Target(app, prod, "main", "values-prod.yaml", before)
    values = {("main", "values-prod.yaml"): b'image:\n  tag: "14"\n'}
    planned = plan.make(
        Request(ROLLBACK, "prod", actor), [target], [Choice(app, release, None)], values
    )
    (found,) = gates.judge(
        planned, read, Facts({DIGESTS: {"shop": {PINNED: Known(B), EXACT: Known(A)}}}), actor
    )
    assert (found.state, found.measure) == ("passed", "overwritten")
    assert "values-prod.yaml holds no digest, so that is what is going to run" in found.warning
