"""Changes of the layout that keep every value: all of them pass, and so does what follows."""

import pytest

from tests.integration.attacks.attacked import AttackedRepository


def rules(attacked: AttackedRepository, old: str, new: str) -> str:
    """Return the rules with something replaced that is there."""
    text = attacked.text("gitops.yaml", attacked.world.head())
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize("own", [False, True], ids=["made from the old one", "of its own"])
def test_an_environment_that_moves_to_a_branch_with_its_value(
    unsigned: AttackedRepository, own: bool
) -> None:
    """`branch:` of prod changes; the branch got the value with its commits, or by hand."""
    root = unsigned.world.git("rev-list", "--max-parents=0", "main")
    unsigned.world.git("update-ref", "refs/heads/production", root if own else unsigned.head)
    if own:
        unsigned.world.write({"values-prod.yaml": unsigned.text()}, branch="production")
    unsigned.fetch()
    where = "" if unsigned.branch == "main" else f", branch: {unsigned.branch}"
    changed = rules(
        unsigned, f"from: stage{where}, approval", "from: stage, branch: production, approval"
    )
    unsigned.is_taken(
        unsigned.commit({"gitops.yaml": changed}, onto=unsigned.world.head()), branch="main"
    )
    unsigned.deploy("16")
    assert not unsigned.audit()
    unsigned.roll_back()
    assert not unsigned.audit()


def test_an_environment_that_moves_to_main(on_release: AttackedRepository) -> None:
    """With its value, in one commit; where there are signers, one of them makes it."""
    moved = rules(on_release, f"from: stage, branch: {on_release.branch}", "from: stage")
    files = {"gitops.yaml": moved, "values-prod.yaml": on_release.text()}
    commit = on_release.commit(files, onto=on_release.world.head())
    if on_release.signed:
        on_release.is_caught(commit, "unsigned", branch="main")
        return
    on_release.is_taken(commit, branch="main")
    on_release.deploy("16")
    assert not on_release.audit()


def test_a_new_environment_on_a_branch_with_its_value(attacked: AttackedRepository) -> None:
    """The branch was made before, with the value that is the environment's first."""
    attacked.world.write({"values-eu.yaml": attacked.text()}, branch=attacked.branch)
    attacked.world.git("update-ref", "refs/heads/eu", attacked.head)
    attacked.fetch()
    added = rules(
        attacked, "people:", "  eu: {values: values-eu.yaml, from: stage, branch: eu}\npeople:"
    )
    attacked.is_taken(
        attacked.commit({"gitops.yaml": added}, onto=attacked.world.head()), branch="main"
    )
    attacked.deploy("16", to="stage")
    attacked.run("promote", "shop", "--to", "eu")
    assert not attacked.audit()
