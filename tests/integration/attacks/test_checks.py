"""Results of checks in the notes, which whoever may push writes: they count as they were recorded."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.integration.attacks.attacked import ALICE, AttackedRepository
from tests.integration.attacks.machines import ask, elsewhere, made, promote, time
from tests.integration.checks.conftest import HOUR, Clock

__all__ = ["time"]

NOTES = "refs/notes/gitops-ci"
CHECK = ("check", "shop", "--env", "stage", "--name", "smoke")


@pytest.fixture
def tested(attacked: AttackedRepository, time: Clock) -> AttackedRepository:
    """Production asks for a check, and 16 has just come to stage."""
    ask(attacked, "checks: [smoke]")
    attacked.deploy("16", to="stage")
    return attacked


def deployed(tested: AttackedRepository) -> str:
    """Return the commit that brought 16 to stage."""
    return tested.world.git("log", "-1", "--format=%H", "--grep=-> stage 16", tested.branch)


def written(tested: AttackedRepository, commit: str, change: Callable[[str], str]) -> str:
    """Change the note of a commit in the clone, on top of what the server has."""
    tested.fetch()
    if tested.world.has(NOTES):
        tested.git("fetch", "--quiet", "origin", f"+{NOTES}:{NOTES}")
    notes = ("notes", "--ref", "gitops-ci")
    before = tested.git("log", "-1", f"--notes={NOTES}", "--format=%N", commit)
    before = f"{before}\n" if before else ""
    tested.git(*notes, "add", "--force", "--file", "-", commit, stdin=change(before))
    return tested.git("rev-parse", NOTES)


def passed(tested: AttackedRepository, when: str) -> str:
    """Return the line of a result that says what whoever writes it likes."""
    trailer = tested.world.git(
        "log", "-1", "--format=%(trailers:key=Gitops-Image)", deployed(tested)
    )
    digest = trailer.rpartition("@")[2].strip()
    line = {"application": "shop", "environment": "stage", "digest": digest, "name": "smoke"}
    return json.dumps({**line, "result": "passed", "when": when}) + "\n"


@pytest.mark.parametrize("how", ["removed", "altered"])
def test_a_failed_result_stays_however_the_notes_are_pushed(
    tested: AttackedRepository, time: Clock, how: str
) -> None:
    """By an ordinary push of a commit on top of the others."""
    tested.run(*CHECK, "--failed")

    def change(text: str) -> str:
        return text.replace("failed", "passed") if how == "altered" else "nothing here\n"

    pushed = tested.push_references({NOTES: written(tested, deployed(tested), change)})
    assert pushed.taken != tested.hook
    if tested.hook:
        assert "NO   rewritten " in pushed.words
        assert f"the note of commit {deployed(tested)[:12]}" in pushed.words
        return
    time.set(time.now + HOUR)
    if how == "removed":
        # recorded within the second of the failure: that counts
        tested.push_references(
            {
                NOTES: written(
                    tested, deployed(tested), lambda text: text + passed(tested, _now(time, -HOUR))
                )
            }
        )
    tested.world.run("promote", "shop", "--to", "prod", *ALICE, check=0)
    (found,) = tested.audit()
    assert "checks did not hold: smoke failed" in found["message"]


def _now(time: Clock, ahead: int = 0) -> str:
    return f"{datetime.fromtimestamp(time.now + ahead, UTC):%Y-%m-%dT%H:%M:%SZ}"


def test_the_notes_may_be_folded_and_grow(tested: AttackedRepository) -> None:
    """Git moves notes into folders when there are many, and people write beside the results."""
    tested.run(*CHECK, "--passed")
    commit = written(tested, deployed(tested), lambda text: text + "a remark\n")
    tree = tested.git("ls-tree", commit)
    name = deployed(tested)
    blob = tree.split()[2]
    inner = tested.git("mktree", stdin=f"100644 blob {blob}\t{name[2:]}\n")
    outer = tested.git("mktree", stdin=f"040000 tree {inner}\t{name[:2]}\n")
    folded = tested.commit_tree(outer, commit, message="fold")
    assert tested.push_references({NOTES: folded}).taken
    tested.run("promote", "shop", "--to", "prod", *ALICE)
    assert tested.audit() == []


def test_a_result_that_is_recorded_later_changes_nothing(
    tested: AttackedRepository, time: Clock
) -> None:
    """A promotion that nobody had tested, and an old date in a line that comes after it."""
    with elsewhere(tested) as copy:
        tested.world.run(*CHECK, "--passed", repo=str(copy), check=0)
        promote(tested, copy, "prod")
    before = _now(time)
    time.set(time.now + HOUR)
    pushed = tested.push(made(tested))
    assert pushed.taken != tested.hook
    if tested.hook:
        assert "checks did not hold: no result of smoke for 16 in stage" in pushed.words
        return
    for commit in (deployed(tested), tested.head):
        notes = written(tested, commit, lambda text: text + passed(tested, before))
        assert tested.push_references({NOTES: notes}).taken
        (found,) = tested.audit()
        assert "checks did not hold: no result of smoke" in found["message"]
        assert "is not in the history of the recorded checks" in found["message"]


def test_a_result_on_another_commit_is_none(tested: AttackedRepository, time: Clock) -> None:
    """It names the release, and lies on a commit that never deployed it."""
    line = passed(tested, _now(time))
    elsewhere_noted = tested.world.git("rev-list", "--max-parents=0", "main")
    notes = written(tested, elsewhere_noted, lambda text: text + line)
    assert tested.push_references({NOTES: notes}).taken
    ran = tested.world.run("promote", "shop", "--to", "prod", *ALICE, check=3)
    assert ran.gates["checks"] == "refused"
    with elsewhere(tested) as copy:
        tested.world.run(*CHECK, "--passed", repo=str(copy), check=0)
        promote(tested, copy, "prod")
    message = tested.git("log", "-1", "--format=%B", "made")
    forged = re.sub("Gitops-Checks: .*", f"Gitops-Checks: {notes}", message)
    commit = tested.commit_tree("made^{tree}", tested.head, message=forged)
    tested.is_caught(
        commit, "gate", words="checks did not hold: no result of smoke for 16 in stage"
    )


def test_old_results_are_no_excuse(tested: AttackedRepository, time: Clock) -> None:
    """It had passed, then failed; the promotion says that it was judged before that."""
    tested.run(*CHECK, "--passed")
    with elsewhere(tested) as copy:
        time.set(time.now + HOUR)
        tested.run(*CHECK, "--failed")
        time.set(time.now + HOUR)
        promote(tested, copy, "prod")
    words = "checks did not hold: by then, and its commit names older results: smoke failed"
    tested.is_caught(made(tested), "gate", words=words)


def test_a_result_of_the_future_is_not_the_newest_for_ever(
    tested: AttackedRepository, time: Clock
) -> None:
    """Anybody writes one of 2099; what fails afterwards counts."""
    line = passed(tested, "2099-01-01T00:00:00Z")
    notes = written(tested, deployed(tested), lambda text: text + line)
    assert tested.push_references({NOTES: notes}).taken
    time.set(time.now + HOUR)
    tested.run(*CHECK, "--failed")
    ran = tested.world.run("promote", "shop", "--to", "prod", *ALICE, check=3)
    assert ran.gates["checks"] == "refused"


def test_what_was_recorded_and_judged_honestly_is_clean(
    tested: AttackedRepository, time: Clock
) -> None:
    """Failed, passed, promoted, and failed again."""
    for minutes, result in enumerate(("--failed", "--passed")):
        time.set(time.now + 60 * minutes)
        tested.run(*CHECK, result)
    tested.run("promote", "shop", "--to", "prod", *ALICE)
    time.set(time.now + 60)
    tested.run(*CHECK, "--failed")
    assert tested.audit() == []
