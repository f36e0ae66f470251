"""Merges whose parents are in another order: whoever pushes chooses it, so it proves nothing."""

import pytest

from tests.integration.attacks.attacked import FILE, AttackedRepository


@pytest.mark.parametrize("turned", [True, False], ids=["orphan first", "orphan last"])
def test_an_orphan_beside_the_branch_is_caught(attacked: AttackedRepository, turned: bool) -> None:
    """A root commit with rules of its own and 99 in production, merged with the branch."""
    tree = attacked.tree({FILE: attacked.with_tag("99")})
    orphan = attacked.commit_tree(tree, message="x")
    parents = (orphan, attacked.head) if turned else (attacked.head, orphan)
    attacked.is_caught(attacked.commit_tree(tree, *parents), "two-beginnings")


def test_a_pull_of_every_day_is_taken(attacked: AttackedRepository) -> None:
    """The colleague's own commit comes first, what the pipeline did meanwhile second."""
    mine = attacked.commit({"README.md": "mine\n"})
    attacked.deploy("16")
    attacked.switch(mine)
    attacked.git("merge", "--quiet", "--no-edit", attacked.head)
    attacked.is_taken(attacked.git("rev-parse", "HEAD"))
