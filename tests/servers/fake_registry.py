"""A registry double for what a real one can't be asked to do: token logins, overload, silence,
lies.
"""

import base64
import contextlib
import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.servers.faults import Drip, Reply, Silence
from tests.servers.handler import Handler, serving

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


@dataclass
class FakeRegistry:
    """A running double; it has the image ``app:15`` and records (method, path, Authorization) of
    each request.

    ``faults`` are used up one a request under /v2/, from the front; ``always`` answers every such
    request.
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
    with serving(_Handler, FakeRegistry) as fake:
        yield fake


class _Handler(Handler):
    @property
    def fake(self) -> FakeRegistry:
        fake: FakeRegistry = self.server.state
        return fake

    def do_HEAD(self) -> None:
        self._serve()

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        form = self.body().decode()
        self.fake.seen.append(("POST", self.path, self.headers.get("Authorization")))
        if self.fake.identity and f"refresh_token={self.fake.identity}" in form:
            self.reply(Reply(200, json.dumps({"access_token": TOKEN}).encode()))
        else:
            self.reply(Reply(401))

    def _serve(self) -> None:
        fake = self.fake
        fake.seen.append((self.command, self.path, self.headers.get("Authorization")))
        if self.path.startswith("/token"):
            self.reply(fake.token_fault or self._token())
            return
        fault = fake.faults.pop(0) if fake.faults else fake.always
        self.misbehave(fault or self._right_answer())

    def _token(self) -> Reply:
        if self.fake.users and not self._knows_user():
            return Reply(401, b'{"errors": []}')
        return Reply(200, json.dumps({"token": TOKEN}).encode())

    def _right_answer(self) -> Reply:
        fake = self.fake
        if fake.challenge and not self._allowed():
            if fake.hidden:
                return _absent("NAME_UNKNOWN")
            return Reply(
                401,
                b'{"errors": [{"code": "UNAUTHORIZED"}]}',
                (("WWW-Authenticate", fake.challenge),),
            )
        if self.path in {"/v2/app/manifests/15", f"/v2/app/manifests/{DIGEST}"}:
            digest = (("Docker-Content-Digest", DIGEST),) if fake.digest_header else ()
            return Reply(200, CONTENT, (("Content-Type", MANIFEST), *digest))
        if self.path.startswith("/v2/app/blobs/"):
            return Reply(200, CONFIG)
        return _absent("MANIFEST_UNKNOWN")

    def _allowed(self) -> bool:
        header = self.headers.get("Authorization", "")
        if (self.fake.challenge or "").startswith("Bearer"):
            return header == f"Bearer {TOKEN}"
        return self._knows_user()

    def _knows_user(self) -> bool:
        kind, _, pair = self.headers.get("Authorization", "").partition(" ")
        user, _, password = base64.b64decode(pair).decode().partition(":")
        return kind == "Basic" and self.fake.users.get(user) == password


def _absent(code: str) -> Reply:
    return Reply(
        404,
        json.dumps({"errors": [{"code": code}]}).encode(),
        (("Content-Type", "application/json"),),
    )
