"""Repositories by many names, sync windows and when they close, and where a server is."""

from datetime import UTC, datetime

import pytest

from gitops_ci.adapters.argocd import parse_server
from gitops_ci.base.errors import UsageError
from gitops_ci.core.rollout.cron import closes
from gitops_ci.core.rollout.sources import same_repository
from gitops_ci.core.rollout.windows import blocked

MONDAY = datetime(2026, 11, 23, 10, 30, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    "other",
    [
        "https://git.example.com/team/shop",
        "https://user:password@git.example.com/team/shop.git/",
        "git@git.example.com:team/shop.git",
        "ssh://git@git.example.com:7999/team/shop.git",
        "HTTPS://GIT.example.com:443/team/shop.git",
        "http://git.example.com/team//shop.git",
    ],
)
def test_a_repository_has_many_spellings(other: str) -> None:
    assert same_repository("https://git.example.com/team/shop.git", other)
    assert same_repository(other, "https://git.example.com/team/shop.git")


@pytest.mark.parametrize(
    "other",
    [
        "https://git.example.com/team/cart.git",
        "https://git.example.org/team/shop.git",
        "https://git.example.com:8443/team/shop.git",
        "",
    ],
)
def test_another_one_is_another_one(other: str) -> None:
    assert not same_repository("https://git.example.com/team/shop.git", other)


@pytest.mark.parametrize(
    ("schedule", "duration", "zone", "hours"),
    [
        ("0 10 * * *", "1h", "", 0.5),
        ("0 10 * * mon-fri", "2h30m", "UTC", 2.0),
        ("*/15 10 * * *", "20m", "", 35 / 60),
        ("0 11 23 11 *", "1h", "Europe/Zurich", 0.5),
        ("0 0 1 * 1", "24h", "", 13.5),
    ],
)
def test_a_window_closes_after_its_duration(
    schedule: str, duration: str, zone: str, hours: float
) -> None:
    assert closes(MONDAY, schedule, duration, zone) == MONDAY + hours * 3600


@pytest.mark.parametrize(
    ("schedule", "duration", "zone"),
    [
        ("* * * * *", "1h", ""),
        ("x", "1h", ""),
        ("0 10 * * *", "x", ""),
        ("0 10 * * *", "1h", "Nowhere/Land"),
        ("61 * * * *", "1h", ""),
        ("0 10 * * *", "", ""),
        ("0 12 * * *", "1h", ""),  # open in a time zone that the answer does not name
        ("0 9 * * *", "1h", ""),
    ],
)
def test_a_window_that_nobody_can_tell_the_end_of_has_none(
    schedule: str, duration: str, zone: str
) -> None:
    assert closes(MONDAY, schedule, duration, zone) is None


def test_what_blocks_is_named() -> None:
    deny = {"kind": "deny", "schedule": "0 10 * * *", "duration": "1h"}
    found = blocked({"canSync": False, "activeWindows": [deny], "assignedWindows": [deny]}, MONDAY)
    assert found
    assert (
        found.words
        == "a sync window denies it (deny 0 10 * * * for 1h), until 2026-11-23 11:00 UTC"
    )
    allow = {"kind": "allow", "schedule": "0 22 * * *", "duration": "1h"}
    found = blocked({"canSync": False, "activeWindows": None, "assignedWindows": [allow]}, MONDAY)
    assert found
    assert (
        found.words
        == "no sync window allows it now (allow 0 22 * * * for 1h), until 2026-11-23 22:00 UTC"
    )
    assert blocked({"canSync": True}, MONDAY) is None
    assert blocked({}, MONDAY) is None


def test_what_somebody_may_start_does_not_start_by_itself() -> None:
    deny = {"kind": "deny", "schedule": "0 10 * * *", "duration": "1h", "manualSync": True}
    found = blocked({"canSync": True, "activeWindows": [deny], "assignedWindows": [deny]}, MONDAY)
    assert found
    assert found.words.endswith(
        "until 2026-11-23 11:00 UTC; a sync that somebody starts is allowed"
    )
    allow = {"kind": "allow", "schedule": "0 22 * * *", "duration": "1h", "manualSync": True}
    found = blocked({"canSync": True, "activeWindows": [], "assignedWindows": [allow]}, MONDAY)
    assert found
    assert found.until == datetime(2026, 11, 23, 22, tzinfo=UTC).timestamp()
    assert (
        blocked(
            {"canSync": True, "activeWindows": [allow], "assignedWindows": [allow, allow]}, MONDAY
        )
        is None
    )
    assert (
        blocked({"canSync": True, "activeWindows": [], "assignedWindows": [deny]}, MONDAY) is None
    )


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("argocd.example.com", "https://argocd.example.com"),
        ("argocd.example.com:443", "https://argocd.example.com"),
        ("localhost:8080", "https://localhost:8080"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("https://example.com/argo/cd/", "https://example.com/argo/cd"),
        (" HTTPS://[::1]:8443 ", "https://[::1]:8443"),
    ],
)
def test_a_server_has_an_address(text: str, url: str) -> None:
    assert parse_server(text).url == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://",
        "ftp://x",
        "x y",
        "https://a/b?c",
        "https://a/../b",
        "https://a:b",
        "https://t@a",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_server(text)
