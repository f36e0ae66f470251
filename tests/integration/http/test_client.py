"""The HTTP client: what every server that is asked with it gets for nothing."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from gitops_ci.adapters.http.client import Client, Limits
from gitops_ci.adapters.http.failures import RequestError
from gitops_ci.adapters.http.message import HttpRequest, HttpResponse
from gitops_ci.base.deadline import Deadline
from tests.realparts import need
from tests.servers import connect_proxy
from tests.servers.faults import Drip, Drop, Reply, Silence
from tests.servers.git_http import make_certificates
from tests.servers.handler import Handler, serving
from tests.servers.processes import free_port

LIMITS = Limits(connect=20.0, silence=20.0, largest=1000)
LOGIN = {"Authorization": "Bearer the-token"}


@dataclass
class Server:
    """Answers ``answers`` by path, else 'ok'; records each request's path, headers and the port
    that it came from.
    """

    port: int
    answers: dict[str, Reply | Drop | Silence | Drip] = field(default_factory=dict)
    seen: list[tuple[str, dict[str, str], int]] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/", scheme: str = "http") -> str:
        return f"{scheme}://localhost:{self.port}{path}"


class _Handler(Handler):
    def do_GET(self) -> None:
        self.body()
        state: Server = self.server.state
        state.seen.append((self.path, dict(self.headers.items()), self.client_address[1]))
        self.misbehave(state.answers.get(self.path, Reply(200, b"ok")))

    do_POST = do_GET


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(_Handler, Server) as state:
        yield state


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    need("openssl")
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder)
    (folder / "both.pem").write_text(
        (folder / "server.key").read_text() + (folder / "server.pem").read_text()
    )
    return folder


@pytest.fixture
def secure(certificates: Path) -> Iterator[Server]:
    with serving(_Handler, Server, certificate=certificates / "both.pem") as state:
        yield state


@pytest.fixture
def client(certificates: Path) -> Iterator[Client]:
    with contextlib.closing(
        Client(LIMITS, ca_file=str(certificates / "ca.pem"), cookies=CookieJar())
    ) as client:
        yield client


def send(client: Client, url: str, method: str = "GET", seconds: float = 30) -> HttpResponse:
    return client.send(HttpRequest(method, url, LOGIN), Deadline.after(seconds))


def failed(client: Client, url: str, seconds: float = 30) -> RequestError:
    with pytest.raises(RequestError) as caught:
        client.follow(
            HttpRequest("GET", url, LOGIN), Deadline.after(seconds), lambda _response, _target: None
        )
    return caught.value


@pytest.mark.parametrize(
    "fault", [Silence(), Drip(), Drip(body=True)], ids=["silence", "headers", "body"]
)
def test_an_answer_ends_with_the_deadline_wherever_it_hangs(
    client: Client, server: Server, fault: Silence | Drip
) -> None:
    server.answers["/"] = fault
    began = time.monotonic()
    failure = failed(client, server.url(), seconds=1).failure
    assert failure.kind == "timeout"
    assert time.monotonic() - began < LIMITS.silence


def test_an_answer_without_end_is_not_read(client: Client, server: Server) -> None:
    server.answers["/"] = Reply(200, b"x" * 1001)
    assert failed(client, server.url()).failure.words == "sends more than 1000 bytes"


@pytest.mark.parametrize("fault", [Drop(), Reply(200, b"half", length=40)], ids=["dropped", "cut"])
def test_an_answer_that_breaks_off_may_pass(
    client: Client, server: Server, fault: Drop | Reply
) -> None:
    server.answers["/"] = fault
    failure = failed(client, server.url()).failure
    assert (failure.kind, failure.may_pass, failure.sent) == ("cut", True, True)


def test_nobody_who_listens_got_nothing(client: Client) -> None:
    failure = failed(client, f"http://localhost:{free_port()}/").failure
    assert (failure.kind, failure.sent) == ("refused", False)


def test_a_connection_is_kept_for_the_next_question_and_not_for_a_change(
    client: Client, server: Server
) -> None:
    for method in ("GET", "GET", "POST"):
        assert send(client, server.url(), method).text == "ok"
    first, second, third = (port for _, _, port in server.seen)
    assert first == second
    assert third != first


def test_a_login_stays_at_its_origin_on_the_way_of_redirects(
    client: Client, server: Server
) -> None:
    with serving(_Handler, Server) as other:
        server.answers["/"] = Reply(302, headers=(("Location", "/there?a=b c"),))
        server.answers["/there?a=b%20c"] = Reply(
            307, headers=(("Location", other.url("/elsewhere")),)
        )
        request = HttpRequest("GET", server.url(), LOGIN)
        leads: list[str] = []
        answer = client.follow(request, Deadline.after(30), lambda _, target: leads.append(target))
        assert answer.url == other.url("/elsewhere")
        assert leads == [server.url("/there?a=b%20c"), other.url("/elsewhere")]
        assert [headers.get("Authorization") for _, headers, _ in server.seen] == [
            "Bearer the-token"
        ] * 2
        assert "Authorization" not in other.seen[0][1]


def test_redirects_in_a_circle_end(client: Client, server: Server) -> None:
    server.answers["/"] = Reply(302, headers=(("Location", "/"),))
    assert failed(client, server.url()).failure.words == "redirects without end"
    assert len(server.seen) == 6


def test_a_cookie_is_kept_where_there_is_a_jar_for_it(client: Client, server: Server) -> None:
    server.answers["/"] = Reply(
        200, b"ok", (("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Path=/"))
    )
    send(client, server.url())
    send(client, server.url())
    assert "Cookie" not in server.seen[0][1]
    assert set(server.seen[1][1]["Cookie"].split("; ")) == {"a=1", "b=2"}
    with contextlib.closing(Client(LIMITS)) as plain:
        send(plain, server.url())
        send(plain, server.url())
    assert "Cookie" not in server.seen[3][1]


@pytest.mark.parametrize("over_tls", [False, True], ids=["http proxy", "https proxy"])
def test_a_tunnel_leads_through_a_proxy_with_a_login(
    client: Client,
    secure: Server,
    certificates: Path,
    monkeypatch: pytest.MonkeyPatch,
    over_tls: bool,
) -> None:
    with connect_proxy.serve(certificates / "both.pem" if over_tls else None) as proxy:
        scheme = "https" if over_tls else "http"
        monkeypatch.setenv("https_proxy", f"{scheme}://ann:s%40cret@localhost:{proxy.port}")
        monkeypatch.setenv("no_proxy", "")
        for _ in range(2):
            assert send(client, secure.url(scheme="https")).text == "ok"
        assert proxy.asked == [(f"localhost:{secure.port}", "Basic YW5uOnNAY3JldA==")]
        assert all("Proxy-Authorization" not in headers for _, headers, _ in secure.seen)
        proxy.refusal = Reply(403)
        assert (
            send(client, secure.url(scheme="https")).text == "ok"
        )  # by the connection that is open
    client.close()


def test_a_proxy_that_refuses_is_named_and_nothing_was_sent(
    client: Client, secure: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect_proxy.serve() as proxy:
        proxy.refusal = Reply(403)
        monkeypatch.setenv("https_proxy", f"localhost:{proxy.port}")
        monkeypatch.setenv("no_proxy", "")
        failure = failed(client, secure.url(scheme="https")).failure
    assert (failure.kind, failure.sent) == ("proxy", False)
    assert secure.seen == []


def test_a_proxy_of_a_kind_that_is_not_known_is_named(
    client: Client, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "socks5://robot:s3cret@localhost:1080")
    monkeypatch.setenv("no_proxy", "")
    failure = failed(client, server.url()).failure
    assert "a proxy of the kind socks5:// can't be used" in failure.words
    assert "s3cret" not in failure.words
    assert (failure.may_pass, failure.sent) == (False, False)


def test_no_proxy_may_name_a_network(
    client: Client, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://localhost:{free_port()}")
    monkeypatch.setenv("no_proxy", "127.0.0.0/8")
    assert send(client, f"http://127.0.0.1:{server.port}/").text == "ok"
    assert failed(client, server.url()).failure.kind == "proxy"


def test_a_certificate_has_to_be_known(secure: Server) -> None:
    with contextlib.closing(Client(LIMITS)) as stranger:
        failure = failed(stranger, secure.url(scheme="https")).failure
        assert (failure.kind, failure.may_pass, failure.sent) == ("certificate", False, False)
    with contextlib.closing(Client(LIMITS, insecure=True)) as careless:
        assert send(careless, secure.url(scheme="https")).text == "ok"
