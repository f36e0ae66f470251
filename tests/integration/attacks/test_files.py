"""Values files that are gone, hidden, or somewhere else: what an operation left there last is what
counts, wherever it stands.
"""

from collections.abc import Mapping

import pytest

from tests.integration.attacks.attacked import ALICE, FILE, AttackedRepository
from tests.integration.operation.world import VALUES

RULES = "gitops.yaml"
BY = ("--reason", "it is no more", *ALICE)


def rules(attacked: AttackedRepository, *changes: tuple[str, str]) -> dict[str, str]:
    """Return gitops.yaml with texts replaced."""
    text = attacked.text(RULES, attacked.world.head())
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return {RULES: text}


def entry(attacked: AttackedRepository) -> str:
    """Return the line of gitops.yaml that makes production."""
    text = attacked.text(RULES, attacked.world.head())
    return next(line for line in text.splitlines(keepends=True) if line.startswith("  prod: "))


def on_main(
    attacked: AttackedRepository, files: Mapping[str, str], gone: tuple[str, ...] = ()
) -> str:
    """Commit on main what it has of files; return the commit."""
    main = attacked.world.head()
    there = attacked.git("ls-tree", "-r", "--name-only", main).splitlines()
    return attacked.commit(files, onto=main, gone=[path for path in gone if path in there])


def together(
    attacked: AttackedRepository,
    changed: Mapping[str, str],
    files: Mapping[str, str],
    gone: tuple[str, ...] = (),
) -> str:
    """Commit gitops.yaml with other files, without those that are ``gone``; where those are on
    another branch than it they come first. Return the commit of gitops.yaml.
    """
    if attacked.branch == "main":
        return on_main(attacked, {**changed, **files}, gone)
    if files:
        assert attacked.push(attacked.commit(files)).taken
    return on_main(attacked, changed, gone)


def test_a_values_file_that_is_too_large_is_caught(attacked: AttackedRepository) -> None:
    large = attacked.with_tag("99") + "# comment\n" * 600_000
    attacked.is_caught(attacked.commit({FILE: large}), "hand-edit", "larger than any values file")


def test_what_was_hidden_in_a_large_file_is_held_against_the_last_value(
    attacked: AttackedRepository,
) -> None:
    """Made large, and then small again with another value: two commits of one push."""
    large = attacked.commit({FILE: attacked.with_tag("99") + "# comment\n" * 600_000})
    small = attacked.commit({FILE: attacked.with_tag("99")}, onto=large)
    attacked.is_caught(small, "hand-edit", "wrote 99")


def test_a_values_file_that_is_removed_is_caught(attacked: AttackedRepository) -> None:
    attacked.is_caught(attacked.commit({}, gone=[FILE]), "removed", "15 ran there")


def test_a_values_file_that_is_deleted_and_comes_back_changed_is_caught(
    attacked: AttackedRepository,
) -> None:
    gone = attacked.commit({}, gone=[FILE])
    back = attacked.commit({FILE: attacked.with_tag("99")}, onto=gone)
    attacked.is_caught(back, "hand-edit", "was added by mallory@example.com with 99")


def test_a_values_file_that_comes_back_as_it_was_is_one_finding(
    attacked: AttackedRepository,
) -> None:
    """That it was gone stays one; that it is back is none, but for a signature."""
    left, gone = attacked.text(), attacked.commit({}, gone=[FILE])
    attacked.is_caught(gone, "removed")
    if attacked.hook:
        return
    attacked.push(attacked.commit({FILE: left}))
    unsigned = ["unsigned"] if attacked.signed else []
    assert [each["kind"] for each in attacked.audit()] == ["removed", *unsigned]
    attacked.deploy("16")
    assert [each["kind"] for each in attacked.audit()] == ["removed", *unsigned]


def test_a_rename_does_not_hide_a_change(attacked: AttackedRepository) -> None:
    """The file and gitops.yaml in one commit, as somebody does who tidies up."""
    changed = rules(attacked, (f"values: {FILE}", "values: values-production.yaml"))
    files = {"values-production.yaml": attacked.with_tag("99")}
    commit = together(attacked, changed, files, gone=(FILE,))
    attacked.is_caught(commit, "hand-edit", "15 -> 99 without an operation", branch="main")


def test_another_file_with_another_value_is_caught(attacked: AttackedRepository) -> None:
    """First the file, then gitops.yaml that names it."""
    attacked.push(attacked.commit({"values-other.yaml": attacked.with_tag("99")}))
    changed = rules(attacked, (f"values: {FILE}", "values: values-other.yaml"))
    attacked.is_caught(on_main(attacked, changed), "hand-edit", "15 -> 99", branch="main")


def test_another_key_with_another_value_is_caught(attacked: AttackedRepository) -> None:
    text = attacked.text() + "other: {tag: '99', digest: ''}\n"
    attacked.push(attacked.commit({FILE: text}))
    images = "tag: image.tag, digest: image.digest"
    changed = rules(attacked, (images, "tag: other.tag, digest: other.digest"))
    attacked.is_caught(on_main(attacked, changed), "hand-edit", "15 -> 99", branch="main")


def test_an_environment_that_is_dropped_is_caught(attacked: AttackedRepository) -> None:
    """Its file stays, Argo CD deploys it, and nobody looks any more."""
    dropped = rules(attacked, (entry(attacked), ""))
    attacked.is_caught(on_main(attacked, dropped), "removed", f"and {FILE} stays", branch="main")


def test_an_application_that_is_dropped_is_caught(attacked: AttackedRepository) -> None:
    dropped = rules(attacked, ("  shop: ", "  other: "), ('path: "."', 'path: "elsewhere"'))
    attacked.is_caught(on_main(attacked, dropped), "removed", "shop in prod", branch="main")


def test_an_environment_that_is_dropped_and_restored_is_held_against_its_last_value(
    attacked: AttackedRepository,
) -> None:
    """In the end gitops.yaml is as it was, and only the value is not."""
    before, dropped = rules(attacked), rules(attacked, (entry(attacked), ""))
    attacked.is_caught(on_main(attacked, dropped), "removed", branch="main")
    if attacked.hook:
        return
    attacked.wait_for_the_next_second()  # of one second nobody can tell which branch was first
    attacked.push(attacked.commit({FILE: attacked.with_tag("99")}))
    attacked.wait_for_the_next_second()
    attacked.push(on_main(attacked, before), "main")
    assert any("15 -> 99" in each["message"] for each in attacked.audit())


@pytest.mark.parametrize("approval", [True, False], ids=["approval kept", "approval dropped"])
def test_an_environment_under_another_name_is_held_against_its_last_value(
    attacked: AttackedRepository, approval: bool
) -> None:
    """prod is production now, with another value in its file."""
    file = FILE if attacked.branch == "main" else "values-production.yaml"
    line = entry(attacked).replace("  prod: ", "  production: ").replace(FILE, file)
    asked = ", approval: {approvers: [alice, bob], distinct: true}"
    line = line if approval else line.replace(asked, "")
    changed = rules(attacked, (entry(attacked), line))
    commit = together(attacked, changed, {file: attacked.with_tag("99")})
    words = "shop in prod was taken out of gitops.yaml"
    attacked.is_caught(commit, "removed", words, branch="main")


def test_an_application_under_another_name_is_held_against_its_last_value(
    attacked: AttackedRepository,
) -> None:
    changed = rules(attacked, ("  shop: ", "  store: "), ('path: "."', 'path: "store"'))
    commit = together(attacked, changed, {f"store/{FILE}": attacked.with_tag("99")}, gone=(FILE,))
    words = "shop in prod was taken out of gitops.yaml"
    attacked.is_caught(commit, "removed", words, branch="main")


def test_a_branch_that_is_switched_with_a_rename_is_caught(attacked: AttackedRepository) -> None:
    attacked.push(attacked.commit({"values-x.yaml": attacked.with_tag("99")}), "other")
    old = entry(attacked)
    new = old.replace(FILE, "values-x.yaml").replace(", branch: release", "")
    changed = rules(attacked, (old, new.replace("{", "{branch: other, ", 1)))
    attacked.is_caught(on_main(attacked, changed), "hand-edit", "15 -> 99", branch="main")


def test_a_policy_that_is_unreadable_leaves_the_old_one_in_force(
    attacked: AttackedRepository,
) -> None:
    """A link as gitops.yaml, and 99 behind it."""
    broken = on_main(attacked, {RULES: "version: 1\n\t{"})
    onto = broken if attacked.branch == "main" else ""
    commit = attacked.commit({FILE: attacked.with_tag("99")}, onto=onto)
    attacked.is_caught(commit, "hand-edit", "wrote 99 over 15")


# what is no attack


def moved(attacked: AttackedRepository) -> str:
    """Switch production to a branch that holds what it has; return the commit of gitops.yaml."""
    attacked.push(attacked.head, "other")
    old = entry(attacked)
    new = old.replace(", branch: release", "").replace("{", "{branch: other, ", 1)
    return on_main(attacked, rules(attacked, (old, new)))


def signed_by_the_pipeline(attacked: AttackedRepository, commit: str) -> str:
    """Return a commit as who may change the rules makes it."""
    if not attacked.signed:
        return commit
    tree, parent = f"{commit}^{{tree}}", f"{commit}^"
    attacked.git("push", "--quiet", "--force", "origin", f"{commit}:refs/sent/0")
    message = attacked.git("log", "-1", "--format=%B", commit)
    made = attacked.world.git("commit-tree", "-S", tree, "-p", parent, "-m", message)
    attacked.world.git("update-ref", "refs/sent/0", made)
    attacked.git("fetch", "--quiet", "origin", "refs/sent/0")
    attacked.world.git("update-ref", "-d", "refs/sent/0")
    return made


def changed_rules_are_taken(
    attacked: AttackedRepository, commit: str, gone: tuple[str, ...] = ()
) -> None:
    """Expect that honest changes of gitops.yaml are taken, and that files may go then which are no
    values files any more.
    """
    attacked.is_taken(signed_by_the_pipeline(attacked, commit), "main")
    if gone and attacked.branch != "main":
        # of one second nobody can tell which branch was first
        attacked.wait_for_the_next_second()
        attacked.is_taken(attacked.commit({}, gone=gone))


def test_a_branch_with_the_same_value_is_taken(attacked: AttackedRepository) -> None:
    """And the next promotion, which goes there, too."""
    changed_rules_are_taken(attacked, moved(attacked))
    attacked.deploy("16")
    assert attacked.audit() == []


def test_a_file_with_the_same_value_under_another_name_is_taken(
    attacked: AttackedRepository,
) -> None:
    changed = rules(attacked, (f"values: {FILE}", "values: values-production.yaml"))
    renamed = {"values-production.yaml": attacked.text()}
    commit = together(attacked, changed, renamed, gone=(FILE,))
    changed_rules_are_taken(attacked, commit, gone=(FILE,))
    attacked.deploy("16")
    assert attacked.audit() == []


@pytest.mark.parametrize("file", [FILE, "values-production.yaml"], ids=["same file", "with it"])
def test_an_environment_with_the_same_value_under_another_name_is_taken(
    attacked: AttackedRepository, file: str
) -> None:
    """With its file at once, or file and name one after the other where they are on two
    branches.
    """
    files = {} if file == FILE else {file: attacked.text()}
    if files and attacked.branch != "main":
        commit = together(attacked, rules(attacked, (FILE, file)), files, gone=(FILE,))
        changed_rules_are_taken(attacked, commit, gone=(FILE,))
        files = {}
    old = entry(attacked)
    changed = rules(attacked, (old, old.replace("  prod: ", "  production: ").replace(FILE, file)))
    gone = (FILE,) if files else ()
    changed_rules_are_taken(attacked, together(attacked, changed, files, gone))
    attacked.deploy("16", to="stage")
    attacked.run("promote", "shop", "--to", "production", *ALICE)
    assert attacked.audit() == []


def test_a_new_environment_on_a_branch_that_was_there_is_taken(
    attacked: AttackedRepository,
) -> None:
    """With the value that the branch got before."""
    other = attacked.commit({"values-qa.yaml": attacked.with_tag("14")})
    other = attacked.commit({"values-qa.yaml": attacked.with_tag("15")}, onto=other)
    attacked.push(other, "other")
    new = "  qa: {values: values-qa.yaml, from: stage, branch: other}\n"
    commit = on_main(attacked, rules(attacked, (entry(attacked), entry(attacked) + new)))
    attacked.is_taken(commit, "main")
    attacked.deploy("16", to="stage")
    attacked.run("promote", "shop", "--to", "qa")
    assert attacked.audit() == []


def test_a_new_environment_takes_the_value_before_it(attacked: AttackedRepository) -> None:
    """The file was there, and the commit that brings it under gitops.yaml leaves it as it is."""
    attacked.is_taken(attacked.commit({"values-qa.yaml": attacked.with_tag("14")}))
    on_branch = f", branch: {attacked.branch}" if attacked.branch != "main" else ""
    new = f"  qa: {{values: values-qa.yaml, from: stage, approval: {{approvers: [alice]}}{on_branch}}}\n"
    commit = on_main(attacked, rules(attacked, (entry(attacked), entry(attacked) + new)))
    attacked.is_taken(commit, "main")


@pytest.mark.parametrize("asked", [True, False], ids=["with approval", "without"])
def test_a_value_that_comes_with_a_new_environment(
    attacked: AttackedRepository, asked: bool
) -> None:
    """It has to be adopted where somebody has to approve; else it is told."""
    approval = ", approval: {approvers: [alice]}" if asked else ""
    new = f"  qa: {{values: values-qa.yaml, from: stage{approval}}}\n"
    changed = rules(attacked, (entry(attacked), entry(attacked) + new))
    commit = on_main(attacked, changed | {"values-qa.yaml": attacked.with_tag("99")})
    if asked:
        attacked.is_caught(commit, "hand-edit", "99 came to values-qa.yaml", branch="main")
        return
    attacked.is_taken(commit, "main")
    assert ("added", "qa") in [(each["kind"], each["environment"]) for each in attacked.notices()]


def test_a_new_environment_without_a_release_is_taken(attacked: AttackedRepository) -> None:
    new = "  qa: {values: values-qa.yaml, from: stage, approval: {approvers: [alice]}}\n"
    changed = rules(attacked, (entry(attacked), entry(attacked) + new))
    attacked.is_taken(on_main(attacked, changed | {"values-qa.yaml": VALUES}), "main")
    attacked.run("promote", "shop", "--to", "qa", *ALICE)
    assert attacked.audit() == []
