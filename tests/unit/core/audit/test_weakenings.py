"""What rules ask less of is told, whatever the aspect: one that nobody thought of too."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from gitops_ci.core.audit.state import weakenings as weakened
from gitops_ci.core.audit.state.weakenings import setting_words, weakenings
from gitops_ci.core.config import reader
from gitops_ci.core.gates.gate import Setting
from gitops_ci.core.gates.table import settings
from gitops_ci.model.config import App, Approval, ArgocdPlace, Config, Environment

APPS = """\
apps:
  shop: {path: shop, images: [{tag: image.tag, digest: image.digest, repository: r.example.com/shop}]}
  "*": {path: "apps/{app}", images: [{tag: image.tag}]}
"""
RULES = """\
version: 1
requires: ">=0.3"
%(apps)s
environments:
  dev: {values: dev.yaml}
  qa: {values: qa.yaml}
  prod: {%(prod)s}
people: {alice: [alice@example.com, a@example.com], bob: [bob@example.com]}
"""
PROD = {
    "values": "prod.yaml",
    "from": "dev",
    "verify_digest": "required",
    "approval": "{approvers: [alice, bob], distinct: true, reason: true}",
    "override": "{soak: [carol]}",
    "soak": "4h",
    "checks": "[smoke, load]",
    "freeze": '[{from: "Fri 16:00", to: "Mon 08:00", timezone: Europe/Zurich}]',
    "render": "true",
    "argocd": "{required: true, server: https://argocd.example.com, stable: 10m}",
    "tag": '"v{version}"',
    "signers": "keys/prod",
}


def rules(apps: str = APPS, /, **prod: str | None) -> str:
    """Return gitops.yaml with other keys of prod; without those that are None."""
    keys = {key.rstrip("_"): value for key, value in (PROD | prod).items()}
    written = ", ".join(f"{key}: {value}" for key, value in keys.items() if value is not None)
    return RULES % {"apps": apps, "prod": written}


def told(after: str, before: str = "") -> list[tuple[str, str]]:
    """Return what gitops.yaml asks less of than before."""
    return list(weakenings(read(before or rules()), read(after)))


def read(text: str) -> Config:
    return reader.read(text.encode())


APPROVED: dict[str | None, str] = {
    "{approvers: [alice, bob], distinct: true}": "reason: none is asked for any more",
    "{approvers: [alice, bob], reason: true}": "four eyes were switched off: who asks may approve; "
    "four eyes were switched off: whoever wrote it may approve",
    "{approvers: [alice, bob, eve], distinct: true, reason: true}": "approvers: eve may approve too",
    "{distinct: true, reason: true}": "approvers: alice, bob -> anyone",
    "{approvers: [alice, bob], distinct: true, reason: true, rollback: none}": "rollback: it needs "
    "no approval any more",
    "{approvers: [alice, bob], distinct: true, reason: true, unknown_authors: allow}": (
        "unknown_authors: whose authors nobody knows may be approved"
    ),
}
WEAKER: list[tuple[dict[str, str | None], str]] = [
    ({"from": "qa"}, "from: dev -> qa: it need not have run in dev any more"),
    ({"verify_digest": "available"}, "verify_digest: required -> available"),
    ({"approval": None}, "approval: nobody has to approve any more"),
    *(({"approval": rule}, words) for rule, words in APPROVED.items()),
    ({"override": "{soak: [carol, eve]}"}, "override: eve may pass soak too"),
    ({"override": "{soak: [carol], order: [eve]}"}, "override: eve may pass order too"),
    ({"soak": "1h"}, "soak: 4h -> 1h"),
    ({"soak": None}, "soak: 4h -> none"),
    ({"checks": "[smoke]"}, "checks: load not asked for any more"),
    (
        {"freeze": '[{from: "Fri 18:00", to: "Mon 08:00", timezone: Europe/Zurich}]'},
        "freeze: Fri 16:00 to Mon 08:00 Europe/Zurich does not hold as a whole any more",
    ),
    (
        {"freeze": '[{from: "Fri 16:00", to: "Mon 08:00", timezone: Europe/Berlin}]'},
        "freeze: Fri 16:00 to Mon 08:00 Europe/Zurich does not hold as a whole any more",
    ),
    ({"render": "false"}, "render: the chart need not render any more"),
    (
        {"argocd": "{required: false, server: https://argocd.example.com, stable: 10m}"},
        "argocd: it need not run well before any more",
    ),
    (
        {"argocd": "{required: true, server: https://other.example.com, stable: 10m}"},
        "argocd: server https://argocd.example.com -> https://other.example.com",
    ),
    (
        {"argocd": "{required: true, server: https://argocd.example.com, stable: 1m}"},
        "argocd: stable 600 s -> 60 s",
    ),
    (
        {
            "argocd": "{required: true, server: https://argocd.example.com, stable: 10m, "
            "allow_out_of_sync: true}"
        },
        "argocd: it may be out of sync",
    ),
    ({"tag": None}, "tag: Git tags v{version} are not held any more"),
    ({"signers": None}, "signers: nobody has to sign any more"),
    ({"signers": "keys/others"}, "signers: keys/prod -> keys/others"),
]


@pytest.mark.parametrize(("prod", "words"), WEAKER)
def test_each_aspect_is_named(prod: dict[str, str | None], words: str) -> None:
    assert told(rules(**prod)) == [("prod", words)]


@pytest.mark.parametrize(
    ("prod", "words"),
    [each for each in WEAKER if each[0] not in ({"from": "qa"}, {"signers": "keys/others"})],
)
def test_the_way_back_asks_for_more(prod: dict[str, str | None], words: str) -> None:
    """What is another one, and neither more nor less, counts as less both ways."""
    (key,) = prod
    back = told(rules(), rules(**prod))
    same = key in {"freeze", "argocd"} and back
    assert not back or same, (back, words)


MORE: list[dict[str, str | None]] = [
    {"freeze": '[{from: "Fri 12:00", to: "Mon 12:00", timezone: Europe/Zurich}]'},
    {"soak": "5h"},
    {"checks": "[smoke, load, more]"},
    {"approval": "{approvers: [alice], distinct: true, reason: true}"},
    {"override": "{}"},
    {"values": "elsewhere.yaml"},
    {"branch": "release"},
]


@pytest.mark.parametrize("prod", MORE)
def test_what_asks_for_as_much_is_no_weakening(prod: dict[str, str | None]) -> None:
    assert told(rules(**prod)) == []


SHARED = [
    (rules().replace('requires: ">=0.3"', 'requires: ">=0.2"'), "requires: "),
    (rules().replace("alice@example.com, ", ""), "people: alice is not alice@example.com any more"),
    (rules().replace("bob: [bob@example.com]", ""), "people: bob is not bob@example.com any more"),
    (
        rules(APPS.replace(", repository: r.example.com/shop", "")),
        "repository r.example.com/shop -> any",
    ),
    (
        rules(APPS.replace("r.example.com/shop", "evil.example.com/shop")),
        "-> evil.example.com/shop",
    ),
    (rules(APPS.replace("digest: image.digest, ", "")), "digest image.digest need not be written"),
    (rules(APPS.replace("  shop:", "  other:")), "application shop: it is not managed any more"),
    (rules(APPS.partition('  "*"')[0]), "application *: it is not managed any more"),
]


@pytest.mark.parametrize(("after", "words"), SHARED)
def test_what_all_environments_share_is_told_for_all(after: str, words: str) -> None:
    ((environment, said),) = told(after)
    assert environment == ""
    assert words in said


def test_an_environment_that_is_gone_is_told() -> None:
    assert told(rules().replace("  qa: {values: qa.yaml}\n", "")) == [
        ("qa", "it is not managed any more")
    ]


TABLES: list[tuple[type[msgspec.Struct], Any]] = [
    (Environment, weakened.ENVIRONMENT),
    (Approval, weakened.APPROVAL),
    (ArgocdPlace, weakened.ARGOCD_PLACE),
    (App, weakened.APP),
    (Config, weakened.CONFIG),
]


@pytest.mark.parametrize(("model", "table"), TABLES)
def test_no_field_of_the_model_is_missing(model: type[msgspec.Struct], table: Any) -> None:
    assert set(table) == {field.name for field in msgspec.structs.fields(model)}


def test_every_gate_says_what_its_setting_asks_less_of() -> None:
    assert [setting.key for setting in settings() if setting.loosened is None] == []


def test_every_key_of_an_environment_is_tried() -> None:
    keys = {"source" if key == "from" else key for prod, _ in WEAKER for key in prod}
    fields = {field.name for field in msgspec.structs.fields(Environment)}
    untold = {name for name, rule in weakened.ENVIRONMENT.items() if rule is weakened._no_rule}
    asked = (fields - untold - {"argocd_place"}) | {setting.key for setting in settings()}
    assert keys == asked


def test_a_key_that_nobody_thought_of_counts_as_weakened(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {name: rule for name, rule in weakened.ENVIRONMENT.items() if name != "tag"}
    monkeypatch.setattr(weakened, "ENVIRONMENT", table)
    assert told(rules(tag='"r{version}"')) == [("prod", "tag changed")]


def test_a_gate_that_can_not_tell_counts_as_weakened() -> None:
    pace = Setting("pace", 0, int)
    prod = read(rules()).environments["prod"]
    slow, fast = (replace(prod, settings={"pace": value}) for value in (14400, 60))
    assert setting_words(pace, slow, fast) == "pace: 14400 -> 60"
    assert setting_words(pace, slow, replace(prod, settings={})) == "pace: 14400 -> none"
    assert setting_words(pace, replace(prod, settings={}), slow) == ""
