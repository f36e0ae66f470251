"""``jobs pending``, ``approve`` and ``abort``: what waits is shown with its plan, and answered in
the token's name.
"""

import pytest

from tests.integration.jobs.desk import Desk
from tests.integration.jobs.site import ASKING, PLAN, QUESTION, SUMMARY
from tests.servers.jenkins_stub import Stub
from tests.servers.jenkins_stub.builds import Build, Input

OTHER = "fedcba9876543210" * 4


def approvers(desk: Desk, number: int) -> list[str]:
    """Return who approved, as Jenkins recorded it."""
    actions = desk.site.ended(desk.job, number)["actions"]
    return [each["userId"] for each in actions if "ApproverAction" in each.get("_class", "")]


def asking(desk: Desk, script: str = ASKING, count: int = 1) -> None:
    """Have builds wait."""
    desk.site.make_job(script)
    for number in range(1, count + 1):
        desk.site.start(desk.job, APP="shop" if number % 2 else "cart", TAG=str(number))
        desk.site.asking(desk.job, number)


def test_what_waits_is_listed_with_its_plan(desk: Desk) -> None:
    asking(desk)
    ran = desk.run("pending")
    assert ran.out.splitlines()[1].split() == ["1", "shop", "prod", desk.site.user, PLAN[:12]]
    assert (
        "  promote shop: stage -> prod, 14 -> 15\n  \n  --- a/values-prod.yaml\n  +  tag: 15\n"
        in ran.out
    )
    assert f"\n  plan {PLAN}\n" in ran.out
    assert f"answer: gitops-ci jobs approve 1 --plan {PLAN}" in ran.out
    found = ran.result["pending"][0]
    assert found["plan_id"] == PLAN
    assert found["question"]["id"] == f"Gitops-{PLAN[:12]}"


def test_nothing_waits(desk: Desk) -> None:
    desk.site.make_job("echo('x')")
    ran = desk.run("pending")
    assert ran.out == "nothing waits for approval\n"
    assert ran.result["pending"] == []
    assert "no build of" in desk.run("approve", code=1).err


def test_a_message_of_its_own_leaves_the_plan_to_the_log(desk: Desk) -> None:
    asking(desk, ASKING.replace(f"message: '{SUMMARY}'", "message: 'Go?'"))
    found = desk.run("pending").result["pending"][0]
    assert found["plan_id"] == PLAN
    assert found["plan"].splitlines()[0] == "promote shop: stage -> prod, 14 -> 15"
    assert found["plan"].splitlines()[-1] == f"plan {PLAN}"


def test_the_only_one_is_approved_by_the_user_of_the_token(desk: Desk) -> None:
    asking(desk)
    ran = desk.run("approve")
    assert f"plan {PLAN}" in ran.err
    assert ran.out == f"build 1 approved by {desk.site.user}: shop 1 to prod\nplan {PLAN}\n"
    assert desk.site.ended(desk.job, 1)["result"] == "SUCCESS"
    assert approvers(desk, 1) == [desk.site.user]


@pytest.mark.parametrize("given", ["1", "#1", "{url}1/", "{url}1/console"])
def test_a_build_is_named_by_number_or_url(desk: Desk, given: str) -> None:
    asking(desk)
    url = str(desk.site.build(desk.job, 1)["url"]).removesuffix("1/")
    desk.run("approve", given.format(url=url))
    assert desk.site.ended(desk.job, 1)["result"] == "SUCCESS"


@pytest.mark.parametrize(
    "given",
    ["one", "1.5", "https://jenkins.example.com/job/gitops/job/promote/1/", "file:///etc/passwd"],
)
def test_what_is_no_build_of_this_controller_is_refused(desk: Desk, given: str) -> None:
    asking(desk)
    assert (
        "is no build" in (told := desk.run("approve", given, code=2).err)
        or "is not on http" in told
    )
    assert desk.site.build(desk.job, 1)["building"]


def test_a_build_is_named_by_the_url_under_which_the_controller_knows_itself(
    desk: Desk, stub: Stub
) -> None:
    stub.root_url = "https://jenkins.example.com/ci/"
    asking(desk)
    desk.run("approve", f"https://jenkins.example.com/ci/job/{desk.site.folder}/job/promote/1/")
    assert desk.site.ended(desk.job, 1)["result"] == "SUCCESS"


def test_only_the_plan_that_is_named_is_approved(desk: Desk) -> None:
    asking(desk)
    ran = desk.run("approve", "1", "--plan", OTHER, code=1)
    assert f"build 1 waits with plan {PLAN}, not with plan {OTHER}: nothing was answered" in ran.err
    assert "too short" in desk.run("approve", "1", "--plan", PLAN[:8], code=2).err
    assert desk.site.build(desk.job, 1)["building"]
    desk.run("approve", "1", "--plan", PLAN[:12])
    assert desk.site.ended(desk.job, 1)["result"] == "SUCCESS"


def test_of_several_one_has_to_be_named(desk: Desk) -> None:
    asking(desk, count=2)
    ran = desk.run("approve", code=1)
    assert "2 questions of" in ran.err
    assert f"1: shop to prod {PLAN[:12]}; 2: cart to prod" in ran.err
    desk.run("approve", "2")
    assert desk.site.ended(desk.job, 2)["result"] == "SUCCESS"
    assert desk.site.build(desk.job, 1)["building"]


def test_a_build_is_found_by_its_plan(desk: Desk) -> None:
    asking(desk)
    assert "no build of" in desk.run("approve", "--plan", OTHER, code=1).err
    desk.run("approve", "--plan", f" 2:{PLAN.upper()}")


def test_a_build_that_waits_for_nothing_is_told_so(desk: Desk) -> None:
    asking(desk)
    desk.run("approve")
    desk.site.ended(desk.job, 1)
    assert "waits for nothing (it has ended: SUCCESS)" in desk.run("approve", "1", code=1).err
    assert "has no build 99" in desk.run("approve", "99", code=1).err


def test_a_reason_is_given_where_it_is_asked_for(desk: Desk) -> None:
    asking(
        desk,
        ASKING.replace(
            QUESTION, QUESTION[:-1] + ", parameters: [string(name: 'REASON', description: 'Why')])"
        ),
    )
    assert "asks for a reason" in desk.run("approve", code=2).err
    desk.run("approve", "--reason", 'it\'s "fine" & é')
    assert approvers(desk, 1) == [desk.site.user]


def test_a_reason_that_would_not_be_recorded_is_refused(desk: Desk) -> None:
    asking(desk)
    assert "has no field for a reason" in desk.run("approve", "--reason", "x", code=1).err
    assert desk.site.build(desk.job, 1)["building"]


def test_a_field_that_is_not_known_is_left_to_its_page(desk: Desk) -> None:
    asking(
        desk, ASKING.replace(QUESTION, QUESTION[:-1] + ", parameters: [string(name: 'COLOUR')])")
    )
    assert "fields that gitops-ci does not know: COLOUR" in desk.run("approve", code=1).err


def test_an_abort_ends_the_build_and_says_why(desk: Desk) -> None:
    asking(desk)
    ran = desk.run("abort", "1", "--reason", "not before Monday")
    assert ran.out.startswith(f"build 1 aborted by {desk.site.user}: shop 1 to prod")
    ended = desk.site.ended(desk.job, 1)
    assert ended["result"] == "ABORTED"
    assert ended["description"] == f"aborted by {desk.site.user}: not before Monday"


def test_texts_of_a_build_do_not_reach_the_terminal_as_they_are(desk: Desk) -> None:
    asking(desk, QUESTION.replace("shop: stage", "\\033[2Jshop: stage"))
    assert "\x1b" not in desk.run("pending").out


@pytest.mark.parametrize("exported", [True, False], ids=["new input plug-in", "old input plug-in"])
class TestWithoutWfapi:
    """A controller without the Pipeline REST API plug-in, which the suggested plug-ins no longer
    bring.
    """

    def test_what_waits_is_found_and_answered(self, desk: Desk, stub: Stub, exported: bool) -> None:
        asking(desk)
        stub.wfapi, stub.exports_input = False, exported
        found = desk.run("pending").result["pending"][0]
        assert found["plan_id"] == PLAN
        assert found["plan"].startswith("promote shop: stage -> prod, 14 -> 15\n")
        desk.run("approve", "--plan", PLAN)
        assert approvers(desk, 1) == [desk.site.user]

    def test_the_fields_of_the_question_are_known(
        self, desk: Desk, stub: Stub, exported: bool
    ) -> None:
        asking(
            desk,
            ASKING.replace(QUESTION, QUESTION[:-1] + ", parameters: [string(name: 'REASON')])"),
        )
        stub.wfapi, stub.exports_input = False, exported
        assert "asks for a reason" in desk.run("approve", code=2).err
        desk.run("approve", "--reason", "ok")


def test_without_wfapi_each_of_two_questions_has_its_own_fields_and_message(
    desk: Desk, stub: Stub
) -> None:
    asking(desk, QUESTION.replace("shop: 14", "one: 14"))
    stub.wfapi = False
    build = stub.builds[desk.site.folder, "promote"][0]
    build.inputs.append(
        Input(
            "Other",
            "Which colour, of all that there are in the world?",
            "Go",
            (),
            True,
            ("COLOUR",),
        )
    )
    found = desk.run("pending").result["pending"]
    assert [each["question"]["fields"] for each in found] == [[], ["COLOUR"]]
    assert found[1]["question"]["message"] == "Which colour, of all that there are in the world?"


def test_a_build_that_waits_is_found_behind_more_than_a_hundred_newer_ones(
    desk: Desk, stub: Stub
) -> None:
    asking(desk)
    builds = stub.builds[desk.site.folder, "promote"]
    builds += [
        Build(number, builds[0].path, "alice", {}, number, "", result="SUCCESS")
        for number in range(2, 150)
    ]
    assert [each["build"]["number"] for each in desk.run("pending").result["pending"]] == [1]


class TestRights:
    """Who may answer; the double has the users."""

    def test_who_is_not_among_the_approvers_is_told_so(self, desk: Desk, stub: Stub) -> None:
        stub.add_user("dave", "token-of-dave")
        asking(desk, ASKING.replace("ok: 'Approve'", "ok: 'Approve', submitter: 'alice,bob'"))
        desk.log_in("dave", "token-of-dave")
        assert "You need to be alice,bob to submit this." in desk.run("approve", code=1).err
        assert desk.site.build(desk.job, 1)["building"]

    def test_an_approver_answers_in_the_own_name(self, desk: Desk, stub: Stub) -> None:
        stub.add_user("alice", "token-of-alice")
        asking(desk, ASKING.replace("ok: 'Approve'", "ok: 'Approve', submitter: 'alice,bob'"))
        desk.log_in("alice", "token-of-alice")
        desk.run("approve")
        assert approvers(desk, 1) == ["alice"]

    def test_a_reason_for_aborting_that_can_not_be_written_is_told(
        self, desk: Desk, stub: Stub
    ) -> None:
        stub.add_user(
            "eve",
            "token-of-eve",
            frozenset({"Overall/Read", "Job/Read", "Job/Build", "Job/Cancel"}),
        )
        asking(desk)
        desk.log_in("eve", "token-of-eve")
        ran = desk.run("abort", "--reason", "no")
        assert "the reason could not be written to the build" in ran.err
        assert desk.site.ended(desk.job, 1)["result"] == "ABORTED"
