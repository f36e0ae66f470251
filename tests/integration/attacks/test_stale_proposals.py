"""Two people move the same value at the same time: what stands on the branch stays, or the later
one operates again.
"""

import pytest

from tests.integration.attacks.attacked import ALICE, FILE, TAKEN_BACK, AttackedRepository

TURNED = pytest.mark.parametrize("turned", [True, False], ids=["proposal first", "branch first"])


def proposed(attacked: AttackedRepository) -> str:
    """Propose 16 for production, and roll production back to 14 meanwhile; return the proposal."""
    attacked.deploy("14")
    attacked.deploy("16", to="stage")
    attacked.run("promote", "shop", "--to", "prod", *ALICE, "--publish-branch", "proposal")
    attacked.wait_for_the_next_second()
    attacked.roll_back()
    return attacked.world.head("proposal")


def proposed_update(attacked: AttackedRepository) -> tuple[str, str]:
    """Propose 16 for dev, where nobody approves, and bring 17 there; return proposal and main."""
    for tag in ("16", "17"):
        attacked.world.image(tag)
    attacked.run("update", "shop", "--env", "dev", "--tag", "16", "--publish-branch", "proposal")
    attacked.wait_for_the_next_second()
    attacked.run("update", "shop", "--env", "dev", "--tag", "17")
    return attacked.world.head("proposal"), attacked.world.head()


@TURNED
def test_the_value_of_the_branch_may_be_kept(attacked: AttackedRepository, turned: bool) -> None:
    proposal = proposed(attacked)
    own = attacked.head
    parents = (proposal, own) if turned else (own, proposal)
    attacked.is_taken(attacked.commit_tree(attacked.tree({}), *parents))
    attacked.deploy("18")
    assert not attacked.audit()


@TURNED
def test_that_of_the_proposal_may_not_be_taken(attacked: AttackedRepository, turned: bool) -> None:
    """It was approved when something else stood there."""
    proposal = proposed(attacked)
    own = attacked.head
    parents = (proposal, own) if turned else (own, proposal)
    tree = attacked.tree({FILE: attacked.text(FILE, proposal)})
    attacked.is_caught(attacked.commit_tree(tree, *parents), *TAKEN_BACK, "outdated-plan")


@TURNED
def test_an_update_that_came_too_late_may_be_left_out(
    attacked: AttackedRepository, turned: bool
) -> None:
    """The honest updates after it are fine."""
    proposal, own = proposed_update(attacked)
    parents = (proposal, own) if turned else (own, proposal)
    attacked.is_taken(attacked.commit_tree(attacked.tree({}, own), *parents), branch="main")
    attacked.deploy("18")
    assert not attacked.audit()


@TURNED
def test_an_update_that_came_too_late_may_not_win(
    attacked: AttackedRepository, turned: bool
) -> None:
    proposal, own = proposed_update(attacked)
    parents = (proposal, own) if turned else (own, proposal)
    merge = attacked.commit_tree(attacked.tree({}, proposal), *parents)
    attacked.is_caught(merge, *TAKEN_BACK, "outdated-plan", branch="main")


def test_of_two_proposals_the_first_that_is_merged_may_stay(attacked: AttackedRepository) -> None:
    """Although the other one is newer."""
    for tag in ("16", "17"):
        attacked.world.image(tag)
        attacked.run("update", "shop", "--env", "dev", "--tag", tag, "--publish-branch", tag)
        attacked.wait_for_the_next_second()
    attacked.world.write({"README.md": "meanwhile\n"})
    attacked.fetch()
    attacked.switch(attacked.world.head())
    attacked.git("merge", "--quiet", "--no-edit", attacked.world.head("16"))
    attacked.is_taken(attacked.git("rev-parse", "HEAD"), branch="main")
    own = attacked.world.head()
    merge = attacked.commit_tree(attacked.tree({}, own), own, attacked.world.head("17"))
    attacked.is_taken(merge, branch="main")
    attacked.deploy("18")
    assert not attacked.audit()
