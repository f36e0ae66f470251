"""soak, checks, freeze, withdrawn and render as tables: facts in, verdict out."""

from typing import Any

import pytest

from gitops_ci import gates
from gitops_ci.check_results import CheckResult
from gitops_ci.gates import Facts, Soak, Withdrawal
from gitops_ci.model import Known, Unknown
from gitops_ci.operation import ADOPT, PROMOTE, ROLLBACK, UPDATE, Actor, Verdict
from tests.unit.test_gates import STAGE, A, B, setup

NOW = 1_795_500_000
SOAK, CHECKS = "    soak: 4h", "    checks: [integration, security]"
FREEZE = '    freeze: [{from: "2026-01-01", to: "2026-12-31", timezone: Europe/Zurich, reason: audit}]'
HOUR = 3600


def verdict(gate: str, policy: str, operation: str = PROMOTE, actor: Actor | None = None, **facts: Any) -> Verdict:
    """Return one gate's verdict with every digest confirmed."""
    planned, read, who = setup(policy, operation=operation, origin=STAGE, actor=actor)
    known = Facts({each: Known(A) for each in gates.digests_needed(planned)}, {}, None, now=NOW, **facts)
    return next(each for each in gates.judge(planned, read, known, who) if each.gate == gate)


def result(name: str, *, passed: bool = True, when: int = 1, digest: str | None = A) -> CheckResult:
    return CheckResult("shop", "stage", digest, name, passed, when, by="ci", url="https://ci.example.com/7")


@pytest.mark.parametrize(
    ("soaked", "state", "words"),
    [
        (Soak(4 * HOUR), "passed", "15 ran 4h in stage"),
        (Soak(4 * HOUR - 1), "refused", "does not run in stage now, and ran there 3h59m"),
        (Soak(0, since=NOW - 4 * HOUR), "passed", "15 ran 4h"),
        (Soak(HOUR, since=NOW - HOUR), "refused", "has run 1h of 4h in stage, long enough in 3h"),
        (Soak(0, since=NOW + 60), "refused", "has run 0s of 4h"),
        (None, "refused", "ran there 0s"),
    ],
)
def test_soak(soaked: Soak | None, state: str, words: str) -> None:
    found = verdict("soak", SOAK, soaked={"shop": soaked} if soaked else {})
    assert (found.state, words in found.reason) == (state, True), found
    assert found.measure == ("4h" if state == "passed" else "")


def test_a_soak_that_goes_on_says_when_it_is_long_enough() -> None:
    assert verdict("soak", SOAK, soaked={"shop": Soak(0, since=1_795_500_000 - HOUR)}).opens_at == "2026-11-24T09:00:00+00:00"


@pytest.mark.parametrize(
    ("results", "state", "words"),
    [
        ((result("integration"), result("security")), "passed", "integration and security passed"),
        ((result("integration"),), "refused", "no result of security"),
        ((), "refused", "no result of integration and security"),
        ((result("integration"), result("security"), result("security", passed=False, when=2)), "refused", "failed by ci"),
        ((result("integration"), result("security", passed=False), result("security", when=2)), "passed", "passed"),
        ((result("integration"), result("security", passed=False), result("security")), "refused", "security failed"),
        ((result("integration"), result("security", digest=B)), "refused", "no result of security"),
        ((result("integration"), result("security", digest=None)), "passed", "passed"),
    ],
)  # fmt: skip
def test_checks(results: tuple[CheckResult, ...], state: str, words: str) -> None:
    found = verdict("checks", CHECKS, checks={"shop": results})
    assert (found.state, words in found.reason) == (state, True), found
    assert ("gitops-ci check shop --env stage --tag 15 --name" in found.remedy) == (state == "refused")


@pytest.mark.parametrize(("transient", "cause"), [(True, "unavailable"), (False, "failed")])
@pytest.mark.parametrize(("gate", "policy", "fact"), [("soak", SOAK, "soaked"), ("checks", CHECKS, "checks")])
def test_what_is_not_known_is_refused_for_that_reason(gate: str, policy: str, fact: str, transient: bool, cause: str) -> None:
    facts: dict[str, Any] = {fact: {"shop": Unknown("no answer", transient)}}
    found = verdict(gate, policy, **facts)
    assert (found.state, found.cause, found.reason) == ("refused", cause, "no answer")


def test_a_frozen_environment_says_until_when_and_why() -> None:
    found = verdict("freeze", FREEZE)
    assert (found.state, found.opens_at) == ("refused", "2027-01-01T00:00:00+01:00")
    assert found.reason == "prod is frozen until Fri 2027-01-01 00:00 (Europe/Zurich): audit"
    assert verdict("freeze", FREEZE.replace("2026-12-31", "2026-01-02")).state == "passed"


def test_a_freeze_is_opened_by_whom_it_names_alone() -> None:
    policy = FREEZE + "\n"
    refused = verdict("freeze", policy, actor=Actor(("carol",), overrides=("freeze",), reason="outage"))
    assert (refused.state, refused.openers) == ("refused", ())


def test_a_withdrawn_release_is_refused_with_its_story() -> None:
    found = verdict("withdrawn", "", withdrawn={"shop": Withdrawal("c" * 40, "carol", "loses orders")})
    assert (found.state, found.reason) == ("refused", "15 was rolled back from prod by carol (commit cccccccccccc): loses orders")
    assert verdict("withdrawn", "").state == "passed"


@pytest.mark.parametrize(
    ("fact", "state", "cause", "words"),
    [
        (Known(None), "passed", "rule", "renders"),
        (Known("nil pointer"), "refused", "rule", "nil pointer"),
        (Unknown("no helm", transient=False), "refused", "failed", "no helm"),
        (None, "refused", "failed", "nobody rendered"),
    ],
)
def test_render(fact: Any, state: str, cause: str, words: str) -> None:
    planned, read, actor = setup("    render: true", origin=STAGE)
    digests = {each: Known(A) for each in gates.digests_needed(planned)}
    known = Facts(digests, {}, None, rendered={"shop": fact} if fact else {})
    found = {each.gate: each for each in gates.judge(planned, read, known, actor)}["render"]
    assert (found.state, found.cause, words in found.reason) == (state, cause, True), found


@pytest.mark.parametrize(
    ("operation", "names"),
    [
        (PROMOTE, "order digest soak checks freeze withdrawn render approval"),
        (UPDATE, "order digest freeze render approval"),
        (ROLLBACK, "digest approval"),
        (ADOPT, "digest approval"),
    ],
)
def test_each_operation_is_judged_by_its_gates_in_order(operation: str, names: str) -> None:
    policy = "\n".join((*((SOAK, CHECKS) if operation == PROMOTE else ()), FREEZE, "    render: true", "    approval: {}"))
    planned, read, actor = setup(policy, operation=operation, origin=STAGE)
    known = Facts({each: Known(A) for each in gates.digests_needed(planned)}, {}, None, now=NOW)
    # a gate that is declared and can't be judged yet comes once more, as refused
    found = dict.fromkeys(each.gate for each in gates.judge(planned, read, known, actor))
    assert " ".join(found) == names


def test_an_override_that_opens_nothing_is_said_and_not_recorded() -> None:
    actor = Actor(("carol",), overrides=("digest", "soak"), reason="outage")
    planned, read, _ = setup(origin=STAGE, actor=actor)
    known = Facts({each: Known(A) for each in gates.digests_needed(planned)}, {}, None)
    said = gates.unused_overrides(gates.judge(planned, read, known, actor), actor)
    assert said == ("--override digest was not used: digest passed", "--override soak was not used: no such gate is judged here")
