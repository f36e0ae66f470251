"""``jobs trigger``: one build is started, and followed through queue, log and question to its
result.
"""

import itertools
import signal
from typing import Any

import pytest

from tests.clock import HOUR, Clock
from tests.integration.jobs.desk import Desk
from tests.integration.jobs.site import ASKING, PLAN
from tests.servers.jenkins_stub import Stub


def parameters(desk: Desk, number: int) -> dict[str, Any]:
    """Return what a build was given."""
    actions = desk.site.ended(desk.job, number)["actions"]
    pairs = [each for action in actions for each in action.get("parameters", [])]
    return {each["name"]: each["value"] for each in pairs}


def test_a_build_gets_its_parameters_and_is_followed_to_its_end(desk: Desk) -> None:
    desk.site.make_job("echo('first line\\nsecond line')\nsleep(1)\necho('last line')")
    ran = desk.run(
        "trigger", "shop", "--to", "prod", "--tag", "15", "--reason", "release 1.4\nsecond line"
    )
    for line in (
        "build 1: http",
        "first line\nsecond line\n",
        "last line\n",
        "Finished: SUCCESS\n",
    ):
        assert line in ran.err
    assert "\r" not in ran.err
    assert ran.err.count("first line") == 1
    assert ran.out.startswith("build 1 ended with SUCCESS")
    assert ran.result["build"]["result"] == "SUCCESS"
    given = parameters(desk, 1)
    assert {**given, "REASON": given["REASON"].replace("\r\n", "\n")} == {
        "APP": "shop",
        "TO": "prod",
        "TAG": "15",
        "REASON": "release 1.4\nsecond line",
        "DRY_RUN": False,
    }


@pytest.mark.parametrize(
    ("script", "result"), [("error('boom')", "FAILURE"), ("unstable('hm')", "UNSTABLE")]
)
def test_any_other_result_is_a_failure(desk: Desk, script: str, result: str) -> None:
    desk.site.make_job(script)
    ran = desk.run("trigger", "shop", "--to", "prod", code=1)
    assert ran.out.startswith(f"build 1 ended with {result}")
    assert ran.result["ok"] is False


def test_a_dry_run_is_one_of_the_job(desk: Desk) -> None:
    desk.site.make_job("echo('x')")
    desk.run("trigger", "shop", "--to", "stage", "--dry-run")
    assert parameters(desk, 1)["DRY_RUN"] is True


def test_long_parameters_arrive_whole(desk: Desk) -> None:
    desk.site.make_job("echo('x')")
    reason = "é" * 60_000
    desk.run("trigger", "shop", "--to", "stage", "--reason", reason)
    assert parameters(desk, 1)["REASON"] == reason


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["shop", "--to", "qa"], "the job does not offer --to qa"),
        (["shpo", "--to", "prod"], "the job does not offer APP shpo"),
        (["--to", "prod"], "APP is missing"),
        (["shop"], "--to is missing"),
        (["shop", "cart", "--to", "prod"], "one application at a time"),
        (["$(id)\x1b[2J", "--to", "prod"], "does not offer APP $(id)\\x1b[2J"),
    ],
)
def test_what_the_job_does_not_offer_is_not_sent(desk: Desk, words: list[str], told: str) -> None:
    desk.site.make_job("echo('x')")
    assert told in desk.run("trigger", *words, code=2).err
    assert desk.site.count(desk.job) == 0


def test_a_job_without_the_parameters_is_not_started(desk: Desk) -> None:
    desk.site.make_job("echo('x')")
    desk.site.change(desk.job, "<name>DRY_RUN</name>", "<name>TRY</name>")
    assert (
        "has no parameter DRY_RUN"
        in desk.run("trigger", "shop", "--to", "prod", "--dry-run", code=1).err
    )
    assert desk.site.count(desk.job) == 0


def test_a_disabled_job_is_not_started(desk: Desk) -> None:
    desk.site.make_job("echo('x')")
    desk.site.change(desk.job, "<properties>", "<disabled>true</disabled><properties>")
    assert "disabled" in desk.run("trigger", "shop", "--to", "prod", code=1).err


def test_what_is_not_there_is_told_so(desk: Desk) -> None:
    desk.site.make_job("echo('x')", name="another")
    assert f"there is no job {desk.job}" in desk.run("trigger", "shop", "--to", "prod", code=1).err


def test_it_need_not_be_followed(desk: Desk) -> None:
    desk.site.make_job("sleep(1)")
    ran = desk.run("trigger", "shop", "--to", "prod", "--no-follow")
    assert ran.out.startswith("waits in the queue as item")
    assert ran.result["build"] is None
    desk.site.ended(desk.job, 1)


def test_the_question_is_told_with_how_to_answer_it(desk: Desk) -> None:
    desk.site.make_job(ASKING)
    with desk.start("trigger", "shop", "--to", "prod") as process:
        assert process.stderr
        desk.site.asking(desk.job, 1)
        told = [process.stderr.readline()]
        while "jobs approve 1" not in told[-1]:
            told.append(process.stderr.readline())
            assert told[-1], told
        assert told[-1].strip() == f"gitops-ci jobs approve 1 --plan {PLAN}"
        desk.run("approve", "1", "--plan", PLAN)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "published\n" in err
    assert "ended with SUCCESS" in out


def test_an_aborted_build_is_a_failure(desk: Desk) -> None:
    desk.site.make_job(ASKING)
    with desk.start("trigger", "shop", "--to", "prod") as process:
        desk.site.asking(desk.job, 1)
        desk.run("abort")
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "ended with ABORTED" in out


def test_when_the_time_is_over_the_build_goes_on(desk: Desk, clock: Clock) -> None:
    desk.site.make_job(ASKING)

    def end_the_time() -> None:
        desk.site.asking(desk.job, 1)
        clock.forward(25 * HOUR)

    clock.meanwhile = end_the_time
    ran = desk.run("trigger", "shop", "--to", "prod", code=5)
    assert "it goes on without being followed" in ran.err
    assert ran.result["category"] == "timeout"
    assert desk.site.build(desk.job, 1)["building"]


def test_an_interrupt_ends_the_following_alone(desk: Desk) -> None:
    desk.site.make_job(ASKING)
    with desk.start("trigger", "shop", "--to", "prod") as process:
        desk.site.asking(desk.job, 1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "no longer followed; the build itself goes on" in err
    assert desk.site.build(desk.job, 1)["building"]


def test_control_characters_of_the_log_do_not_reach_the_terminal(desk: Desk) -> None:
    desk.site.make_job("echo('a\\033[2Jb\\tc')")
    ran = desk.run("trigger", "shop", "--to", "prod")
    assert "a\\x1b[2Jb\tc\n" in ran.err


class TestQueue:
    """What only the double can be asked for."""

    def test_the_same_parameters_join_what_waits(self, desk: Desk, stub: Stub) -> None:
        desk.site.make_job("echo('x')")
        stub.held = "Waiting for next available executor"
        desk.run("trigger", "shop", "--to", "prod", "--no-follow")
        ran = desk.run("trigger", "shop", "--to", "prod", "--no-follow")
        assert "joined the build that waits with the same parameters" in ran.err
        assert ran.result["joined"]
        other = desk.run("trigger", "cart", "--to", "prod", "--no-follow")
        assert not other.result["joined"]

    def test_the_reasons_of_the_queue_are_told_once_each(
        self, desk: Desk, stub: Stub, clock: Clock
    ) -> None:
        desk.site.make_job("echo('x')")
        stub.held = "Waiting for next available executor on \x1b[1mlinux"
        pauses = itertools.count(1)

        def release() -> None:
            if next(pauses) == 5:
                stub.held = None

        clock.meanwhile = release
        ran = desk.run("trigger", "shop", "--to", "prod")
        assert (
            ran.err.count("in the queue: Waiting for next available executor on \\x1b[1mlinux") == 1
        )

    def test_a_cancelled_item_is_a_failure(self, desk: Desk, stub: Stub, clock: Clock) -> None:
        desk.site.make_job("echo('x')")
        stub.held = "Waiting"

        def cancel() -> None:
            for item in stub.queue.values():
                item.cancelled = True

        clock.meanwhile = cancel
        assert (
            "was cancelled while it waited"
            in desk.run("trigger", "shop", "--to", "prod", code=1).err
        )

    def test_an_item_that_the_queue_has_forgotten_is_found_among_the_builds(
        self, desk: Desk, stub: Stub
    ) -> None:
        desk.site.make_job("echo('x')")
        stub.forgotten = True
        assert desk.run("trigger", "shop", "--to", "prod").result["build"]["number"] == 1

    def test_two_applications_wait_side_by_side(self, desk: Desk, stub: Stub) -> None:
        desk.run("apply")
        desk.run("trigger", "shop", "--to", "prod", "--no-follow")
        desk.run("trigger", "cart", "--to", "prod", "--no-follow")
        for number in (1, 2):
            desk.site.asking(desk.job, number)
        assert len(desk.run("pending").result["pending"]) == 2
