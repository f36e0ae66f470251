"""Bad days: what may pass is asked again, what changes something is done once, and nobody sees a
page or a traceback.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from gitops_ci.adapters.jenkins import inputs
from tests.clock import Clock
from tests.integration.jobs.desk import Desk
from tests.integration.jobs.site import ASKING, place
from tests.servers import fault_proxy
from tests.servers.fault_proxy import Answer, Fault, FaultProxy
from tests.servers.faults import Delayed, LostAnswer, Silence, Truncated

LOGIN_PAGE = (
    b"<!DOCTYPE html><html><head><title>Sign in &amp; "
    b"go</title></head><body><form>user</form></body></html>"
)
HTML = (("Content-Type", "text/html"),)
UNAVAILABLE = Answer(503, b"<html><body><h1>Service Unavailable</h1></body></html>", HTML)


@pytest.fixture
def line(desk: Desk) -> Iterator[FaultProxy]:
    """The line to the controller, which can be broken."""
    if not desk.site.url.startswith("http://"):
        pytest.skip("goes only with a controller on plain HTTP")
    with fault_proxy.serve(desk.site.url) as proxy:
        desk.url = proxy.url(urlsplit(desk.site.url).path.lstrip("/"))
        yield proxy


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    "fault", [UNAVAILABLE, Answer(429), Answer(502), LostAnswer(), Truncated(10)]
)
def test_a_question_is_asked_again(desk: Desk, line: FaultProxy, fault: Fault) -> None:
    desk.run("apply")
    line.on("GET", fault, times=2)
    assert desk.run("diff").result["category"] == "unchanged"


@pytest.mark.usefixtures("clock")
def test_an_unavailable_controller_is_not_taken_for_a_missing_job(
    desk: Desk, line: FaultProxy
) -> None:
    line.on("GET", UNAVAILABLE)
    for words in (["diff"], ["pending"], ["trigger", "shop", "--to", "prod"]):
        ran = desk.run(*words, "--timeout", "1m", code=4)
        assert "Jenkins is unavailable: 503" in ran.err
        assert ran.result["category"] == "unavailable"


def test_a_slow_answer_at_the_end_of_the_time_is_no_unavailable_controller(
    desk: Desk, line: FaultProxy, clock: Clock
) -> None:
    desk.site.make_job(ASKING)
    line.on("progressiveText", Delayed(0.5))

    def be_near_the_end() -> None:
        clock.forward(59)
        clock.meanwhile = lambda: None

    clock.meanwhile = be_near_the_end
    ran = desk.run("trigger", "shop", "--to", "prod", "--timeout", "1m", code=5)
    assert "it goes on without being followed" in ran.err


def test_silence_ends_with_the_time(desk: Desk, line: FaultProxy) -> None:
    line.on("GET", Silence())
    assert "does not answer in time" in desk.run("pending", "--timeout", "1s", code=4).err


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("fault", [LostAnswer(), UNAVAILABLE, Answer(504)])
def test_a_job_is_made_though_answers_get_lost(desk: Desk, line: FaultProxy, fault: Fault) -> None:
    line.on("POST", fault, times=2)
    desk.run("apply")
    line.rules.clear()
    assert not desk.run("apply").result["changed"]


@pytest.mark.usefixtures("clock")
def test_a_job_is_changed_though_the_answer_gets_lost(desk: Desk, line: FaultProxy) -> None:
    desk.run("apply")
    desk.site.change(desk.job, "<numToKeep>100", "<numToKeep>9")
    line.on("POST", LostAnswer(), times=1)
    desk.run("apply")
    assert "<numToKeep>100" in desk.site.config(desk.job)


def test_an_answer_of_a_proxy_is_not_taken_for_that_of_jenkins(
    desk: Desk, line: FaultProxy
) -> None:
    desk.run("apply")
    desk.site.change(desk.job, "<numToKeep>100", "<numToKeep>9")
    line.on("POST", Answer(200, LOGIN_PAGE, HTML))
    assert "otherwise than it was sent" in desk.run("apply", code=1).err


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("fault", [LostAnswer(), UNAVAILABLE, Answer(504)])
def test_one_build_is_started_though_the_answer_gets_lost(
    desk: Desk, line: FaultProxy, fault: Fault
) -> None:
    desk.site.make_job("echo('x')")
    line.on("buildWithParameters", fault, times=1)
    ran = desk.run("trigger", "shop", "--to", "prod", "--reason", "a\nb")
    assert ran.result["build"]["number"] == 1
    assert desk.site.count(desk.job) == 1


@pytest.mark.usefixtures("clock")
def test_a_build_is_followed_over_a_broken_line(desk: Desk, line: FaultProxy) -> None:
    desk.site.make_job("echo('one')\nsleep(1)\necho('two')")
    line.on("progressiveText", LostAnswer(), times=3)
    line.on("queue/item", UNAVAILABLE, times=2)
    ran = desk.run("trigger", "shop", "--to", "prod")
    assert ran.err.count("\none\n") == 1
    assert ran.err.count("\ntwo\n") == 1


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("fault", [LostAnswer(), UNAVAILABLE])
def test_an_approval_is_given_once_though_the_answer_gets_lost(
    desk: Desk, line: FaultProxy, fault: Fault
) -> None:
    desk.site.make_job(ASKING)
    desk.site.start(desk.job)
    desk.site.asking(desk.job, 1)
    line.on("/submit", fault, times=1)
    desk.run("approve")
    assert desk.site.ended(desk.job, 1)["result"] == "SUCCESS"


ALREADY = Answer(
    400,
    b"<h1>Error</h1><p>This input has been already given</p>",
    (*HTML, ("X-Error", "This input has been already given")),
)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("second", [None, ALREADY], ids=["gone", "already given"])
def test_the_own_answer_that_got_lost_is_not_taken_for_that_of_somebody_else(
    desk: Desk, line: FaultProxy, second: Answer | None
) -> None:
    desk.site.make_job(ASKING)
    desk.site.start(desk.job)
    desk.site.asking(desk.job, 1)
    waiting = desk.site.get(f"{place(desk.job)}1/api/json?tree={inputs.TREE}").content
    line.on("wfapi", Answer(404))
    line.on(
        "executions", Answer(200, waiting), times=2
    )  # the second time the answer is there already
    line.on("/submit", LostAnswer(), times=1)
    if second:
        line.on("/submit", second, times=1)
    desk.run("approve")
    assert desk.site.ended(desk.job, 1)["result"] == "SUCCESS"


@pytest.mark.usefixtures("clock")
def test_an_approval_that_a_login_page_swallowed_is_no_approval(
    desk: Desk, line: FaultProxy
) -> None:
    desk.site.make_job(ASKING)
    desk.site.start(desk.job)
    desk.site.asking(desk.job, 1)
    line.on("/submit", Answer(200, LOGIN_PAGE, HTML))
    assert "still waits after the answer was taken" in desk.run("approve", code=1).err
    line.rules.clear()
    line.on("/submit", Answer(302, b"", (("Location", "/login?from=%2F"),)))
    assert "wants a login" in desk.run("approve", code=1).err


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            Answer(200, LOGIN_PAGE, HTML),
            "answers with a web page (Sign in & go) where JSON was expected",
        ),
        (Answer(200), "sends an empty answer where JSON was expected"),
        (Answer(200, b'{"_class": "x", "buil'), "sends what is not JSON"),
        (Answer(200, b"\xff\xfe"), "sends what is not JSON"),
        (Answer(200, b"null"), "sends JSON that makes no sense"),
        (
            Answer(200, b'{"buildable": "\\u001b[31m", "property": 3}'),
            "sends JSON that makes no sense",
        ),
        (Answer(302, b"", (("Location", "https://sso.example.com/auth?x=1"),)), "wants a login"),
        (
            Answer(302, b"", (("Location", "http://elsewhere.example.com/"),)),
            "leads to http://elsewhere.example.com/",
        ),
        (Answer(302, b"", (("Location", "/login?from=x"),)), "wants a login"),
        (Answer(302, b"", (("Location", "?again"),)), "redirects without end"),
        (
            Answer(404, b"<html><title>Not here</title></html>", HTML),
            "what answers does not say that it is Jenkins",
        ),
        (Answer(418, b"\x1b[31m<h1>teapot</h1>"), "Jenkins refuses it: 418 \\x1b[31m teapot"),
        (
            Answer(500, b"<html><h1>Oops!</h1><p>Logging ID=0b1c2d3e-aaaa</p></html>", HTML),
            "Logging ID=0b1c2d3e-aaaa",
        ),
    ],
)
def test_strange_answers_are_told_in_words(
    desk: Desk, line: FaultProxy, answer: Answer, told: str
) -> None:
    line.on("GET", answer)
    ran = desk.run("trigger", "shop", "--to", "prod", code=1)
    assert told in ran.err
    assert "\x1b" not in ran.err


def test_a_page_in_place_of_a_configuration_is_told(desk: Desk, line: FaultProxy) -> None:
    desk.run("apply")
    line.on("config.xml", Answer(200, LOGIN_PAGE, HTML))
    assert "answers with a web page where the configuration of" in desk.run("diff", code=1).err
    line.rules.clear()
    line.on("config.xml", Answer(200, b"<flow-definition><desc"))
    assert "is not XML" in desk.run("diff", code=1).err


def test_a_login_goes_to_no_other_host(desk: Desk, line: FaultProxy) -> None:
    desk.run("apply")
    with fault_proxy.serve(desk.site.url) as other:
        line.on("GET", Answer(302, b"", (("Location", other.url("api/json")),)))
        assert "a login is not carried to another place" in desk.run("pending", code=1).err
        assert other.requests == []


def test_a_redirect_within_the_controller_is_followed(desk: Desk, line: FaultProxy) -> None:
    desk.run("apply")
    target = f"{urlsplit(desk.site.url).path}{place(desk.job)}api/json?tree=builds"
    line.on("builds%5B", Answer(302, b"", (("Location", target),)), times=1)
    assert desk.run("pending").result["pending"] == []
