"""A registry double for what a real one can't be asked to do: token logins, overload, silence, lies."""

import base64
import contextlib
import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = json.dumps({"config": {"Labels": {"team": "a"}}}).encode()
CONTENT = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"digest": f"sha256:{hashlib.sha256(CONFIG).hexdigest()}", "size": len(CONFIG)},
        "layers": [],
    }
).encode()
DIGEST = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
TOKEN = "t0ken-of-the-fake-registry"


@dataclass(frozen=True)
class Reply:
    """An answer in place of the right one; ``length`` is what Content-Length says instead of the truth."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    length: int | None = None


@dataclass(frozen=True)
class Silence:
    """Take the request and never answer."""


@dataclass(frozen=True)
class Drip:
    """Send a byte of the headers now and then, for ever."""


@dataclass
class FakeRegistry:
    """A running double; it has the image ``app:15`` and records (method, path, Authorization) of each request.

    ``faults`` are used up one a request under /v2/, from the front; ``always`` answers every such request.
    """

    port: int
    challenge: str | None = None
    users: dict[str, str] = field(default_factory=dict)
    identity: str | None = None
    faults: list[Reply | Silence | Drip] = field(default_factory=list)
    always: Reply | Silence | Drip | None = None
    token_fault: Reply | None = None
    digest_header: bool = True
    hidden: bool = False  # answers 404 in place of 401
    seen: list[tuple[str, str, str | None]] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def host(self) -> str:
        """Return host and port."""
        return f"127.0.0.1:{self.port}"

    def want_token(self, realm: str | None = None) -> None:
        """Ask for a bearer token, which the double itself gives at /token."""
        realm = realm or f"http://{self.host}/token"
        self.challenge = f'Bearer realm="{realm}",service="fake",scope="repository:app:pull"'


@contextlib.contextmanager
def serve() -> Iterator[FakeRegistry]:
    """Run a double."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    fake = server.fake = FakeRegistry(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def fake(self) -> FakeRegistry:
        return self.server.fake

    def do_HEAD(self) -> None:
        self._serve()

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.fake.seen.append(("POST", self.path, self.headers.get("Authorization")))
        if self.fake.identity and f"refresh_token={self.fake.identity}" in form:
            self._send(Reply(200, json.dumps({"access_token": TOKEN}).encode()))
        else:
            self._send(Reply(401))

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _serve(self) -> None:
        fake = self.fake
        fake.seen.append((self.command, self.path, self.headers.get("Authorization")))
        if self.path.startswith("/token"):
            self._send(fake.token_fault or self._token())
            return
        fault = fake.faults.pop(0) if fake.faults else fake.always
        if isinstance(fault, Silence):
            fake.stopped.wait(60)
            self.close_connection = True
        elif isinstance(fault, Drip):
            self._drip()
        else:
            self._send(fault or self._right_answer())

    def _drip(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        with contextlib.suppress(OSError):
            while not fake_stopped(self.fake, 0.2):
                self.wfile.write(b"a")
        self.close_connection = True

    def _token(self) -> Reply:
        if self.fake.users and not self._knows_user():
            return Reply(401, b'{"errors": []}')
        return Reply(200, json.dumps({"token": TOKEN}).encode())

    def _right_answer(self) -> Reply:
        fake = self.fake
        if fake.challenge and not self._allowed():
            if fake.hidden:
                return _absent("NAME_UNKNOWN")
            return Reply(401, b'{"errors": [{"code": "UNAUTHORIZED"}]}', (("WWW-Authenticate", fake.challenge),))
        if self.path in {"/v2/app/manifests/15", f"/v2/app/manifests/{DIGEST}"}:
            digest = (("Docker-Content-Digest", DIGEST),) if fake.digest_header else ()
            return Reply(200, CONTENT, (("Content-Type", MANIFEST), *digest))
        if self.path.startswith("/v2/app/blobs/"):
            return Reply(200, CONFIG)
        return _absent("MANIFEST_UNKNOWN")

    def _allowed(self) -> bool:
        header = self.headers.get("Authorization", "")
        if self.fake.challenge.startswith("Bearer"):
            return header == f"Bearer {TOKEN}"
        return self._knows_user()

    def _knows_user(self) -> bool:
        kind, _, pair = self.headers.get("Authorization", "").partition(" ")
        user, _, password = base64.b64decode(pair).decode().partition(":")
        return kind == "Basic" and self.fake.users.get(user) == password

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body) if reply.length is None else reply.length))
        if reply.length is not None:
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)


def fake_stopped(fake: FakeRegistry, seconds: float) -> bool:
    """Wait a little, and tell whether the double is being stopped."""
    return fake.stopped.wait(seconds)


def _absent(code: str) -> Reply:
    return Reply(404, json.dumps({"errors": [{"code": code}]}).encode(), (("Content-Type", "application/json"),))
