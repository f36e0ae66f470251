"""An HTTP proxy in front of a server, that misbehaves on request: the network as it is on a bad day."""

import contextlib
import http.client
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """Answer in place of the server."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Silence:
    """Take the request and never answer."""


@dataclass(frozen=True)
class LostAnswer:
    """Let the server do its work, then close the connection without an answer."""


@dataclass(frozen=True)
class Truncated:
    """Pass on the first ``length`` bytes of the answer's body, then close the connection."""

    length: int


@dataclass(frozen=True)
class Delayed:
    """Wait before the request is passed on."""

    seconds: float


Fault = Answer | Silence | LostAnswer | Truncated | Delayed


@dataclass
class Rule:
    """A fault for the requests whose line (`METHOD PATH?QUERY`) holds ``text``, for the next ``times`` ones (None: always)."""

    text: str
    fault: Fault
    times: int | None


@dataclass
class FaultProxy:
    """A running proxy; the state is what it was told to break and what it has seen."""

    port: int
    rules: list[Rule] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def url(self, name: str, user_info: str = "") -> str:
        """Return the URL of a repository behind the proxy."""
        return f"http://{user_info + '@' if user_info else ''}localhost:{self.port}/{name}"

    def on(self, text: str, fault: Fault, times: int | None = None) -> None:
        """Break the requests whose line holds a text."""
        self.rules.append(Rule(text, fault, times))

    def fault_for(self, line: str, headers: dict[str, str]) -> Fault | None:
        """Record a request and return what shall happen to it."""
        with self.lock:
            self.requests.append((line, headers))
            for rule in self.rules:
                if rule.text in line and rule.times != 0:
                    rule.times = None if rule.times is None else rule.times - 1
                    return rule.fault
        return None


@contextlib.contextmanager
def serve(upstream: str) -> Iterator[FaultProxy]:
    """Serve what lies at the http URL ``upstream`` (scheme, host and port count) through a proxy."""
    handler = type("Handler", (_Handler,), {"upstream": urlsplit(upstream).netloc})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    proxy = server.proxy = FaultProxy(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    upstream = ""
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _serve(self) -> None:
        headers = dict(self.headers.items())
        body = self._body()
        proxy: FaultProxy = self.server.proxy
        fault = proxy.fault_for(f"{self.command} {self.path}", headers)
        if isinstance(fault, Silence):
            proxy.stopped.wait(60)
            self.close_connection = True
            return
        if isinstance(fault, Delayed):
            time.sleep(fault.seconds)
        if isinstance(fault, Answer):
            self._answer(fault.status, [*fault.headers, ("Content-Length", str(len(fault.body)))], fault.body)
            return
        self._pass_on(headers, body, fault)

    def _pass_on(self, headers: dict[str, str], body: bytes, fault: Fault | None) -> None:
        connection = http.client.HTTPConnection(self.upstream, timeout=60)
        try:
            dropped = ("transfer-encoding", "content-length", "connection", "expect")
            kept = {name: value for name, value in headers.items() if name.lower() not in dropped}
            connection.request(self.command, self.path, body, kept)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        dropped = ("transfer-encoding", "content-length", "connection")
        lines = [(name, value) for name, value in answer.getheaders() if name.lower() not in dropped]
        lines.append(("Content-Length", str(len(content))))
        if isinstance(fault, LostAnswer):
            self.close_connection = True
            return
        if isinstance(fault, Truncated):
            content = content[: fault.length]
            self.close_connection = True
        self._answer(answer.status, lines, content)

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)
