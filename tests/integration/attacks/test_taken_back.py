"""Merges that take back what an operation did: only a later one, which has it in its history, may."""

import pytest

from tests.integration.attacks.attacked import ALICE, FILE, TAKEN_BACK, AttackedRepository

TURNED = pytest.mark.parametrize("turned", [True, False], ids=["old first", "old last"])


def parents(one: str, other: str, turned: bool) -> tuple[str, str]:
    return (one, other) if turned else (other, one)


@TURNED
def test_a_rollback_that_a_merge_undoes_is_caught(
    attacked: AttackedRepository, turned: bool
) -> None:
    """`merge -s ours` on the commit before it: the withdrawn release is back."""
    before = attacked.deploy("16")
    after = attacked.roll_back()
    tree = attacked.tree({}, before)
    merge = attacked.commit_tree(tree, *parents(before, after, turned))
    attacked.is_caught(merge, *TAKEN_BACK)


@TURNED
def test_a_merge_that_goes_back_without_a_rollback_is_caught(
    attacked: AttackedRepository, turned: bool
) -> None:
    before = attacked.head
    after = attacked.deploy("16")
    tree = attacked.tree({}, before)
    merge = attacked.commit_tree(tree, *parents(before, after, turned))
    attacked.is_caught(merge, *TAKEN_BACK)


def test_a_rollback_undone_behind_another_merge_is_caught(attacked: AttackedRepository) -> None:
    """The line that comes first never leaves the old value."""
    before = attacked.deploy("16")
    after = attacked.roll_back()
    tree = attacked.tree({}, before)
    inner = attacked.commit_tree(tree, before, after)
    beside = attacked.commit_tree(tree, before, message="beside")
    merge = attacked.commit_tree(tree, beside, inner)
    attacked.is_caught(merge, *TAKEN_BACK)


def test_an_octopus_that_undoes_a_rollback_is_caught(attacked: AttackedRepository) -> None:
    before = attacked.deploy("16")
    after = attacked.roll_back()
    tree = attacked.tree({}, before)
    honest = attacked.commit({"README.md": "mine\n"})
    beside = attacked.commit_tree(tree, before, message="beside")
    merge = attacked.commit_tree(tree, beside, honest, before, after)
    attacked.is_caught(merge, *TAKEN_BACK)


def test_a_merge_that_gives_each_side_only_half_is_caught(attacked: AttackedRepository) -> None:
    """Production from before the operations, the rest from after them."""
    before = attacked.head
    after = attacked.deploy("16")
    mine = attacked.commit({"README.md": "mine\n"}, onto=before)
    tree = attacked.tree({FILE: attacked.text(FILE, before)}, after)
    merge = attacked.commit_tree(tree, mine, after)
    attacked.is_caught(merge, *TAKEN_BACK)


def test_a_value_that_no_parent_has_is_caught(attacked: AttackedRepository) -> None:
    """An evil merge of honest commits."""
    mine = attacked.commit({"README.md": "mine\n"})
    after = attacked.deploy("16")
    tree = attacked.tree({FILE: attacked.with_tag("99")})
    attacked.is_caught(attacked.commit_tree(tree, mine, after), "hand-edit", words="99")


def test_a_text_that_claims_an_adoption_beside_the_rollback_is_caught(
    attacked: AttackedRepository,
) -> None:
    """An empty commit without an approval, newer than the rollback and beside it, adopts 16."""
    before = attacked.deploy("16")
    after = attacked.roll_back()
    images = attacked.git("log", "-1", "--format=%(trailers:key=Gitops-Image)", before)
    text = (
        f"x\n\nGitops-Operation: adopt\nGitops-App: shop\nGitops-Environment: prod\n{images}\n"
        f"Gitops-Plan: 2:{'0' * 64}\nGitops-Policy: {before}\nGitops-Requested-By: carol\n"
    )
    tree = attacked.tree({}, before)
    claim = attacked.commit_tree(tree, before, message=text)
    inner = attacked.commit_tree(tree, before, claim)
    merge = attacked.commit_tree(tree, inner, after)
    attacked.is_caught(merge, *TAKEN_BACK, "forged")


@TURNED
def test_the_same_promotion_once_more_beside_the_rollback_is_caught(
    attacked: AttackedRepository, turned: bool
) -> None:
    """Picked onto where it was made, it is newer than the rollback and does not know it."""
    before = attacked.deploy("16", to="stage")
    attacked.run("promote", "shop", "--to", "prod", *ALICE)
    promotion = attacked.head
    after = attacked.roll_back()
    attacked.wait_for_the_next_second()
    message = attacked.git("log", "-1", "--format=%B", promotion)
    again = attacked.commit_tree(attacked.tree({}, promotion), before, message=message)
    tree = attacked.tree({FILE: attacked.text(FILE, promotion)}, after)
    merge = attacked.commit_tree(tree, *parents(again, after, turned))
    attacked.is_caught(merge, *TAKEN_BACK, "copied")


def test_stage_set_back_by_a_merge_is_no_ground_for_a_promotion(
    attacked: AttackedRepository,
) -> None:
    """Nobody put 15 back there: what follows honestly must not build on it."""
    before = attacked.head
    after = attacked.deploy("16")
    text = attacked.text("values-stage.yaml", before)
    merge = attacked.commit_tree(attacked.tree({"values-stage.yaml": text}), before, after)
    attacked.is_caught(merge, *TAKEN_BACK)
    if not attacked.hook:
        ran = attacked.world.refused("promote", "shop", "--to", "prod", *ALICE)
        assert "took back promote of" in ran.err + ran.out
