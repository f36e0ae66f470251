"""What was done wrong is closed by those who may, and by nobody who only writes a file."""

import pytest

from gitops_ci.model.acknowledgement import FILE as ACKNOWLEDGED
from tests.integration.attacks.attacked import ALICE, FILE, AttackedRepository

REASON = "taken back the same day"
WHY = ("--reason", REASON)


def violated(attacked: AttackedRepository) -> str:
    """Let 99 stand in production for a while, past whatever hook there is; return the finding's
    id.
    """
    before = attacked.text()
    for text in (attacked.with_tag("99"), before):
        commit = attacked.commit({FILE: text})
        attacked.git("push", "--quiet", "origin", f"{commit}:refs/heads/{attacked.branch}")
    attacked.deploy("16")
    kinds = ("hand-edit", "unsigned")  # nobody signed what put it back
    first, *others = [each["id"] for each in attacked.audit() if each["kind"] in kinds]
    for other in others:
        attacked.run("audit", "acknowledge", other, *WHY, *ALICE)
    return str(first)


def by_hand(attacked: AttackedRepository, finding: str, message: str) -> str:
    """Commit a line as whoever may push does."""
    onto = attacked.world.head("main")
    there = attacked.git("ls-tree", "-r", "--name-only", onto).splitlines()
    old = attacked.text(ACKNOWLEDGED, onto) if ACKNOWLEDGED in there else ""
    line = f'- {{"finding":"{finding}","reason":"{REASON}"}}\n'
    return attacked.commit({ACKNOWLEDGED: old + line}, message, onto=onto)


def open_violations(attacked: AttackedRepository) -> set[str]:
    return {each["id"] for each in attacked.audit()}


def test_an_honest_acknowledgement_is_taken(attacked: AttackedRepository) -> None:
    finding = violated(attacked)
    attacked.run("audit", "acknowledge", finding, *WHY, *ALICE)
    assert open_violations(attacked) == set()
    told = {each["id"]: each["message"] for each in attacked.notices()}
    assert "acknowledged by carol, approved by alice" in told[finding]


def test_a_line_by_hand_is_caught(attacked: AttackedRepository) -> None:
    finding = violated(attacked)
    commit = by_hand(attacked, finding, "tidy up")
    attacked.is_caught(commit, "acknowledgement", "by hand", branch="main")
    assert finding in open_violations(attacked)


@pytest.mark.parametrize("approved", ["", "Gitops-Approved-By: mallory\n"])
def test_a_record_without_an_approval_is_caught(
    attacked: AttackedRepository, approved: str
) -> None:
    finding = violated(attacked)
    words = ("audit", "acknowledge", finding, *WHY, "--dry-run")
    plan = attacked.world.run(*words, check=0).result["plan_id"]
    claim = (
        f"acknowledge(shop): so\n\nGitops-Operation: acknowledge\nGitops-Acknowledge: {finding}\n"
        f"Gitops-Plan: 2:{plan}\nGitops-Requested-By: carol\n{approved}Gitops-Reason: {REASON}\n"
    )
    commit = by_hand(attacked, finding, claim)
    attacked.is_caught(commit, "acknowledgement", "approval did not hold", branch="main")
    assert finding in open_violations(attacked)


def test_a_perfect_imitation_needs_the_signers(attacked: AttackedRepository) -> None:
    """Without signers whoever may push may say that alice approved it, as in an operation."""
    finding = violated(attacked)
    words = ("audit", "acknowledge", finding, *WHY, "--dry-run")
    plan = attacked.world.run(*words, check=0).result["plan_id"]
    claim = (
        f"acknowledge(shop): so\n\nGitops-Operation: acknowledge\nGitops-Acknowledge: {finding}\n"
        f"Gitops-Plan: 2:{plan}\nGitops-Requested-By: carol\nGitops-Approved-By: alice\n"
        f"Gitops-Reason: {REASON}\n"
    )
    commit = by_hand(attacked, finding, claim)
    if attacked.signed:
        attacked.is_caught(commit, "unsigned", "was acknowledged", branch="main")
        assert finding in open_violations(attacked)
    else:
        attacked.is_taken(commit, "main")


def test_the_acknowledgement_of_nothing_is_caught(attacked: AttackedRepository) -> None:
    """Of a commit that violates nothing: the promotion of 15."""
    promoted = attacked.git("rev-parse", attacked.head)
    finding = f"hand-edit:{promoted}:shop:prod"
    commit = by_hand(attacked, finding, "tidy up")
    attacked.is_caught(commit, "acknowledgement", "by hand", branch="main")


def test_what_a_merge_brings_is_judged_as_well(attacked: AttackedRepository) -> None:
    finding = violated(attacked)
    main = attacked.world.head("main")
    side = by_hand(attacked, finding, "tidy up")
    tree = attacked.git("rev-parse", f"{side}^{{tree}}")
    merge = attacked.commit_tree(tree, main, side, message="Merge branch side")
    attacked.is_caught(merge, "acknowledgement", "by hand", branch="main")
