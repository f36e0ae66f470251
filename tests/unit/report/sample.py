"""A report's content: a few applications with some history each, and one whose every word is
hostile.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from gitops_ci.model.check_results import CheckResult
from gitops_ci.model.ledger_views import (
    NOTICE,
    VIOLATION,
    Audit,
    DeploymentStatus,
    Finding,
    HistoryEntry,
)
from gitops_ci.model.operation import PENDING, REFUSED, Record, Verdict
from gitops_ci.model.release import Image, Release
from gitops_ci.model.report_content import EnvironmentColumn, ReportContent

NOW = 1_795_536_000  # 2026-11-24 16:00
HOUR, DAY = 3600, 86400
LANES = (
    EnvironmentColumn("dev"),
    EnvironmentColumn("stage", "dev"),
    EnvironmentColumn("prod", "stage"),
)
HOSTILE = "<script>alert('x')</script>\"&amp;\u202egnp.exe\x1b[31m]]>"


def digest(text: str) -> str:
    """Return a digest that belongs to a text."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def commit(*words: object) -> str:
    """Return the id of a commit that belongs to some words."""
    return hashlib.sha1(repr(words).encode()).hexdigest()


def release(app: str, tag: str) -> Release:
    """Return a release of one image."""
    image = Image(f"registry.example.com/team/{app}", tag, digest(f"{app}:{tag}"))
    url = f"https://jenkins.example.com/job/{app}/{tag}/"
    return Release((image,), commit("source", app, tag), ("dave@example.com",), url)


def entry(
    app: str, operation: str, environment: str, tag: str, hours_ago: float, **more: Any
) -> HistoryEntry:
    """Return one operation; ``more`` are fields of its record, ``problem`` and ``checks``."""
    time = NOW - int(hours_ago * HOUR)
    problem, checks = more.pop("problem", ""), more.pop("checks", ())
    facts = {"requesters": ("carol",), "plan": digest("plan")[7:], **more}
    record = Record(
        commit(app, environment, time),
        None,
        time,
        operation,
        app,
        environment,
        release(app, tag),
        **facts,
    )
    return HistoryEntry(record, time, problem, checks)


def check(
    app: str, environment: str, tag: str, name: str, hours_ago: float, *, passed: bool = True
) -> CheckResult:
    """Return a result of a check."""
    url = f"https://jenkins.example.com/job/{name}/7/"
    when = NOW - int(hours_ago * HOUR)
    return CheckResult(app, environment, digest(f"{app}:{tag}"), name, passed, when, "quinn", url)


def standing(
    app: str, environment: str, came: HistoryEntry | None, **more: Any
) -> DeploymentStatus:
    """Return what an operation left in an environment."""
    facts: dict[str, Any] = {
        "release": came.record.release if came else None,
        "record": came and came.record,
        "since": came and came.arrived,
    }
    return DeploymentStatus(
        app, environment, "main", f"apps/{app}/values-{environment}.yaml", **{**facts, **more}
    )


def waits(app: str, gate: str, reason: str, *, pending: bool = False, **more: Any) -> Verdict:
    """Return a verdict that keeps a release out of prod."""
    return Verdict(gate, app, "prod", PENDING if pending else REFUSED, reason, **more)


def history(app: str, builds: int, shift: float = 0) -> list[HistoryEntry]:
    """Return a history: many builds into dev, every third promoted to stage, every sixth to prod;
    newest first.
    """
    found = []
    before: dict[str, tuple[Image, ...]] = {}

    def add(operation: str, environment: str, tag: str, hours: float, **more: object) -> None:
        found.append(
            entry(
                app,
                operation,
                environment,
                tag,
                hours,
                previous=before.get(environment, ()),
                **more,
            )
        )
        before[environment] = found[-1].record.release.images

    for number in range(1, builds + 1):
        hours = (builds - number + 1) * 19 + shift + number % 5
        add("update", "dev", str(number), hours, gates={"digest": "passed"})
        if number % 3 == 0:
            checked = (check(app, "stage", str(number), "integration", hours - 9),)
            add(
                "promote",
                "stage",
                str(number),
                hours - 6,
                source="dev",
                gates={"order": "passed"},
                checks=checked,
            )
        if number % 6 == 0:
            more = {
                "gates": {"order": "passed", "soak": "passed(4h)", "approval": "passed"},
                "approved_by": ("alice",),
            }
            add(
                "promote",
                "prod",
                str(number),
                hours - 15,
                source="stage",
                reason=f"release {number // 6}",
                **more,
            )
    return sorted(found, key=lambda each: -each.arrived)


def newest(entries: Sequence[HistoryEntry], environment: str) -> HistoryEntry:
    """Return the newest operation on an environment."""
    return next(each for each in entries if each.record.environment == environment)


def chain(app: str, entries: Sequence[HistoryEntry], **prod: object) -> list[DeploymentStatus]:
    """Return where an application with a history stands."""
    dev, stage = newest(entries, "dev"), newest(entries, "stage")
    return [
        standing(app, "dev", dev),
        standing(
            app, "stage", stage, behind=2, checks=(check(app, "stage", "12", "integration", 30),)
        ),
        standing(app, "prod", newest(entries, "prod"), **{"behind": 1, **prod}),
    ]


def content(applications: int = 0) -> ReportContent:
    """Return a report of five applications, and of so many more."""
    shop = history("shop", 14)
    back = entry(
        "shop",
        "rollback",
        "prod",
        "6",
        20,
        reason="checkout is slow",
        approved_by=("bob",),
        requesters=("alice",),
    )
    copied = entry(
        "shop",
        "promote",
        "prod",
        "13",
        11,
        problem="the commit does not change this value: its trailers were copied",
    )
    shop = sorted([*shop, back, copied], key=lambda each: -each.arrived)
    soak = waits(
        "shop",
        "soak",
        "ran 2h of 4h in stage",
        opens_at="2026-11-24 18:10 UTC",
        remedy="wait, or --override soak",
    )
    approval = waits(
        "shop", "approval", "nobody has approved yet", pending=True, openers=("alice", "bob")
    )
    cart = history("cart", 9, 400)
    hand = Finding(
        VIOLATION,
        "hand-edit",
        commit("hand"),
        NOW - 70 * HOUR,
        "cart",
        "prod",
        "image.tag: 6 -> 7 by hand",
    )
    payments = history("Payments", 31)
    missing = "values-prod.yaml can't be read: line 3: a tab is used for indentation"
    findings = (
        hand,
        Finding(
            VIOLATION,
            "override",
            commit("o"),
            NOW - 9 * DAY,
            "shop",
            "prod",
            "soak was overridden by carol",
            "review it",
        ),
        Finding(
            NOTICE,
            "approver-unverified",
            commit("u"),
            NOW - 5 * DAY,
            "shop",
            "prod",
            "approver: unverified (alice)",
        ),
        Finding(
            NOTICE,
            "policy-change",
            commit("p"),
            NOW - 8 * DAY,
            "",
            "prod",
            "soak 2h -> 4h by alice",
        ),
    )
    standings = [
        *chain(
            "shop",
            shop,
            waiting=(soak, approval),
            record=back.record,
            release=back.record.release,
            since=back.arrived,
        ),
        *chain(
            "cart",
            cart,
            release=release("cart", "7"),
            since=NOW - 70 * HOUR,
            record=None,
            drift="7 was written by hand after promote to 6",
        ),
        *chain(
            "Payments",
            payments,
            waiting=(waits("Payments", "freeze", "weekend", opens_at="2026-11-30 08:00 UTC"),),
        ),
        standing("legacy", "dev", None, release=release("legacy", "2019.4"), adopted=True),
        standing("legacy", "prod", None, problem=missing, drift=missing),
        *hostile(),
    ]
    entries = {"shop": shop, "cart": cart, "Payments": payments, "evil": [hostile_entry()]}
    for number in range(applications):
        name = f"{chr(97 + number % 26)}-service-{number:04}"
        entries[name] = history(name, 12, number)
        standings += chain(name, entries[name])
    audit = Audit(commit("start"), commit("end"), 812, 97, findings)
    return ReportContent(
        "https://git.example.com/team/gitops.git",
        "main",
        commit("policy"),
        NOW,
        LANES,
        standings,
        entries,
        audit,
        100,
        "1.0",
    )


def hostile_entry() -> HistoryEntry:
    """Return an operation whose words try to be markup."""
    facts = {
        "reason": HOSTILE,
        "requesters": (HOSTILE,),
        "approved_by": (HOSTILE,),
        "job_url": "javascript:alert(1)",
    }
    return entry("evil", "update", "dev", "1", 30, gates={HOSTILE: HOSTILE}, **facts)


def hostile() -> list[DeploymentStatus]:
    """Return standings whose words try to be markup."""
    came = hostile_entry()
    bad = CheckResult(
        "evil",
        "dev",
        None,
        HOSTILE,
        False,
        NOW,
        HOSTILE,
        'https://user:secret@ci.example.com/"><img src=x>',
    )
    verdict = Verdict(HOSTILE, "evil", "stage", REFUSED, HOSTILE, HOSTILE, (HOSTILE,), HOSTILE)
    return [
        standing("evil", "dev", came, drift=HOSTILE, checks=(bad,)),
        standing("evil", "stage", None, problem=HOSTILE, drift=HOSTILE, waiting=(verdict,)),
    ]
