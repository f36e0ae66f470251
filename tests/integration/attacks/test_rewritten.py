"""Branches that do not grow: their old commits are gone, and what they proved with them."""

import pytest

from tests.integration.attacks.attacked import FILE, TAKEN_BACK, AttackedRepository

LONG_AGO = "1600000000 +0000"


def test_a_branch_that_goes_back_is_caught_by_its_range(attacked: AttackedRepository) -> None:
    """Nothing new is in the range: that proves nothing."""
    old = attacked.deploy("16")
    new = attacked.git("rev-parse", f"{old}~1")
    assert rewritten(attacked, old, new)


def test_a_branch_with_another_past_is_caught_by_its_range(attacked: AttackedRepository) -> None:
    old = attacked.deploy("16")
    new = attacked.commit({"README.md": "mine\n"}, onto=f"{old}~1")
    assert rewritten(attacked, old, new)


def test_a_proposal_from_before_the_branch_went_on_is_judged_from_there(
    attacked: AttackedRepository,
) -> None:
    """A branch as one end stands for where the proposal left it: others go on meanwhile."""
    before = attacked.head
    attacked.deploy("16")
    attacked.commit({"README.md": "mine\n"}, onto=before)
    origin = f"origin/{attacked.branch}"
    assert not attacked.audit_clone("--range", f"{origin}..HEAD")
    attacked.commit({FILE: attacked.with_tag("99")}, onto=before)
    found = attacked.audit_clone("--range", f"{origin}..HEAD")
    assert [each["kind"] for each in found if each["kind"] != "unsigned"] == ["hand-edit"]


def test_a_range_of_ids_is_judged_as_a_push_to_the_branch_that_stands_there(
    on_release: AttackedRepository,
) -> None:
    """Hooks that are called for each branch give two ids, and no name."""
    evil = on_release.commit({FILE: on_release.with_tag("99")})
    old = on_release.head
    on_release.world.git("fetch", "--quiet", str(on_release.clone), evil)
    found = on_release.audit("--branch", "main", "--range", f"{old}..{evil}")
    assert "hand-edit" in {each["kind"] for each in found}


def rewritten(attacked: AttackedRepository, old: str, new: str) -> bool:
    """Tell whether a range is refused; where there is a hook it refuses the push as well."""
    if attacked.hook:
        pushed = attacked.push(new, force=True)
        assert not pushed.taken
        assert "can't be rewritten" in pushed.words
    else:
        assert attacked.push(new, force=True).taken
    found = attacked.audit("--range", f"{old}..{new}")
    return [each["kind"] for each in found] == ["rewritten"] and "does not stand on" in str(found)


def test_a_release_branch_replaced_by_an_orphan_is_caught(on_release: AttackedRepository) -> None:
    """It is dated before gitops.yaml, so that its values could be adopted."""
    tree = on_release.tree({FILE: on_release.with_tag("99")})
    orphan = on_release.commit_tree(tree, message="begin", date=LONG_AGO)
    kind = "rewritten" if on_release.hook else "two-beginnings"
    on_release.is_caught(orphan, kind, force=True)


def test_a_release_branch_that_begins_apart_is_told(on_release: AttackedRepository) -> None:
    """Without a gitops.yaml it may always have been so: a notice says that it can't be known."""
    blob = on_release.git("hash-object", "-w", "--stdin", stdin=on_release.with_tag("99"))
    tree = on_release.git("mktree", stdin=f"100644 blob {blob}\t{FILE}\n")
    orphan = on_release.commit_tree(tree, message="begin", date=LONG_AGO)
    pushed = on_release.push(orphan, force=True)
    assert pushed.taken != on_release.hook
    if on_release.hook:
        assert "can't be rewritten" in pushed.words
        return
    [told] = [each for each in on_release.notices() if each["kind"] == "two-beginnings"]
    assert "branch release shares no commit with main" in told["message"]


def test_a_release_branch_replaced_by_main_is_caught(on_release: AttackedRepository) -> None:
    """What main has in the file is nobody's value: it is free there."""
    evil = on_release.commit({FILE: on_release.with_tag("99")}, onto=on_release.world.head())
    on_release.is_taken(evil, branch="main")
    kind = "rewritten" if on_release.hook else "hand-edit"
    on_release.is_caught(evil, kind, force=True)


def test_a_release_branch_that_main_swallowed_is_caught(on_release: AttackedRepository) -> None:
    """A merge on main keeps main's file; the branch is put onto it by a fast-forward."""
    evil = on_release.commit({FILE: on_release.with_tag("99")}, onto=on_release.world.head())
    on_release.is_taken(evil, branch="main")
    merge = on_release.commit_tree(on_release.tree({}, evil), evil, on_release.head)
    on_release.is_taken(merge, branch="main")
    on_release.is_caught(merge, "hand-edit", words="99")


def test_main_replaced_by_the_release_branch_is_caught(on_release: AttackedRepository) -> None:
    """The rules are back to what they were then, and the updates are gone."""
    kind = "rewritten" if on_release.hook else "old-policy"
    on_release.is_caught(on_release.head, kind, branch="main", force=True)


@pytest.mark.parametrize("first", [True, False], ids=["backdated first", "backdated last"])
def test_a_backdated_line_from_before_the_rules_is_caught(
    attacked: AttackedRepository, first: bool
) -> None:
    """It begins where the repository did, before gitops.yaml."""
    old = attacked.commit(
        {FILE: attacked.with_tag("99")},
        onto=attacked.world.git("rev-list", "--max-parents=0", "main"),
        date=LONG_AGO,
    )
    tree = attacked.tree({FILE: attacked.with_tag("99")})
    parents = (old, attacked.head) if first else (attacked.head, old)
    attacked.is_caught(attacked.commit_tree(tree, *parents), *TAKEN_BACK)
