"""Dates of commits are claims: who makes a commit chooses them, and gains nothing by it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.integration.attacks.attacked import ALICE, AttackedRepository
from tests.integration.attacks.machines import ask, elsewhere, made, promote, time
from tests.integration.audit.people import ssh_signer
from tests.integration.checks.conftest import HOUR, Clock
from tests.realparts import need

__all__ = ["time"]

KEY = "keys/prod.allowed_signers"


def test_a_clock_that_is_ahead_shortens_no_soak(attacked: AttackedRepository, time: Clock) -> None:
    """One second after stage, by a machine whose clock is five hours ahead."""
    ask(attacked, "soak: 4h")
    begin = time.now
    attacked.deploy("16", to="stage")
    with elsewhere(attacked) as copy:
        time.set(begin + 5 * HOUR)
        promote(attacked, copy, "prod")
    time.set(begin + 1)
    pushed = attacked.push(made(attacked))
    assert pushed.taken != attacked.hook
    if attacked.hook:
        assert "NO   date " in pushed.words
        assert "soak did not hold" in pushed.words
        return
    (found,) = attacked.audit()
    assert "soak did not hold: 16 has run" in found["message"]
    assert f"what {made(attacked)[:12]} claims as its date is not believed" in found["message"]


def test_dates_of_the_past_shorten_no_soak(attacked: AttackedRepository, time: Clock) -> None:
    """Both promotions within a minute, dated hours apart and before what was there."""
    ask(attacked, "soak: 4h")
    begin = time.now
    attacked.deploy("16", to="dev")
    with elsewhere(attacked) as copy:
        promote(attacked, copy, "stage")
        time.set(begin + 5 * HOUR)
        promote(attacked, copy, "prod")
    time.set(begin + 60)
    forged = attacked.head
    for name, hours in (("made~1", 6), ("made", 1)):
        message = attacked.git("log", "-1", "--format=%B", name)
        date = f"{begin - hours * HOUR} +0000"
        forged = attacked.commit_tree(f"{name}^{{tree}}", forged, message=message, date=date)
    attacked.is_caught(forged, "gate", words="soak did not hold")


def test_what_a_merge_brings_soaks_from_the_merge_on(
    attacked: AttackedRepository, time: Clock
) -> None:
    """Two promotions on a branch of their own, hours apart, merged together; what the pipeline did
    meanwhile says where the branch stood.
    """
    ask(attacked, "soak: 4h")
    begin = time.now
    attacked.deploy("16", to="dev")
    with elsewhere(attacked) as copy:
        promote(attacked, copy, "stage")
        time.set(begin + 5 * HOUR)
        promote(attacked, copy, "prod")
    time.set(begin + 6 * HOUR)
    attacked.deploy("17", to="stage")
    attacked.switch()
    attacked.git("merge", "--quiet", "--no-ff", "--strategy-option=ours", "-m", "merge", "made")
    merge = attacked.git("rev-parse", "HEAD")
    attacked.is_caught(merge, "gate", words="soak did not hold")


@pytest.mark.parametrize("year", [1970, 1999, 2099])
def test_one_false_date_poisons_nothing(
    attacked: AttackedRepository, time: Clock, year: int
) -> None:
    """Anybody commits a README with an absurd date; promotions with soak go on as before."""
    ask(attacked, "soak: 4h")
    begin = time.now
    attacked.deploy("16", to="stage")
    date = f"{year}-01-02T03:04:05+0000"
    commit = attacked.commit({"README.md": "hello\n"}, date=date)
    pushed = attacked.push(commit)
    assert pushed.taken != (attacked.hook and year == 2099), pushed.words
    time.set(begin + 4 * HOUR + 60)
    attacked.run("promote", "shop", "--to", "prod", *ALICE)
    assert attacked.audit() == []
    told = [each["commit"] for each in attacked.notices() if each["kind"] == "date"]
    assert told == ([commit] if pushed.taken else [])
    attacked.deploy("17", to="stage")
    time.set(begin + 8 * HOUR)
    assert attacked.world.run("promote", "shop", "--to", "prod", *ALICE).code == 3
    time.set(begin + 9 * HOUR)
    attacked.run("promote", "shop", "--to", "prod", *ALICE)
    assert attacked.audit() == []


def test_what_was_committed_on_friday_may_be_pushed_on_monday(
    attacked: AttackedRepository, time: Clock
) -> None:
    """It arrives on Monday, and nothing is wrong with that."""
    begin = time.now
    commit = attacked.commit({"README.md": "friday\n"}, date=f"{begin} +0000")
    time.set(begin + 66 * HOUR)
    attacked.is_taken(commit)


def test_a_promotion_from_before_a_freeze_does_not_arrive_in_it(
    attacked: AttackedRepository, time: Clock
) -> None:
    """It was made before the freeze, and is pushed while it lasts: the server knows what time it
    is, a later audit can't.
    """
    begin = time.now
    start, end = (_day(begin + days * 24 * HOUR) for days in (1, 4))
    ask(attacked, f"freeze: [{{from: {start}, to: {end}, timezone: UTC}}]")
    attacked.deploy("16", to="stage")
    with elsewhere(attacked) as copy:
        promote(attacked, copy, "prod")
    time.set(begin + 48 * HOUR)
    pushed = attacked.push(made(attacked))
    assert pushed.taken != attacked.hook
    assert ("freeze did not hold" in pushed.words) == attacked.hook


def _day(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"


def test_a_retired_key_signs_nothing_that_arrives_now(
    attacked: AttackedRepository,
    time: Clock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The key was good until yesterday; the commit is dated before, and pushed now."""
    need("ssh-keygen")
    begin = time.now
    retired = ssh_signer(tmp_path, "retired")
    until = f'namespaces="git",valid-before="{_day(begin).replace("-", "")}"'
    files = {KEY: retired.line.replace('namespaces="git"', until)}
    if not attacked.signed:
        files["gitops.yaml"] = (
            attacked.world.text("gitops.yaml").replace(
                "approval: {app", f"signers: {KEY}, approval: {{app"
            )
            + "\n"
        )
    attacked.world.write(files)
    attacked.deploy("16", to="stage")
    retired.sign_from_now_on(monkeypatch)
    with elsewhere(attacked) as copy:
        time.set(begin, committed=begin - 72 * HOUR)
        promote(attacked, copy, "prod")
    time.set(begin + 60)
    attacked.is_caught(made(attacked), "wrong-signer", words="when it arrived")
