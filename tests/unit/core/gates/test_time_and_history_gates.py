"""soak, checks, freeze, withdrawn and render as tables: facts in, verdict out."""

from typing import Any

import pytest

from gitops_ci.core import gates
from gitops_ci.core.gates import Facts
from gitops_ci.core.gates.checks import CHECKS, RecordedChecks
from gitops_ci.core.gates.digest import DIGESTS
from gitops_ci.core.gates.gate import FactKind
from gitops_ci.core.gates.render import RENDERED
from gitops_ci.core.gates.soak import SOAK
from gitops_ci.core.gates.withdrawn import WITHDRAWN
from gitops_ci.model.check_results import CheckResult
from gitops_ci.model.config import Config
from gitops_ci.model.deployment import Soak, Withdrawal
from gitops_ci.model.operation import (
    ADOPT,
    PROMOTE,
    ROLLBACK,
    UPDATE,
    Actor,
    Plan,
    Rendering,
    Verdict,
)
from gitops_ci.model.release import Known, Rendered, Unknown
from tests.unit.core.gates.test_gates import STAGE, A, B, setup

NOW = 1_795_500_000
FOUR_HOURS, TWO_CHECKS = "    soak: 4h", "    checks: [integration, security]"
FREEZE = (
    '    freeze: [{from: "2026-01-01", to: "2026-12-31", timezone: Europe/Zurich, reason: audit}]'
)
HOUR = 3600


def verdict(
    gate: str,
    policy: str,
    actor: Actor | None = None,
    facts: dict[FactKind[Any], Any] | None = None,
) -> Verdict:
    """Return one gate's verdict on a promotion, with every digest confirmed and with these
    facts.
    """
    planned, read, who = setup(policy, origin=STAGE, actor=actor)
    return next(each for each in judged(planned, read, who, facts) if each.gate == gate)


def judged(
    planned: Plan, read: Config, actor: Actor, facts: dict[FactKind[Any], Any] | None = None
) -> tuple[Verdict, ...]:
    """Return all verdicts."""
    digests = {each: Known(A) for each in gates.digests_needed(planned)}
    values = {DIGESTS: digests, **(facts or {})}
    known = Facts({kind: {"shop": value} for kind, value in values.items()}, NOW)
    return gates.judge(planned, read, known, actor)


def result(name: str, *, passed: bool = True, when: int = 1, digest: str | None = A) -> CheckResult:
    return CheckResult(
        "shop", "stage", digest, name, passed, when, by="ci", url="https://ci.example.com/7"
    )


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
    found = verdict("soak", FOUR_HOURS, facts={SOAK: soaked} if soaked else {})
    assert (found.state, words in found.reason) == (state, True), found
    assert found.measure == ("4h" if state == "passed" else "")


def test_a_soak_that_goes_on_says_when_it_is_long_enough() -> None:
    found = verdict("soak", FOUR_HOURS, facts={SOAK: Soak(0, since=1_795_500_000 - HOUR)})
    assert found.opens_at == "2026-11-24T09:00:00+00:00"


@pytest.mark.parametrize(
    ("results", "state", "words"),
    [
        ((result("integration"), result("security")), "passed", "integration and security passed"),
        ((result("integration"),), "refused", "no result of security"),
        ((), "refused", "no result of integration and security"),
        (
            (result("integration"), result("security"), result("security", passed=False, when=2)),
            "refused",
            "failed by ci",
        ),
        (
            (result("integration"), result("security", passed=False), result("security", when=2)),
            "passed",
            "passed",
        ),
        (
            (result("integration"), result("security", passed=False), result("security")),
            "refused",
            "security failed",
        ),
        ((result("integration"), result("security", digest=B)), "refused", "no result of security"),
        ((result("integration"), result("security", digest=None)), "passed", "passed"),
    ],
)
def test_checks(results: tuple[CheckResult, ...], state: str, words: str) -> None:
    found = verdict("checks", TWO_CHECKS, facts={CHECKS: RecordedChecks(results)})
    assert (found.state, words in found.reason) == (state, True), found
    assert ("gitops-ci check shop --env stage --tag 15 --name" in found.remedy) == (
        state == "refused"
    )


@pytest.mark.parametrize(("transient", "cause"), [(True, "unavailable"), (False, "failed")])
@pytest.mark.parametrize(
    ("gate", "policy", "fact"), [("soak", FOUR_HOURS, SOAK), ("checks", TWO_CHECKS, CHECKS)]
)
def test_what_is_not_known_is_refused_for_that_reason(
    gate: str, policy: str, fact: FactKind[Any], transient: bool, cause: str
) -> None:
    found = verdict(gate, policy, facts={fact: Unknown("no answer", transient)})
    assert (found.state, found.cause, found.reason) == ("refused", cause, "no answer")


def test_a_frozen_environment_says_until_when_and_why() -> None:
    found = verdict("freeze", FREEZE)
    assert (found.state, found.opens_at) == ("refused", "2027-01-01T00:00:00+01:00")
    assert found.reason == "prod is frozen until Fri 2027-01-01 00:00 (Europe/Zurich): audit"
    assert verdict("freeze", FREEZE.replace("2026-12-31", "2026-01-02")).state == "passed"


def test_a_freeze_is_opened_by_whom_it_names_alone() -> None:
    policy = FREEZE + "\n"
    refused = verdict(
        "freeze", policy, actor=Actor(("carol",), overrides=("freeze",), reason="outage")
    )
    assert (refused.state, refused.openers) == ("refused", ())


def test_a_withdrawn_release_is_refused_with_its_story() -> None:
    found = verdict(
        "withdrawn", "", facts={WITHDRAWN: Withdrawal("c" * 40, "carol", "loses orders")}
    )
    assert (found.state, found.reason) == (
        "refused",
        "15 was rolled back from prod by carol (commit cccccccccccc): loses orders",
    )
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
    rendering = Rendering("shop", "prod", Rendered(fact))
    found = verdict("render", "    render: true", facts={RENDERED: rendering} if fact else {})
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
    policy = "\n".join(
        (
            *((FOUR_HOURS, TWO_CHECKS) if operation == PROMOTE else ()),
            FREEZE,
            "    render: true",
            "    approval: {}",
        )
    )
    planned, read, actor = setup(policy, operation=operation, origin=STAGE)
    # a gate that is declared and can't be judged yet comes once more, as refused
    found = dict.fromkeys(each.gate for each in judged(planned, read, actor))
    assert " ".join(found) == names


def test_an_override_that_opens_nothing_is_said_and_not_recorded() -> None:
    actor = Actor(("carol",), overrides=("digest", "soak"), reason="outage")
    planned, read, _ = setup(origin=STAGE, actor=actor)
    said = gates.unused_overrides(judged(planned, read, actor), actor)
    assert said == (
        "--override digest was not used: digest passed",
        "--override soak was not used: no such gate is judged here",
    )
