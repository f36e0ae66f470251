"""Logins and addresses as they are given, and error pages as people read them."""

import pytest

from gitops_ci.adapters.credentials import jenkins_login
from gitops_ci.adapters.http.message import HttpResponse
from gitops_ci.adapters.jenkins import connect
from gitops_ci.adapters.jenkins.failures import leads_to_login, message_of
from gitops_ci.base import redaction
from gitops_ci.base.errors import UsageError
from gitops_ci.model.login import Login
from gitops_ci.usecases.jobs.log import Decoder, decode_log


def page(body: str, **headers: str) -> HttpResponse:
    """Return an answer with a page."""
    named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    return HttpResponse("https://jenkins.example.com/", 403, named, body.encode())


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            "<html><head><title>Denied</title></head><h1>Access Denied</h1><p>viewer is "
            "missing the Job/Build permission</p>",
            None,
        ),
        (
            "<p><b>Ann Lee</b> is missing the Job/Create permission</p>",
            "Ann Lee is missing the Job/Create permission",
        ),
        (
            "<table>HTTP ERROR 403 No valid crumb was included in the request</table>",
            "No valid crumb was included in the request",
        ),
        (
            "<h1>Error</h1>You need to be &#39;dev&#39; (or have Job/Cancel permissions) to "
            "cancel this.",
            "You need to be 'dev' (or have Job/Cancel permissions) to cancel this.",
        ),
        (
            "<title>Proxy &amp; Co</title><script>x is missing the y permission</script>",
            "Proxy & Co",
        ),
        ("plain words", "plain words"),
        ("", ""),
    ],
)
def test_pages_are_reduced_to_their_message(body: str, words: str | None) -> None:
    assert message_of(page(body)).endswith(
        "viewer is missing the Job/Build permission" if words is None else words
    )
    assert "<" not in message_of(page(body))


def test_the_message_begins_with_the_user_that_the_header_names() -> None:
    text = "<p>Jenkins Ann's dashboard</p><p>Ann Lee is missing the Job/Build permission</p>"
    assert (
        message_of(page(text, X_You_Are_Authenticated_As="Ann Lee"))
        == "Ann Lee is missing the Job/Build permission"
    )


def test_the_header_of_jenkins_wins_and_is_made_printable() -> None:
    assert (
        message_of(page("<h1>x</h1>", X_Error="A job already exists\x1b[31m"))
        == "A job already exists\\x1b[31m"
    )


@pytest.mark.parametrize(
    ("url", "leads"),
    [
        ("https://j.example.com/login?from=%2F", True),
        ("https://j.example.com/ci/securityRealm/commenceLogin?from=x", True),
        ("/oauth2/start", True),
        ("https://j.example.com/job/login-service/", False),
        ("https://j.example.com/job/a/api/json?next=/login", False),
        ("https://j.example.com/job/auth/job/promote/5/console", False),
        ("/job/sso/job/promote/5/", False),
    ],
)
def test_login_pages_are_known_by_their_address(url: str, leads: bool) -> None:
    assert leads_to_login(url) is leads


def test_a_login_is_taken_out_of_the_url_and_masked() -> None:
    found = connect("https://me:s%C3%A9cret-word@j.example.com:8443/ci/", Login(), None)
    assert (found.url, found.username, found.secret) == (
        "https://j.example.com:8443/ci/",
        "me",
        "sécret-word",
    )
    assert "sécret" not in repr(found)
    assert redaction.redact("a sécret-word") == "a ****"


def test_the_login_of_the_environment_wins() -> None:
    found = connect("https://me:other@j.example.com", Login("you", None, "token-of-you"), None)
    assert (found.username, found.secret) == ("you", "token-of-you")
    with pytest.raises(UsageError, match="nobody whose token it is"):
        connect("https://j.example.com", Login(None, None, "token-of-you"), None)


@pytest.mark.parametrize(
    ("environ", "login"),
    [
        ({}, Login()),
        ({"JENKINS_USER": "a", "JENKINS_TOKEN": "ttt"}, Login("a", None, "ttt")),
        ({"JENKINS_USER_ID": "a", "JENKINS_API_TOKEN": "ttt"}, Login("a", None, "ttt")),
        ({"JENKINS_USER_ID": "a"}, Login()),
        (
            {"GITOPS_CI_JENKINS_URL": "https://j", "JENKINS_USER": "a", "JENKINS_TOKEN": "ttt"},
            Login("a", None, "ttt"),
        ),
        (
            {
                "GITOPS_CI_JENKINS_USERNAME": "b",
                "GITOPS_CI_JENKINS_TOKEN": "uuu",
                "JENKINS_USER": "a",
                "JENKINS_TOKEN": "ttt",
            },
            Login("b", None, "uuu"),
        ),
        (
            {"GITOPS_CI_JENKINS_USERNAME": "b", "GITOPS_CI_JENKINS_PASSWORD": "pass"},
            Login("b", "pass", None),
        ),
    ],
)
def test_logins_come_from_our_variables_or_from_the_usual_ones(
    environ: dict[str, str], login: Login
) -> None:
    assert jenkins_login(environ) == login


def test_a_log_in_pieces_is_the_log() -> None:
    raw = "é ✓\r\nsecond\nthird 😀\r\nno end\r".encode()
    for size in range(1, len(raw) + 1):
        decoder = Decoder()
        text = (
            "".join(decoder.text(raw[start : start + size]) for start in range(0, len(raw), size))
            + decoder.rest()
        )
        assert text == decode_log(raw) == "é ✓\nsecond\nthird 😀\nno end\n"
