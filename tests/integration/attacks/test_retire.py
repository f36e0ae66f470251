"""Places that are retired: in the open, approved, and held against the last value when they are back."""

from tests.integration.attacks.attacked import ALICE, FILE, AttackedRepository

BY = ("--reason", "it is no more", *ALICE)


def planned(attacked: AttackedRepository) -> str:
    """Return the id of the plan to retire what runs in production."""
    ran = attacked.world.run("plan", "retire", "shop", "--env", "prod", *BY, check=0)
    return str(ran.result["plan_id"])


def retired(attacked: AttackedRepository, plan: str, approver: str = "alice") -> str:
    """Return a message as a retirement has it."""
    image = next(
        line
        for line in attacked.git("log", "-1", "--format=%B", attacked.head).splitlines()
        if line.startswith("Gitops-Image: ")
    )
    return (
        "retire(shop): prod 15\n\nGitops-Operation: retire\nGitops-App: shop\n"
        f"Gitops-Environment: prod\n{image}\nGitops-Plan: 2:{plan}\n"
        f"Gitops-Policy: {attacked.world.head()}\nGitops-Requested-By: carol\n"
        f"Gitops-Approved-By: {approver}\nGitops-Reason: it is no more\n"
    )


def test_the_command_is_taken(attacked: AttackedRepository) -> None:
    attacked.run("retire", "shop", "--env", "prod", *BY)
    assert attacked.audit() == []


def test_one_that_nobody_entitled_approved_is_caught(attacked: AttackedRepository) -> None:
    message = retired(attacked, planned(attacked), approver="mallory")
    attacked.is_caught(attacked.commit({}, message, gone=[FILE]), "gate", "mallory")


def test_one_with_another_plan_is_caught(attacked: AttackedRepository) -> None:
    message = retired(attacked, "0" * 64)
    attacked.is_caught(attacked.commit({}, message, gone=[FILE]), "forged")


def test_one_that_hides_the_file_instead_is_caught(attacked: AttackedRepository) -> None:
    """Its trailers say that it goes, and Argo CD reads 99 there."""
    message = retired(attacked, planned(attacked))
    large = attacked.with_tag("99") + "# comment\n" * 600_000
    attacked.is_caught(attacked.commit({FILE: large}, message), "forged")


def test_one_that_takes_more_than_it_says_is_caught(attacked: AttackedRepository) -> None:
    message = retired(attacked, planned(attacked))
    commit = attacked.commit({}, message, gone=[FILE, "charts"])
    attacked.is_caught(commit, "beside-operation", "charts/Chart.yaml")


def test_an_approval_does_not_serve_a_second_time(attacked: AttackedRepository) -> None:
    """What came back in the open is not retired again by the words of the first time."""
    left = attacked.text()
    attacked.run("retire", "shop", "--env", "prod", *BY)
    message = attacked.git("log", "-1", "--format=%B", attacked.head)
    back = attacked.commit({FILE: left})
    kind = "unsigned" if attacked.signed else "copied"
    attacked.is_caught(attacked.commit({}, message, onto=back, gone=[FILE]), kind)


def test_what_comes_back_with_another_value_is_caught(attacked: AttackedRepository) -> None:
    attacked.run("retire", "shop", "--env", "prod", *BY)
    attacked.is_caught(attacked.commit({FILE: attacked.with_tag("99")}), "hand-edit", "with 99")


def test_what_comes_back_under_another_name_is_caught(attacked: AttackedRepository) -> None:
    """The place is back in gitops.yaml with another file."""
    attacked.run("retire", "shop", "--env", "prod", *BY)
    attacked.push(attacked.commit({"values-other.yaml": attacked.with_tag("99")}))
    main = attacked.world.head()
    rules = attacked.text("gitops.yaml", main).replace(FILE, "values-other.yaml")
    commit = attacked.commit({"gitops.yaml": rules}, onto=main)
    attacked.is_caught(commit, "hand-edit", "15 -> 99", branch="main")


def test_a_merge_that_takes_it_back_is_caught(attacked: AttackedRepository) -> None:
    """`merge -s ours` on what was before: the file is there again as if nobody had retired it."""
    before = attacked.head
    attacked.run("retire", "shop", "--env", "prod", *BY)
    side = attacked.commit({"README.md": "aside\n"}, onto=before)
    tree = attacked.git("rev-parse", f"{side}^{{tree}}")
    merge = attacked.commit_tree(tree, attacked.head, side)
    attacked.is_caught(merge, "unsigned" if attacked.signed else "lost")
