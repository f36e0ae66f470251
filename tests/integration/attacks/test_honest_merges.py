"""Merges of every day, which take nothing away: all of them pass, with their parents in any order."""

import pytest

from tests.integration.attacks.attacked import ALICE, AttackedRepository

TURNED = pytest.mark.parametrize("turned", [True, False], ids=["pulled", "merged"])


def merged(
    attacked: AttackedRepository, mine: str, turned: bool, date: str = "", branch: str = ""
) -> str:
    """Return the merge of somebody's commit with production's branch or with another one, as a pull
    makes it or as a server does.
    """
    head = attacked.world.head(branch or attacked.branch)
    one, other = (mine, head) if turned else (head, mine)
    attacked.switch(one)
    attacked.git("merge", "--quiet", "--no-ff", "--no-edit", other, date=date)
    return attacked.git("rev-parse", "HEAD")


@TURNED
def test_a_whole_promotion_behind_a_pull(attacked: AttackedRepository, turned: bool) -> None:
    """Update, stage and prod of one application; the next release passes too."""
    mine = attacked.commit({"README.md": "mine\n"})
    attacked.deploy("16")
    attacked.is_taken(merged(attacked, mine, turned))
    attacked.deploy("17")
    assert not attacked.audit()


@TURNED
def test_two_releases_and_a_rollback_behind_a_pull(
    attacked: AttackedRepository, turned: bool
) -> None:
    """What was done and taken back there counts, although the value is the same as before."""
    mine = attacked.commit({"README.md": "mine\n"})
    attacked.deploy("16")
    attacked.deploy("17")
    attacked.roll_back()
    attacked.is_taken(merged(attacked, mine, turned))
    withdrawn = attacked.world.refused("promote", "shop", "--to", "prod", *ALICE)
    assert "withdrawn" in withdrawn.out + withdrawn.err
    attacked.deploy("18")
    assert not attacked.audit()


@TURNED
def test_a_soak_that_was_sat_out_behind_a_pull(unsigned: AttackedRepository, turned: bool) -> None:
    """It ran in stage for a second before it was promoted, whenever the merge was made."""
    rules = unsigned.text("gitops.yaml", unsigned.world.head())
    soak = rules.replace("approval:", "soak: 1s, approval:")
    unsigned.push(unsigned.commit({"gitops.yaml": soak}, onto=unsigned.world.head()), branch="main")
    mine = unsigned.commit({"README.md": "mine\n"})
    unsigned.deploy("16", to="stage")
    unsigned.wait_for_the_next_second()
    unsigned.wait_for_the_next_second()
    unsigned.run("promote", "shop", "--to", "prod", *ALICE)
    unsigned.is_taken(merged(unsigned, mine, turned))


def test_a_pull_on_a_machine_whose_clock_is_slow(attacked: AttackedRepository) -> None:
    """The merge is dated before what it merges."""
    mine = attacked.commit({"README.md": "mine\n"}, date="1600000000 +0000")
    attacked.deploy("16")
    attacked.is_taken(merged(attacked, mine, turned=True, date="1600000000 +0000"))
    attacked.deploy("17")
    assert not attacked.audit()


@TURNED
def test_a_topic_that_takes_the_branch_in_twice(attacked: AttackedRepository, turned: bool) -> None:
    topic = attacked.commit({"README.md": "mine\n"})
    attacked.deploy("16")
    topic = merged(attacked, topic, turned=True)
    attacked.deploy("17")
    topic = attacked.commit({"README.md": "more\n"}, onto=topic)
    attacked.is_taken(merged(attacked, topic, turned))
    attacked.deploy("18")
    assert not attacked.audit()


def test_a_criss_cross(attacked: AttackedRepository) -> None:
    """Two people merge each other, and one of them both merges."""
    mine = attacked.commit({"README.md": "mine\n"})
    after = attacked.deploy("16")
    tree = attacked.tree({"README.md": "mine\n"})
    one, other = attacked.commit_tree(tree, mine, after), attacked.commit_tree(tree, after, mine)
    attacked.is_taken(attacked.commit_tree(tree, one, other))
    attacked.deploy("17")
    attacked.roll_back()
    assert not attacked.audit()


def test_an_octopus_of_topics(attacked: AttackedRepository) -> None:
    one = attacked.commit({"README.md": "one\n"})
    two = attacked.commit({"CODEOWNERS": "two\n"})
    after = attacked.deploy("16")
    tree = attacked.tree({"README.md": "one\n", "CODEOWNERS": "two\n"})
    attacked.is_taken(attacked.commit_tree(tree, one, after, two))
    attacked.deploy("17")
    assert not attacked.audit()


@TURNED
def test_each_side_with_an_operation_of_its_own(attacked: AttackedRepository, turned: bool) -> None:
    """A proposal to one environment, and an operation on another one meanwhile: both values win."""
    attacked.deploy("16", to="stage")
    attacked.run("promote", "shop", "--to", "prod", *ALICE, "--publish-branch", "proposal")
    attacked.run("rollback", "shop", "--env", "stage")
    proposal = attacked.world.head("proposal")
    attacked.is_taken(merged(attacked, proposal, turned))
    assert "16" in attacked.text()
    attacked.deploy("17")
    assert not attacked.audit()


@TURNED
def test_a_proposal(attacked: AttackedRepository, turned: bool) -> None:
    attacked.deploy("16", to="stage")
    attacked.run("promote", "shop", "--to", "prod", *ALICE, "--publish-branch", "proposal")
    attacked.world.write({"README.md": "meanwhile\n"}, branch=attacked.branch)
    attacked.fetch()
    attacked.is_taken(merged(attacked, attacked.world.head("proposal"), turned))
    assert "16" in attacked.text()
    attacked.roll_back()
    assert not attacked.audit()


def test_main_that_is_merged_into_a_branch_and_back(on_release: AttackedRepository) -> None:
    """A back-merge of main into the release branch, and main on its tip."""
    on_release.deploy("16")
    main = on_release.world.head()
    on_release.switch()
    on_release.git("merge", "--quiet", "--no-edit", main)
    on_release.is_taken(on_release.git("rev-parse", "HEAD"))
    on_release.is_taken(on_release.head, branch="main")
    on_release.deploy("17")
    assert not on_release.audit()
    on_release.switch()
    on_release.git("merge", "--quiet", "--no-ff", "--no-edit", on_release.world.head())
    on_release.is_taken(on_release.git("rev-parse", "HEAD"))
    on_release.deploy("18")
    assert not on_release.audit()


def test_a_branch_that_is_merged_into_main(on_release: AttackedRepository) -> None:
    on_release.deploy("16")
    released = on_release.head
    on_release.switch(on_release.world.head())
    on_release.git("merge", "--quiet", "--no-edit", released)
    merge = on_release.git("rev-parse", "HEAD")
    on_release.is_taken(merge, branch="main")
    on_release.deploy("17")
    assert not on_release.audit()
    on_release.switch()
    on_release.git("merge", "--quiet", "--no-edit", on_release.world.head())
    on_release.is_taken(on_release.git("rev-parse", "HEAD"))
    on_release.deploy("18")
    on_release.roll_back()
    assert not on_release.audit()
