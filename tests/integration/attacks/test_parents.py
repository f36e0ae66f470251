"""Merges whose parents are in another order: whoever pushes chooses it, so it proves nothing."""

import pytest

from tests.integration.attacks.attacked import FILE, AttackedRepository

LONG_AGO = "1600000000 +0000"


@pytest.mark.parametrize("date", ["", LONG_AGO], ids=["today", "backdated"])
@pytest.mark.parametrize("turned", [True, False], ids=["orphan first", "orphan last"])
def test_an_orphan_beside_the_branch_is_caught(
    attacked: AttackedRepository, turned: bool, date: str
) -> None:
    """A root commit with rules of its own and 99 in production, merged with the branch."""
    tree = attacked.tree({FILE: attacked.with_tag("99")})
    orphan = attacked.commit_tree(tree, message="x", date=date)
    parents = (orphan, attacked.head) if turned else (attacked.head, orphan)
    merge = attacked.commit_tree(tree, *parents)
    attacked.is_caught(merge, "two-beginnings")


def test_an_orphan_that_changes_nothing_is_caught(attacked: AttackedRepository) -> None:
    """Later operations would be judged by a history that nobody knows."""
    tree = attacked.tree({})
    orphan = attacked.commit_tree(tree, message="x", date=LONG_AGO)
    attacked.is_caught(attacked.commit_tree(tree, orphan, attacked.head), "two-beginnings")


def test_an_orphan_of_values_alone_is_caught(attacked: AttackedRepository) -> None:
    """It has no gitops.yaml: nothing on it was ever under rules."""
    blob = attacked.git("hash-object", "-w", "--stdin", stdin=attacked.with_tag("99"))
    values = attacked.git("mktree", stdin=f"100644 blob {blob}\t{FILE}\n")
    orphan = attacked.commit_tree(values, message="x", date=LONG_AGO)
    tree = attacked.tree({FILE: attacked.with_tag("99")})
    attacked.is_caught(attacked.commit_tree(tree, orphan, attacked.head), "two-beginnings")


def test_an_octopus_with_an_orphan_is_caught(attacked: AttackedRepository) -> None:
    """Between an honest commit and the branch."""
    tree = attacked.tree({FILE: attacked.with_tag("99")})
    orphan = attacked.commit_tree(tree, message="x")
    honest = attacked.commit({"README.md": "mine\n"})
    merge = attacked.commit_tree(tree, honest, orphan, attacked.head)
    attacked.is_caught(merge, "two-beginnings")


def test_an_orphan_behind_another_merge_is_caught(attacked: AttackedRepository) -> None:
    """The merge that reaches the branch has related parents only."""
    tree = attacked.tree({FILE: attacked.with_tag("99")})
    orphan = attacked.commit_tree(tree, message="x")
    inner = attacked.commit_tree(tree, orphan, f"{attacked.head}~1")
    merge = attacked.commit_tree(tree, inner, attacked.head)
    attacked.is_caught(merge, "two-beginnings")


def test_a_root_of_other_files_may_be_merged_in(attacked: AttackedRepository) -> None:
    """A project that had a repository of its own: no managed value comes with it."""
    blob = attacked.git("hash-object", "-w", "--stdin", stdin="hello\n")
    other = attacked.git("mktree", stdin=f"100644 blob {blob}\tother.txt\n")
    root = attacked.commit_tree(other, message="begin")
    tree = attacked.tree({"other.txt": "hello\n"})
    attacked.is_taken(attacked.commit_tree(tree, root, attacked.head))
