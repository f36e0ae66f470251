"""``plan promote --changelog``: what an approver reads before the question is answered."""

import pytest

from tests import repositories
from tests.integration.operation.world import Ran, World
from tests.integration.source.checkout import Checkout, build
from tests.integration.source.test_difference import grow_apart
from tests.repositories import EPOCH, MAIN, Commit


@pytest.fixture
def apart(world: World, checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> World:
    """Stage runs 14, and dev had 15 and 16 since."""
    checkout.clock = world.after(grow_apart)
    monkeypatch.chdir(world.folder)
    return world


def plan(world: World, checkout: Checkout, *words: str) -> Ran:
    return world.refused(
        "plan",
        "promote",
        "shop",
        "--to",
        "stage",
        "--changelog",
        "--source",
        str(checkout.folder),
        *words,
        code=0,
    )


def test_a_plan_says_which_releases_and_commits_of_the_source_it_brings(
    apart: World, checkout: Checkout
) -> None:
    ran = plan(apart, checkout)
    assert "releases that dev had since 14, newest first:" in ran.out
    assert (
        ran.out.index("Dave: Change c") < ran.out.index("Dave: Change b") < ran.out.index("plan ")
    )
    (entry,) = ran.result["changelog"]
    assert [release["tag"] for release in entry["releases"]] == ["16", "15"]
    assert [commit["subject"] for commit in entry["source"]["commits"]] == ["Change c", "Change b"]
    assert ran.result["dry_run"]


def test_the_summary_is_what_whoever_approves_has_to_see(apart: World, checkout: Checkout) -> None:
    summary = plan(apart, checkout).result["summary"]
    for words in (
        "14 -> 16",
        "Dave: Change c",
        '+  tag: "16"',
        "ok   order",
        f"plan {plan(apart, checkout).result['plan_id']}",
    ):
        assert words in summary
    assert "would be published" not in summary


def test_an_earlier_release_brings_the_commits_up_to_its_own(
    apart: World, checkout: Checkout
) -> None:
    ran = plan(apart, checkout, "--tag", "15")
    (entry,) = ran.result["changelog"]
    assert [commit["subject"] for commit in entry["source"]["commits"]] == ["Change b"]
    assert entry["releases"] == []
    assert "shop: 14 -> 15" in ran.out


def test_nothing_to_do_brings_nothing(apart: World, checkout: Checkout) -> None:
    apart.ok("promote", "shop", "--to", "stage")
    ran = plan(apart, checkout)
    assert (ran.result["changelog"], ran.result["summary"]) == ([], None)


def test_a_promotion_itself_takes_no_changelog(apart: World) -> None:
    ran = apart.refused("promote", "shop", "--to", "stage", "--changelog", code=2)
    assert "--changelog is for plans and dry runs alone" in ran.result["message"]


def test_a_plan_of_hundreds_of_changes_is_shortened_for_the_question(
    apart: World, checkout: Checkout
) -> None:
    changes = [
        Commit(files={}, message=f"commit {number} " + "x" * 150, when=EPOCH + 5_000 + number)
        for number in range(150)
    ]
    with repositories.importing(checkout.folder) as stream:
        stream.reset(MAIN, f"{MAIN}^0")
        for change in changes:
            stream.commit(change)
    build(apart, "17", checkout.head())
    summary = plan(apart, checkout).result["summary"]
    assert 5_500 < len(summary) < 6_500
    assert '+  tag: "17"' in summary
    assert "the whole plan is in the log" in summary
    assert "plan " in summary[-100:]
