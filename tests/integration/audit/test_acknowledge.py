"""A violation of the past is closed by a record like any other, and by nothing else."""

from typing import Any

import pytest

from gitops_ci.core.acknowledgement import message, plan_of
from gitops_ci.core.config import reader
from gitops_ci.model.acknowledgement import FILE, read_name
from gitops_ci.model.operation import Actor
from tests.integration.audit.test_audit import ALICE, deploy
from tests.integration.operation.world import VALUES, World

ACK = ("audit", "acknowledge")
WHY = ("--reason", "taken back the same day")
BOB = ("--requested-by", "carol", "--approved-by", "bob")


def violated(world: World) -> str:
    """Let somebody write 17 into prod, and a promotion replace it; return the finding's id."""
    deploy(world, "15")
    world.write({"values-prod.yaml": VALUES.replace('tag: ""', 'tag: "17"')})
    deploy(world, "16")
    return name(world)


def name(world: World, kind: str = "hand-edit") -> str:
    """Return the id of the one violation of a kind."""
    found = world.run("audit", check=3).result["findings"]
    (finding,) = [each for each in found if (each["severity"], each["kind"]) == ("violation", kind)]
    return str(finding["id"])


def notice(world: World, finding: str) -> dict[str, Any]:
    """Return a finding of an audit that passes."""
    found = world.run("audit", check=0).result["findings"]
    (told,) = [each for each in found if each["id"] == finding]
    return dict(told)


def problems(world: World) -> list[str]:
    """Return what is wrong with acknowledgements."""
    found = world.run("audit", check=3).result["findings"]
    violations = [each for each in found if each["severity"] == "violation"]
    return [each["message"] for each in violations if each["kind"] == "acknowledgement"]


def test_an_acknowledged_violation_is_a_notice_that_tells_who_and_why(world: World) -> None:
    finding = world.after(violated)
    ran = world.ok(*ACK, finding, *WHY, *BOB)
    assert ran.result["finding"] == finding
    told = notice(world, finding)
    assert told["severity"] == "notice"
    assert told["message"].endswith(
        f"; acknowledged by carol, approved by bob (commit {ran.result['commit'][:12]}): taken "
        "back the same day"
    )
    assert f"Gitops-Acknowledge: {finding}" in world.trailers()
    assert world.text(FILE).splitlines()[-1] == (
        f'- {{"finding":"{finding}","reason":"taken back the same day"}}'
    )


def test_the_command_that_a_finding_prints_works(world: World) -> None:
    world.after(violated)
    found = world.run("audit", check=3).result["findings"]
    (remedy,) = [each["remedy"] for each in found if each["severity"] == "violation"]
    _, _, command = remedy.partition("gitops-ci ")
    words = command.replace("TEXT", "so").split()
    for person in ("carol", "bob"):
        words[words.index("NAME")] = person
    world.ok(*words)
    world.run("audit", check=0)


def test_it_is_approved_as_its_environment_asks(world: World) -> None:
    finding = world.after(violated)
    assert "waits for the approval of alice or bob" in world.refused(*ACK, finding, *WHY).out
    ran = world.refused(*ACK, finding, *WHY, "--requested-by", "bob", "--approved-by", "bob")
    assert "bob asked for it and can't approve it too" in ran.out
    ran = world.refused(*ACK, finding, *WHY, "--approved-by", "mallory")
    assert "mallory is not among the approvers of prod" in ran.out
    assert "needs a reason" in world.refused(*ACK, finding, *BOB, code=2).err


def test_who_made_it_does_not_approve_it(world: World) -> None:
    """Four eyes count here too: alice wrote the value herself."""
    rules = world.text("gitops.yaml") + "\n"
    world.write({"gitops.yaml": rules.replace("[alice@", "[hand@example.com, alice@")})
    finding = violated(world)
    ran = world.refused(*ACK, finding, *WHY, "--approved-by", "alice", "--requested-by", "carol")
    assert "alice made the commit that is acknowledged" in ran.out
    assert "waits for the approval of bob" in world.refused(*ACK, finding, *WHY).out


def test_a_dry_run_gives_the_plan_that_is_approved(world: World) -> None:
    finding = world.after(violated)
    planned = world.refused(*ACK, finding, *WHY, "--dry-run", code=0).result
    assert planned["category"] == "planned"
    other = world.refused(
        *ACK, finding, *BOB, "--reason", "other", "--approved-plan", planned["plan_id"]
    )
    assert "is what would happen now" in other.out
    ran = world.ok(*ACK, finding, *WHY, *BOB, "--approved-plan", planned["plan_id"])
    assert ran.result["plan_id"] == planned["plan_id"]


def test_what_still_stands_there_is_mended_first(world: World) -> None:
    world.after(deploy, "15")
    world.write({"values-stage.yaml": VALUES.replace('tag: ""', 'tag: "17"')})
    ran = world.refused(*ACK, name(world), *WHY)
    assert "still stands there" in ran.err
    assert "gitops-ci adopt shop --env stage --reason TEXT" in ran.err


def test_a_forged_promotion_that_was_adopted_can_be_closed(world: World) -> None:
    world.after(deploy, "15")
    forged = world.message().replace(":15", ":17")
    world.image("17")
    world.write({"values-prod.yaml": VALUES.replace('tag: ""', 'tag: "17"')}, forged)
    finding = name(world, "copied")
    world.refused(*ACK, finding, *WHY, *BOB)
    world.run("adopt", "shop", "--env", "prod", "--reason", "so", *ALICE, check=0)
    world.run(*ACK, finding, *WHY, *BOB)
    told = world.run("audit").result["findings"]
    assert {each["severity"] for each in told if each["id"] == finding} == {"notice"}


def test_what_is_no_finding_can_not_be_acknowledged(world: World) -> None:
    finding = world.after(violated)
    other = finding.replace(":prod", ":stage")
    assert "there is no finding" in world.refused(*ACK, other, *WHY, *BOB, code=1).err
    world.ok(*ACK, finding, *WHY, *BOB)
    assert "is no violation" in world.same(*ACK, finding, *WHY, *BOB).out


def test_an_application_may_be_called_acknowledge(world: World) -> None:
    rules = world.text("gitops.yaml") + "\n"
    world.write({"gitops.yaml": rules.replace("  shop:", "  acknowledge:")})
    ran = world.run("audit", "acknowledge", "--since", "2001-01-01", check=0)
    assert ran.result["commits"] == 2
    assert world.run("audit", "acknowledge", "--env", "prod", check=0).result["commits"] == 2
    assert "there is no application shop" in world.run("audit", "shop", "acknowledge", check=2).err
    assert "there is no finding" in world.run(*ACK, f"gate:{'0' * 40}:a:b", *WHY, check=1).err


def test_two_acknowledgements_at_once_merge(world: World) -> None:
    """Each on a branch of its own, as proposals that are merged."""
    world.after(violated)
    world.write({"values-dev.yaml": VALUES.replace('tag: ""', 'tag: "3"')})
    deploy(world, "18")
    found = world.run("audit", check=3).result["findings"]
    names = [each["id"] for each in found if each["severity"] == "violation"]
    assert len(names) == 2
    for number, finding in enumerate(names):
        branch = f"ack-{number}"
        ran = world.run(*ACK, finding, *WHY, *BOB, "--publish-branch", branch, check=0)
        assert ran.result["published"] == "proposed"
        assert not ran.result["changed"]
    for number in range(2):
        merge(world, f"ack-{number}")
    assert {each["severity"] for each in world.run("audit").result["findings"]} == {"notice"}


def merge(world: World, branch: str) -> None:
    """Merge a branch into main as a host does, with the lines of both."""
    there = world.text(FILE).splitlines() if world.git("ls-tree", "main", FILE) else []
    lines = dict.fromkeys([*there, *world.text(FILE, branch).splitlines()])
    head = world.head()
    world.write({FILE: "".join(f"{each}\n" for each in lines)})
    words = ("-p", head, "-p", branch, "-m", f"Merge branch {branch}")
    commit = world.git("commit-tree", world.git("rev-parse", "main^{tree}"), *words)
    world.git("update-ref", "refs/heads/main", commit)


# what is no record


def line(finding: str, reason: str = "so") -> str:
    return f'- {{"finding":"{finding}","reason":"{reason}"}}\n'


def test_a_line_by_hand_closes_nothing(world: World) -> None:
    finding = world.after(violated)
    world.write({FILE: line(finding)})
    (problem,) = problems(world)
    assert problem.endswith(
        "is not acknowledged: hand@example.com wrote a line into "
        ".gitops-ci/acknowledged.yaml by hand"
    )
    assert name(world) == finding


def test_nor_does_a_record_that_nobody_approved(world: World) -> None:
    finding = world.after(violated)
    planned = world.run(*ACK, finding, *WHY, "--dry-run", check=0).result
    claim = (
        f"acknowledge(shop): x\n\nGitops-Operation: acknowledge\nGitops-Acknowledge: {finding}\n"
        f"Gitops-Plan: 2:{planned['plan_id']}\nGitops-Policy: {world.head()}\n"
        "Gitops-Requested-By: carol\nGitops-Reason: taken back the same day\n"
    )
    world.write({FILE: line(finding, "taken back the same day")}, claim)
    (problem,) = problems(world)
    assert "approval did not hold: waits for the approval of alice or bob" in problem
    assert name(world) == finding


def test_nor_one_whose_plan_is_another(world: World) -> None:
    """An approval of one acknowledgement is none of another."""
    finding = world.after(violated)
    world.ok(*ACK, finding, *WHY, *BOB)
    world.write({"values-dev.yaml": VALUES.replace('tag: ""', 'tag: "3"')})
    deploy(world, "18")
    other = name(world)
    approved = world.git("log", "-1", "--format=%B", "--grep=Gitops-Acknowledge")
    claim = approved.replace(finding, other)
    world.write({FILE: world.text(FILE) + "\n" + line(other, "taken back the same day")}, claim)
    (problem,) = problems(world)
    assert "its Gitops-Plan is not the plan of this acknowledgement" in problem


def test_an_approval_counts_once(world: World) -> None:
    """The line is taken out, which opens the violation again, and put back with the old record."""
    finding = world.after(violated)
    world.ok(*ACK, finding, *WHY, *BOB)
    content, approved = world.text(FILE) + "\n", world.message()
    world.write({FILE: content.partition("- ")[0]})
    assert name(world) == finding
    world.write({FILE: content}, approved)
    (problem,) = problems(world)
    assert "its Gitops-Plan is not the plan of this acknowledgement" in problem
    assert name(world) == finding
    world.write({FILE: content.partition("- ")[0]})
    world.ok(*ACK, finding, *WHY, *BOB)
    found = world.run("audit", check=3).result["findings"]
    assert {each["severity"] for each in found if each["id"] == finding} == {"notice"}


def test_an_id_that_names_nothing_is_found(world: World) -> None:
    """However well it is approved."""
    finding = world.after(violated)
    other = read_name(finding.replace("hand-edit", "forged"))
    assert other
    plan = plan_of(other, "so", reader.read(world.text("gitops.yaml").encode()), None)
    claim = message(other, plan, world.head(), Actor(("carol",), ("alice",), reason="so"))
    world.write({FILE: line(str(other))}, claim)
    (problem,) = problems(world)
    assert "there is no such violation" in problem


@pytest.mark.parametrize("content", ["- {}\n", "acknowledged: all\n", "- nonsense\n", "\xff"])
def test_a_file_that_can_not_be_read_closes_nothing(world: World, content: str) -> None:
    finding = world.after(violated)
    world.ok(*ACK, finding, *WHY, *BOB)
    world.write({FILE: content})
    (problem,) = problems(world)
    assert f"{FILE}:1 is no entry as gitops-ci writes it: nothing counts as acknowledged" in problem
    assert name(world) == finding


def test_a_claim_that_adds_no_line_is_found(world: World) -> None:
    finding = world.after(violated)
    world.ok(*ACK, finding, *WHY, *BOB)
    world.write({"README.md": "again\n"}, world.message())
    (problem,) = problems(world)
    assert "claims to acknowledge something, and adds no line" in problem


def test_a_bad_acknowledgement_can_be_closed_as_well(world: World) -> None:
    finding = world.after(violated)
    world.write({FILE: line(finding)})
    world.write({FILE: "# nothing\n"})
    found = world.run("audit", check=3).result["findings"]
    for each in [each["id"] for each in found if each["severity"] == "violation"]:
        world.ok(*ACK, each, *WHY, *BOB)
    world.run("audit", check=0)


def test_a_range_and_a_later_beginning_know_what_was_acknowledged(world: World) -> None:
    finding = world.after(violated)
    before = world.head()
    world.ok(*ACK, finding, *WHY, *BOB)
    world.run("audit", "--range", f"{before}..main", "--branch", "main", check=0)
    world.run("audit", "--since", before, check=0)
