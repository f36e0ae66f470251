"""Who asked, who wrote it, and who may approve it: at the command and in the audit, by the same
law.
"""

import re

import pytest

from tests.integration.operation.test_releases import release_file
from tests.integration.operation.world import CHAIN, VALUES, World

BY_ALICE = ("--approved-by", "alice", "--requested-by", "carol")
BY_BOB = ("--approved-by", "bob", "--requested-by", "carol")
REASON = ("--reason", "found by hand")


def built(world: World, tag: str, *authors: str) -> None:
    """Write a new image into dev, with the release file of its build."""
    image = {"repository": world.registry, "tag": tag, "digest": world.image(tag)}
    file = release_file(world, images=[image], source_authors=list(authors))
    world.ok("update", "shop", "--env", "dev", "--release", file)


def tagged(world: World, tag: str) -> None:
    """Write an image into dev of which nothing but its tag is known."""
    world.image(tag)
    world.ok("update", "shop", "--env", "dev", "--tag", tag)


def written_again(world: World) -> None:
    """Let the image that alice wrote come to stage a second time, of which no record names her."""
    built(world, "18", "alice@example.com")
    tagged(world, "17")
    tagged(world, "18")
    world.ok("promote", "shop", "--to", "stage")
    assert not [line for line in world.trailers() if "Author" in line]


def policy(world: World, before: str = "", after: str = "", *, head: str = "") -> None:
    """Change gitops.yaml of the world."""
    text = CHAIN % {"registry": world.registry}
    assert before in text
    world.write(
        {"gitops.yaml": text.replace("version: 1\n", f"version: 1\n{head}").replace(before, after)}
    )


def test_an_author_whom_an_earlier_record_names_can_not_approve(world: World) -> None:
    world.after(written_again)
    ran = world.refused("promote", "shop", "--to", "prod", *BY_ALICE)
    assert "alice is an author of the source revision and can't approve it" in ran.result["message"]
    world.ok("promote", "shop", "--to", "prod", *BY_BOB)
    world.run("audit", check=0)


def test_the_audit_finds_what_a_program_let_pass_that_looked_at_one_record_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.after(written_again)
    monkeypatch.setattr("gitops_ci.usecases.facts.authors.Reader.read", lambda *_: {})
    world.ok("promote", "shop", "--to", "prod", *BY_ALICE)
    assert "alice is an author of the source revision" in world.run("audit", check=3).out


def test_an_adoption_takes_no_author_away(world: World) -> None:
    built(world, "18", "alice@example.com")
    world.write({"values-stage.yaml": world.text("values-dev.yaml") + "\n"})
    world.ok("adopt", "shop", "--env", "stage", *REASON)
    ran = world.refused("promote", "shop", "--to", "prod", *BY_ALICE)
    assert "alice is an author of the source revision" in ran.result["message"]


def test_an_author_is_found_on_the_branch_of_another_environment(world: World) -> None:
    world.write({"values-dev.yaml": VALUES}, "begin", branch="builds")
    policy(
        world, "dev: {values: values-dev.yaml}", "dev: {values: values-dev.yaml, branch: builds}"
    )
    for tag in ("18", "17", "18"):
        image = {"repository": world.registry, "tag": tag, "digest": world.image(tag)}
        first = "Gitops-App" not in world.git("log", "--format=%b", "builds")
        file = release_file(
            world, images=[image], source_authors=["alice@example.com"] if first else []
        )
        world.run("update", "shop", "--env", "dev", "--release", file, check=0)
    world.write({"values-stage.yaml": world.text("values-dev.yaml", "builds") + "\n"})
    world.ok("adopt", "shop", "--env", "stage", *REASON)
    ran = world.refused("promote", "shop", "--to", "prod", *BY_ALICE)
    assert "alice is an author of the source revision" in ran.result["message"]


def test_a_commit_that_only_claims_an_author_makes_none_known(world: World) -> None:
    policy(world, "distinct: true", "distinct: true, unknown_authors: refuse")
    tagged(world, "18")
    claim = re.sub(r"(Gitops-Plan)", r"Gitops-Source-Author: dave@example.com\n\1", world.message())
    world.write({"README": "hello\n"}, claim)
    world.ok("promote", "shop", "--to", "stage")
    ran = world.refused("promote", "shop", "--to", "prod", *BY_BOB)
    assert "nobody recorded who wrote 18" in ran.result["message"]


def test_all_who_asked_are_recorded_and_kept_out(world: World) -> None:
    built(world, "18", "dave@example.com")
    world.ok("promote", "shop", "--to", "stage")
    asked = ("--requested-by", "dave", "--requested-by", "Alice+ci@example.com")
    ran = world.refused("promote", "shop", "--to", "prod", *asked, "--approved-by", "alice")
    assert "alice asked for it and can't approve it too" in ran.result["message"]
    world.ok("promote", "shop", "--to", "prod", *asked, "--approved-by", "bob")
    found = [line for line in world.trailers() if "Requested-By" in line]
    assert found == ["Gitops-Requested-By: dave", "Gitops-Requested-By: Alice+ci@example.com"]
    (row,) = world.run("history", "--by", "alice", "--output", "json", check=0).result["entries"]
    assert row["requested_by"] == "dave, Alice+ci@example.com"
    world.run("audit", check=0)


@pytest.mark.parametrize(
    "name", ["alice+x@example.com", "al\u0456ce", "alice\nerin", "al\x07ice", "ALICE"]
)
def test_another_spelling_of_who_asked_is_the_same_person(world: World, name: str) -> None:
    built(world, "18", "dave@example.com")
    world.ok("promote", "shop", "--to", "stage")
    ran = world.refused(
        "promote", "shop", "--to", "prod", "--requested-by", name, "--approved-by", "alice"
    )
    assert "alice asked for it and can't approve it too" in ran.result["message"]


def test_a_line_break_in_the_name_of_who_approves_is_refused(world: World) -> None:
    world.refused("promote", "shop", "--to", "prod", "--approved-by", "bob\nerin", code=2)


def test_what_started_a_build_is_recorded_where_no_person_did(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(world, "18", "alice@example.com")
    world.ok("promote", "shop", "--to", "stage")
    cause = "jenkins: jenkins.branch.BranchEventCause: Push event to branch main"
    monkeypatch.setenv("GITOPS_CI_REQUESTED_BY", cause)
    said = world.refused(
        "promote", "shop", "--to", "prod", "--approved-by", "alice", code=2
    ).result["message"]
    assert "that is what a build records which no person started" in said
    monkeypatch.setenv("BUILD_NUMBER", "7")
    ran = world.refused("promote", "shop", "--to", "prod", "--approved-by", "alice")
    assert "alice is an author" in ran.result["message"]
    ran = world.ok("promote", "shop", "--to", "prod", "--approved-by", "bob")
    assert "Gitops-Requested-By: nobody: push" in world.trailers()
    assert ran.result["warnings"] == []
    world.run("audit", check=0)


def test_what_can_not_be_told_is_a_warning_first_and_a_refusal_where_the_file_asks_for_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gitops_ci.model.required_version.__version__", "7.2.0")
    tagged(world, "18")
    world.ok("promote", "shop", "--to", "stage")
    planned = world.run(
        "plan", "promote", "shop", "--to", "prod", "--requested-by", "root", check=0
    )
    assert "warning: shop: root, who asks for it, is not under people" in str(
        planned.result["summary"]
    )
    ran = world.ok(
        "promote", "shop", "--to", "prod", "--requested-by", "root", "--approved-by", "alice"
    )
    (warning,) = ran.result["warnings"]
    assert "root, who asks for it, is not under people" in warning
    assert "nobody recorded who wrote 18" in warning
    policy(world, head='requires: ">=0.2"\n')
    assert "requires: none -> >=0.2 " in world.run("audit", check=0).out
    tagged(world, "19")
    world.ok("promote", "shop", "--to", "stage")
    ran = world.refused("promote", "shop", "--to", "prod", "--requested-by", "root")
    assert "root, who asks for it, is not under people" in ran.result["message"]
    assert "--requested-by NAME" in ran.result["gates"][-1]["remedy"]
    explained = world.run("explain", "shop", "--env", "prod", "--requested-by", "root", check=0).out
    assert "say who asks with --requested-by NAME" in explained
    assert "--approved-by NAME" not in explained
    ran = world.refused("promote", "shop", "--to", "prod", "--requested-by", "dave")
    assert "nobody recorded who wrote 19" in ran.result["message"]
    world.ok("rollback", "shop", "--env", "stage")
    built(world, "20", "dave@example.com")
    world.ok("promote", "shop", "--to", "stage")
    world.ok("promote", "shop", "--to", "prod", "--requested-by", "dave", "--approved-by", "alice")
    world.run("audit", check=0)


def test_the_audit_judges_by_the_rules_of_the_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gitops_ci.model.required_version.__version__", "7.2.0")
    policy(world, head='requires: ">=0.2"\n')
    tagged(world, "18")
    world.ok("promote", "shop", "--to", "stage")
    monkeypatch.setattr("gitops_ci.core.gates.four_eyes.STRICT", (9, 0, 0))
    monkeypatch.setattr("gitops_ci.core.config.environments.STRICT", (9, 0, 0))
    world.ok("promote", "shop", "--to", "prod", "--requested-by", "root", "--approved-by", "alice")
    monkeypatch.undo()
    monkeypatch.setattr("gitops_ci.model.required_version.__version__", "7.2.0")
    assert "approval did not hold: root, who asks for it" in world.run("audit", check=3).out


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("history",),
        ("audit",),
        ("audit", "--range", "main~1..main", "--branch", "main"),
        ("diff", "dev", "stage"),
        ("explain", "shop", "--env", "prod"),
        ("update", "shop", "--env", "dev", "--tag", "18"),
        ("plan", "promote", "shop", "--to", "prod"),
        ("rollback", "shop", "--env", "prod"),
        ("check", "shop", "--env", "dev", "--name", "test", "--passed"),
    ],
)
def test_a_file_for_a_newer_program_is_refused_by_every_command(
    world: World, words: tuple[str, ...]
) -> None:
    policy(world, head='requires: ">=9.1"\n')
    ran = world.refused(*words, code=1)
    assert re.search(
        r"gitops\.yaml:2: requires: gitops-ci >=9\.1 is required, and this is \d",
        ran.result["message"],
    )
    assert "update gitops-ci here" in ran.err


def test_an_older_rule_that_asked_for_too_much_leaves_those_before_it_in_force(
    world: World,
) -> None:
    tagged(world, "18")
    policy(world, head='requires: ">=9.1"\n')
    policy(world)
    tagged(world, "19")
    assert "is required" in world.run("audit", check=0).out


def test_no_rule_about_what_goes_forward_stops_a_rollback(world: World) -> None:
    for tag in ("17", "18"):
        built(world, tag, "alice@example.com")
        world.ok("promote", "shop", "--to", "stage")
        world.ok("promote", "shop", "--to", "prod", *BY_BOB)
    always = '{from: "2001-01-01", to: "2999-12-31", timezone: UTC}'
    rules = (
        f"soak: 400d, checks: [integration], freeze: [{always}], approval: {{unknown_authors: "
        "refuse, "
    )
    policy(world, "approval: {", rules)
    world.image("17", "overwritten")
    world.refused("promote", "shop", "--to", "prod", "--tag", "17", *BY_BOB)
    ran = world.ok("rollback", "shop", "--env", "prod", *BY_ALICE)
    assert ran.gates == {"digest": "passed", "approval": "passed"}
    world.run("audit", check=0)


def test_a_rollback_needs_no_approval_where_the_rule_says_so(world: World) -> None:
    policy(world, "distinct: true", "distinct: true, rollback: none")
    for tag in ("17", "18"):
        tagged(world, tag)
        world.ok("promote", "shop", "--to", "stage")
        world.refused("promote", "shop", "--to", "prod", "--requested-by", "carol")
        world.ok("promote", "shop", "--to", "prod", *BY_BOB)
    plan = world.run("plan", "rollback", "shop", "--env", "prod", check=0).result["plan_id"]
    ran = world.ok("rollback", "shop", "--env", "prod", "--approved-plan", plan)
    assert ran.gates == {"digest": "passed", "approval": "passed"}
    tagged(world, "19")
    world.ok("promote", "shop", "--to", "stage")
    world.ok("promote", "shop", "--to", "prod", *BY_BOB)
    assert world.ok("rollback", "shop", "--env", "prod").gates == {"digest": "passed"}
    world.run("audit", check=0)
