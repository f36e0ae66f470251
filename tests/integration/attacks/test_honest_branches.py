"""Changes of every day that touch two branches, or the branch that an environment lives on: all of
them pass, and attacks that look like them don't.
"""

import pytest

from tests.integration.attacks.attacked import ALICE, FILE, AttackedRepository
from tests.integration.attacks.machines import elsewhere, made, promote
from tests.integration.attacks.test_honest_merges import TURNED, merged
from tests.integration.attacks.test_moved_places import rules

BRANCHES = ("refs/heads/main", "refs/heads/elsewhere")


def on_elsewhere(attacked: AttackedRepository, *environments: str) -> str:
    """Return a commit of main that lets environments live on another branch."""
    on_branch = "" if attacked.branch == "main" else f", branch: {attacked.branch}"
    text = attacked.text("gitops.yaml", attacked.world.head())
    for name in environments:
        source = {"prod": "stage", "stage": "dev"}[name]
        old = f"from: {source}{on_branch}"
        assert old in text
        text = text.replace(old, f"from: {source}, branch: elsewhere")
    return attacked.commit({"gitops.yaml": text}, onto=attacked.world.head())


def taken(attacked: AttackedRepository, references: dict[str, str | None]) -> None:
    """Expect that the hook takes a push, and that an audit finds no violation."""
    pushed = attacked.push_references(references)
    assert pushed.taken, pushed.words
    assert attacked.audit() == []


def caught(
    attacked: AttackedRepository, references: dict[str, str | None], kind: str, words: str
) -> None:
    """Expect that the hook refuses a push, or that an audit condemns it where there is none."""
    pushed = attacked.push_references(references)
    if attacked.hook:
        assert not pushed.taken
        assert f"NO   {kind} " in pushed.words
        assert words in pushed.words
        return
    found = attacked.audit()
    assert any(each["kind"] == kind and words in each["message"] for each in found), found


@TURNED
def test_a_pull_of_main_while_others_promote_on_release(
    on_release: AttackedRepository, turned: bool
) -> None:
    """What was promoted from the update to dev says that main had it by then."""
    mine = on_release.commit({"README.md": "mine\n"}, onto=on_release.world.head())
    on_release.deploy("16")
    on_release.is_taken(merged(on_release, mine, turned, branch="main"), branch="main")
    on_release.deploy("17")
    assert not on_release.audit()


@pytest.mark.parametrize("claims", [True, False], ids=["names the proposal", "names main"])
def test_a_promotion_of_what_was_only_proposed_is_caught(
    on_release: AttackedRepository, claims: bool
) -> None:
    """Somebody promotes an update before it is merged, in a copy in which it is."""
    on_release.world.image("16")
    on_release.run("update", "shop", "--env", "dev", "--tag", "16", "--publish-branch", "proposal")
    proposal, main = on_release.world.head("proposal"), on_release.world.head()
    with elsewhere(on_release) as copy:
        on_release.git("push", "--quiet", str(copy), f"{proposal}:refs/heads/main")
        promote(on_release, copy, "stage")
    promotion = made(on_release)
    if not claims:
        message = on_release.git("log", "-1", "--format=%B", promotion).replace(proposal, main)
        tree = f"{promotion}^{{tree}}"
        promotion = on_release.commit_tree(tree, on_release.head, message=message)
    on_release.is_caught(promotion, "gate", words="order did not hold")


@pytest.mark.parametrize("environments", [("prod",), ("stage", "prod")], ids=["prod", "both"])
def test_a_new_branch_pushed_with_the_rules_that_name_it(
    unsigned: AttackedRepository, environments: tuple[str, ...]
) -> None:
    main = on_elsewhere(unsigned, *environments)
    taken(unsigned, dict(zip(BRANCHES, (main, unsigned.head), strict=True)))
    unsigned.deploy("16")
    assert not unsigned.audit()


@pytest.mark.parametrize("environments", [("prod",), ("stage", "prod")], ids=["prod", "both"])
def test_a_new_branch_with_another_value_is_caught(
    unsigned: AttackedRepository, environments: tuple[str, ...]
) -> None:
    evil = unsigned.commit({FILE: unsigned.with_tag("99")})
    main = on_elsewhere(unsigned, *environments)
    caught(unsigned, dict(zip(BRANCHES, (main, evil), strict=True)), "hand-edit", "15 -> 99")


@pytest.mark.parametrize("environments", [("prod",), ("stage", "prod")], ids=["prod", "both"])
def test_a_branch_that_was_there_with_another_value_is_caught(
    unsigned: AttackedRepository, environments: tuple[str, ...]
) -> None:
    evil = unsigned.commit({FILE: unsigned.with_tag("99")})
    assert unsigned.push(evil, "elsewhere").taken
    unsigned.is_caught(
        on_elsewhere(unsigned, *environments), "hand-edit", words="15 -> 99", branch="main"
    )


def test_a_new_branch_that_is_dated_after_the_rules_is_caught(
    unsigned: AttackedRepository,
) -> None:
    """By its date the other value comes once the environment has moved."""
    main = on_elsewhere(unsigned, "prod")
    later = int(unsigned.git("log", "-1", "--format=%ct", main)) + 60
    evil = unsigned.commit({FILE: unsigned.with_tag("99")}, date=f"{later} +0000")
    caught(unsigned, dict(zip(BRANCHES, (main, evil), strict=True)), "hand-edit", "99")


def test_a_branch_that_was_there_dated_after_the_rules_is_caught(
    unsigned: AttackedRepository,
) -> None:
    main = on_elsewhere(unsigned, "prod")
    later = int(unsigned.git("log", "-1", "--format=%ct", main)) + 60
    evil = unsigned.commit({FILE: unsigned.with_tag("99")}, date=f"{later} +0000")
    assert unsigned.push(evil, "elsewhere").taken
    unsigned.is_caught(main, "hand-edit", words="99", branch="main")


RENAMED = "values-production.yaml"
FIRST = pytest.mark.parametrize("first", ["main", "release"])


def renamed(
    attacked: AttackedRepository, first: str, files: dict[str, str] | None = None
) -> dict[str, str | None]:
    """Return the push of a values file under another name on one branch, and of the rules that name
    it on the other; ``first`` is the branch whose commit has the earlier date.
    """
    changed = rules(attacked, f"values: {FILE}", f"values: {RENAMED}")
    now = int(attacked.git("log", "-1", "--format=%ct", attacked.head))
    dates = {branch: f"{now + (branch != first)} +0000" for branch in ("main", "release")}
    content = files or {RENAMED: attacked.text()}
    release = attacked.commit(content, gone=(FILE,), date=dates["release"])
    onto = attacked.world.head()
    main = attacked.commit({"gitops.yaml": changed}, onto=onto, gone=(FILE,), date=dates["main"])
    return {"refs/heads/main": main, "refs/heads/release": release}


@FIRST
def test_a_file_renamed_on_one_branch_with_its_name_on_the_other(
    release_unsigned: AttackedRepository, first: str
) -> None:
    """What ran there has run on: it may be rolled back, and what comes next is held against it."""
    taken(release_unsigned, renamed(release_unsigned, first))
    release_unsigned.deploy("16")
    release_unsigned.roll_back()
    assert not release_unsigned.audit()


@FIRST
def test_a_file_renamed_with_another_value_is_caught(
    release_unsigned: AttackedRepository, first: str
) -> None:
    files = {RENAMED: release_unsigned.with_tag("99")}
    caught(release_unsigned, renamed(release_unsigned, first, files), "hand-edit", "99")


@FIRST
def test_a_file_renamed_and_then_edited_is_caught(
    release_unsigned: AttackedRepository, first: str
) -> None:
    references = renamed(release_unsigned, first)
    edited = {RENAMED: release_unsigned.with_tag("99")}
    evil = release_unsigned.commit(edited, onto=references["refs/heads/release"] or "")
    references["refs/heads/release"] = evil
    caught(release_unsigned, references, "hand-edit", "99")


@FIRST
def test_half_of_a_rename_is_caught(release_unsigned: AttackedRepository, first: str) -> None:
    """Nothing lies in between that has a value: both branches are pushed together."""
    kind = {"main": "hand-edit", "release": "removed"}[first]
    half = renamed(release_unsigned, first)[f"refs/heads/{first}"]
    caught(release_unsigned, {f"refs/heads/{first}": half}, kind, "15")


def test_a_file_that_was_removed_before_it_came_back_renamed_is_caught(
    release_unsigned: AttackedRepository,
) -> None:
    """Its value was nowhere for a while."""
    date = release_unsigned.git("log", "-1", "--format=%cd", "--date=raw", release_unsigned.head)
    gone = release_unsigned.commit({}, gone=(FILE,), date=date)
    back = release_unsigned.commit({RENAMED: release_unsigned.text()}, onto=gone, date=date)
    main = renamed(release_unsigned, "release")["refs/heads/main"]
    references = {"refs/heads/main": main, "refs/heads/release": back}
    caught(release_unsigned, references, "removed", "nobody retired it")


def test_a_file_renamed_where_there_are_signers_is_signed(
    on_release: AttackedRepository,
) -> None:
    if not on_release.signed:
        taken(on_release, renamed(on_release, "main"))
        return
    caught(on_release, renamed(on_release, "main"), "unsigned", RENAMED)


def test_an_environment_that_moves_after_a_soak_behind_a_pull(
    release_unsigned: AttackedRepository,
) -> None:
    """Where the branch stood is known by the rules of that time."""
    attacked = release_unsigned
    soak = rules(attacked, "approval:", "soak: 1s, approval:")
    onto = attacked.world.head()
    attacked.push(attacked.commit({"gitops.yaml": soak}, onto=onto), branch="main")
    mine = attacked.commit({"README.md": "mine\n"})
    attacked.deploy("16", to="stage")
    attacked.wait_for_the_next_second()
    attacked.wait_for_the_next_second()
    attacked.run("promote", "shop", "--to", "prod", *ALICE)
    attacked.is_taken(merged(attacked, mine, turned=True))
    assert attacked.push(attacked.head, "elsewhere").taken
    attacked.is_taken(on_elsewhere(attacked, "prod"), branch="main")
    attacked.deploy("17", to="stage")
    assert not attacked.audit()
