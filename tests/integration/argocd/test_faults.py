"""Waiting while the network, the server or the token misbehaves."""

import contextlib
import itertools
import os
import ssl
import threading
from pathlib import Path

import pytest

from gitops_ci.adapters.argocd import NoAnswerError, NotArgocdError, parse_server
from gitops_ci.adapters.argocd.failures import of_exception
from tests.clock import Clock
from tests.integration.argocd.conftest import Wait
from tests.integration.argocd.recorded import at
from tests.integration.argocd.test_wait import NAME, commits
from tests.integration.operation.world import World
from tests.realparts import need
from tests.servers import argocd
from tests.servers.argocd import TOKEN, FakeArgocd, State
from tests.servers.faults import Drip, Drop, Reply, Silence
from tests.servers.processes import free_port

PAGE = Reply(200, b"<html><body>Please log in</body></html>", (("Content-Type", "text/html"),))
GONE = Reply(404, b"default backend - 404")


@pytest.fixture
def healthy(deployed: World, server: FakeArgocd) -> FakeArgocd:
    """An Argo CD that runs the release."""
    new, old = commits(deployed)
    server.play(NAME, at("08", new, old))
    return server


@pytest.mark.parametrize(
    "fault",
    [
        Drop(),
        Reply(200, b'{"status": {"sync"', length=99999),
        Reply(503, b"upstream connect error"),
        Reply(429, b"{}", (("Retry-After", "0"),)),
        Reply(500, b"boom"),
    ],
    ids=["dropped", "cut", "503", "429", "500"],
)
def test_what_passes_is_survived_at_the_beginning_and_on_the_way(
    healthy: FakeArgocd, wait: Wait, fault: argocd.Fault
) -> None:
    healthy.faults = [fault, fault, fault, None, fault, fault]
    ran = wait(check=0)
    assert "trying again" in ran.err
    assert "Argo CD answers again" in ran.err


@pytest.mark.parametrize(
    "fault", [PAGE, GONE, Reply(302, b"", (("Location", "https://login.example.com/"),))]
)
def test_a_page_in_the_middle_is_a_restart_and_at_the_beginning_no_argo_cd(
    healthy: FakeArgocd, wait: Wait, fault: argocd.Fault
) -> None:
    healthy.faults = [None, fault]
    wait(check=0)
    healthy.always = fault
    ran = wait(check=1)
    assert ran.result["rollout"][0]["remedy"]
    assert all(authorization == f"Bearer {TOKEN}" for authorization in healthy.authorizations)


def test_a_silent_server_is_given_up_after_the_time_that_is_borne(
    healthy: FakeArgocd, wait: Wait
) -> None:
    for fault in (Silence(), Drip()):
        healthy.always = fault
        ran = wait("--wait-timeout", "0.5s", check=4)
        assert "does not answer in time" in ran.result["message"]


def test_an_unreachable_server_is_unavailable(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    ran = wait(url=f"http://localhost:{free_port()}", check=4)
    assert "refuses the connection" in ran.result["message"]
    ran = wait(url="https://argocd.invalid", check=4)
    assert "can't be found" in ran.result["message"]


def test_a_restart_of_the_server_is_survived(deployed: World, clock: Clock, wait: Wait) -> None:
    new, old = commits(deployed)
    port = free_port()
    pauses = itertools.count(1)
    with contextlib.ExitStack() as first, contextlib.ExitStack() as second:
        first.enter_context(argocd.serve(port=port)).play(NAME, at("07", new, old))

        def restart() -> None:
            match next(pauses):
                case 3:
                    first.close()
                case 6:  # nobody listened for a while
                    server = second.enter_context(argocd.serve(port=port))
                    server.play(NAME, at("07", new, old), at("08", new, old))

        clock.meanwhile = restart
        ran = wait(url=f"http://localhost:{port}", check=0)
    assert "Argo CD answers again" in ran.err


def test_a_token_that_expires_on_the_way_is_read_again(
    healthy: FakeArgocd, clock: Clock, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    file.write_text("the-first-token\n")
    monkeypatch.delenv("GITOPS_CI_ARGOCD_TOKEN")
    monkeypatch.setenv("GITOPS_CI_ARGOCD_TOKEN_FILE", str(file))
    healthy.tokens = {"the-first-token"}

    def renew() -> None:
        file.write_text("the-second-token\n")
        healthy.tokens = {"the-second-token"}

    clock.meanwhile = renew
    ran = wait(check=0)
    assert healthy.authorizations[0] == "Bearer the-first-token"
    assert healthy.authorizations[-1] == "Bearer the-second-token"
    assert "the-" not in ran.err + ran.out


def test_a_token_that_is_not_accepted_is_told_without_showing_it(
    healthy: FakeArgocd, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITOPS_CI_ARGOCD_TOKEN", "an-expired-token")
    ran = wait(check=1)
    assert "does not accept the token (invalid session)" in ran.result["message"]
    assert "an-expired-token" not in ran.out + ran.err + str(ran.result)
    monkeypatch.delenv("GITOPS_CI_ARGOCD_TOKEN")
    ran = wait(check=1)
    assert "wants a token, and there is none" in ran.result["message"]
    monkeypatch.setenv("ARGOCD_AUTH_TOKEN", TOKEN)
    wait(check=0)


def test_what_is_no_token_is_a_usage_error(
    healthy: FakeArgocd, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    for word in ("t\u00f6ken-of-mine", "two words"):
        monkeypatch.setenv("GITOPS_CI_ARGOCD_TOKEN", word)
        ran = wait(check=2)
        assert word not in ran.out + ran.err
    assert healthy.seen == []


def test_a_server_below_a_root_path_is_found_there_and_nowhere_else(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    with argocd.serve(prefix="/argo/cd") as below:
        below.play(NAME, at("08", new, old))
        wait(url=below.url, check=0)
        ran = wait(url=below.url.removesuffix("/argo/cd"), check=1)
    assert "not as Argo CD does" in ran.result["message"]


def test_a_certificate_has_to_be_known_or_refused_by_name(
    deployed: World, server: FakeArgocd, wait: Wait, certificate: Path
) -> None:
    need("openssl")
    new, old = commits(deployed)
    with argocd.serve(certificate=certificate) as secure:
        secure.play(NAME, at("08", new, old))
        ran = wait(url=secure.url, check=1)
        assert "is not trusted" in ran.result["message"]
        assert secure.authorizations == []
        ran = wait("--ca-file", str(certificate), url=secure.url, check=0)
        assert "warning" not in ran.err
        ran = wait("--insecure", url=secure.url, check=0)
        assert "--insecure: the certificate" in ran.err
    ran = wait(url=server.url.replace("http:", "https:"), check=1)
    assert "does not speak TLS" in ran.result["message"]


def test_a_server_that_refuses_tls_speaks_it() -> None:
    where = parse_server("argocd.example.com")
    for reason, kind, words in (
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", NotArgocdError, "refuses the TLS connection"),
        ("TLSV1_ALERT_INTERNAL_ERROR", NoAnswerError, "breaks"),
        ("DECRYPTION_FAILED_OR_BAD_RECORD_MAC", NoAnswerError, "breaks"),
        ("WRONG_VERSION_NUMBER", NotArgocdError, "does not speak TLS"),
    ):
        error = ssl.SSLError(1, f"[SSL: {reason}]")
        error.reason = reason
        told = of_exception(where, error)
        assert isinstance(told, kind)
        assert words in told.message


def test_plain_http_to_a_server_with_tls_is_named(healthy: FakeArgocd, wait: Wait) -> None:
    healthy.always = Reply(
        307, b"", (("Location", healthy.url.replace("http:", "https:") + "/api/v1"),)
    )
    ran = wait(check=1)
    assert "speaks TLS" in ran.result["message"]
    assert ran.result["rollout"][0]["remedy"].startswith("give https://localhost:")


def test_a_proxy_is_used_where_the_environment_names_one(
    healthy: FakeArgocd, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", healthy.url)
    monkeypatch.setenv("no_proxy", "")
    wait(url="http://argocd.test", check=0)
    assert all(" http://argocd.test/api/v1/applications/" in line for line in healthy.seen)
    monkeypatch.setenv("http_proxy", "socks5://localhost:1")
    assert "socks5" in wait(url="http://argocd.test", check=1).result["message"]


@pytest.mark.parametrize(
    "text",
    ["ftp://x", "https://user:secret@x", "", "https://x/?a=b", "https://x/../y", "a b", "https://"],
)
def test_what_is_no_address_is_a_usage_error(
    deployed: World, wait: Wait, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = deployed.run(
        "wait", "shop", "--env", "dev", *(["--argocd-server", text] if text else []), check=2
    )
    assert "secret" not in ran.err


def test_the_server_may_be_named_in_gitops_yaml_or_as_argo_cds_own_program_does(
    healthy: FakeArgocd, deployed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("wait", "shop", "--env", "dev", "--stable", "0", "--commit", commits(deployed)[0])
    monkeypatch.setenv("ARGOCD_SERVER", healthy.url)
    deployed.run(*words, check=0)
    monkeypatch.setenv("ARGOCD_SERVER", "http://localhost:1")
    deployed.write(
        {"gitops.yaml": f"{deployed.text('gitops.yaml')}\nargocd: {{server: '{healthy.url}'}}\n"}
    )
    deployed.run(*words, check=0)


def test_no_file_and_no_thread_is_left_when_it_ends(healthy: FakeArgocd, wait: Wait) -> None:
    wait(check=0)
    left = [thread.name for thread in threading.enumerate() if "_follow" in thread.name]
    assert left == []
    assert os.listdir(os.environ["TMPDIR"]) == []


def test_an_application_that_another_one_has_to_make_is_waited_for(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    parent = server.play("apps-dev", at("08", old))
    parent.later = lambda: server.play(NAME, State(at("07", new, old)), at("08", new, old))
    ran = wait("--parent", "apps-{env}", check=0)
    assert parent.refreshes == 1
    assert "not there yet; apps-dev has to make it" in ran.err
