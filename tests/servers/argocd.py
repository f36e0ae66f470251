"""A stand-in for Argo CD's API server that replays recorded answers as states, and misbehaves on
request.
"""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.servers.faults import Drip, Drop, Reply, Silence
from tests.servers.handler import Handler, serving

TOKEN = "token-of-the-waiting-job"
UNAUTHORIZED = {
    "error": "invalid session: token has invalid claims: token is expired",
    "code": 16,
    "message": "invalid session",
}
DENIED = {"error": "permission denied", "code": 7, "message": "permission denied"}
# the names that v3.5 gives of an application in a list; it leaves out whatever else is asked for
LISTED = (
    "metadata.name metadata.namespace metadata.annotations metadata.labels spec spec.source "
    "spec.sources spec.sourceHydrator"
    " spec.project spec.destination spec.syncPolicy status.sourceHydrator status.summary "
    "status.sync.status status.sync.revision"
    " status.health status.operationState.startedAt status.operationState.finishedAt "
    "status.operationState.phase status.resources"
).split()
BUSY = {
    "error": "another operation is already in progress",
    "code": 9,
    "message": "another operation is already in progress",
}


@dataclass(frozen=True)
class State:
    """What an application says from some event on: the next question, a refresh, or a sync that
    somebody starts.
    """

    document: dict[str, Any]
    enter: str = "any"


Fault = Reply | Drop | Silence | Drip


@dataclass
class App:
    """One application: its states, where it is among them, and what else is asked of it."""

    states: list[State]
    at: int = 0
    tree: dict[str, Any] = field(default_factory=dict)
    windows: dict[str, Any] = field(default_factory=lambda: {"canSync": True})
    sync_reply: Reply | None = None
    synced: list[dict[str, Any]] = field(default_factory=list)
    refreshes: int = 0
    project: str = "default"
    later: Callable[[], object] | None = None

    def move(self, event: str) -> dict[str, Any]:
        """Go on to the next state if this event leads there, and return what the application
        says.
        """
        following = self.states[self.at + 1] if self.at + 1 < len(self.states) else None
        if (
            following
            and following.enter in {"any", event}
            and not (event == "sync" and following.enter == "any")
        ):
            self.at += 1
        return self.states[self.at].document


@dataclass
class FakeArgocd:
    """The server; ``faults`` come one by one before right answers, ``always`` in place of all of
    them.
    """

    url: str
    apps: dict[str, App] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=lambda: {TOKEN})
    faults: list[Fault | None] = field(default_factory=list)
    always: Fault | None = None
    prefix: str = ""
    controller_answers: bool = True
    may_sync: bool = True
    seen: list[str] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def play(self, name: str, *states: State | dict[str, Any], **settings: Any) -> App:
        """Let an application say these things one after the other; the last one stays."""
        app = App(
            [state if isinstance(state, State) else State(state) for state in states], **settings
        )
        self.apps[name] = app
        return app


@contextlib.contextmanager
def serve(
    *, prefix: str = "", certificate: Path | None = None, port: int = 0
) -> Iterator[FakeArgocd]:
    """Serve below a root path, with TLS where there is a certificate (PEM with its key)."""
    scheme = "https" if certificate else "http"

    def state(port: int) -> FakeArgocd:
        return FakeArgocd(f"{scheme}://localhost:{port}{prefix}", prefix=prefix)

    with serving(_Handler, state, port=port, certificate=certificate) as fake:
        yield fake


class _Handler(Handler):
    @property
    def fake(self) -> FakeArgocd:
        fake: FakeArgocd = self.server.state
        return fake

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        fake = self.fake
        body = self.body()
        if fake.stopped.is_set():  # a server that is gone answers no line that it kept open
            self.close_connection = True
            return
        with fake.lock:
            fake.seen.append(f"{self.command} {self.path}")
            fake.authorizations.append(self.headers.get("Authorization"))
            fault = fake.faults.pop(0) if fake.faults else fake.always
        if fault:
            self.misbehave(fault)
            return
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if not parts.path.startswith(f"{fake.prefix}/api/"):
            self.reply(Reply(404, b"404 page not found\n"))
        elif parts.path.endswith("/api/version"):
            self.reply_json(200, {"Version": "v3.5.1"})
        elif self.headers.get("Authorization") not in {f"Bearer {token}" for token in fake.tokens}:
            self.reply_json(401, UNAUTHORIZED)
        else:
            words = (
                parts.path.removeprefix(f"{fake.prefix}/api/v1/applications").strip("/").split("/")
            )
            self._application(words[0], words[1] if len(words) > 1 else "", query, body)

    def _application(self, name: str, rest: str, query: dict[str, str], body: bytes) -> None:
        fake = self.fake
        if not name:
            asked = [
                field.removeprefix("items.")
                for field in query.get("fields", "").split(",")
                if field
            ]
            items = [_listed(app.move("list"), asked) for app in fake.apps.values()]
            self.reply_json(200, {"items": items or None})
            return
        app = fake.apps.get(name)
        if app and app.later:
            app.later()
            app = fake.apps[name]
        project = query.get("project")
        if app is None or (project and project != app.project):
            words = f'applications.argoproj.io "{name}" not found'
            self.reply_json(
                *(
                    (404, {"error": words, "code": 5, "message": words})
                    if project
                    else (403, DENIED)
                )
            )
        elif self.command == "POST":
            self._sync(app, body)
        elif rest == "resource-tree":
            self.reply_json(200, app.tree)
        elif rest == "syncwindows":
            self.reply_json(200, app.windows)
        elif "refresh" in query:
            self._refresh(app)
        else:
            with fake.lock:
                found = app.move("question")
            self.reply_json(200, found if fake.controller_answers else _refreshing(found))

    def _refresh(self, app: App) -> None:
        if not self.fake.controller_answers:
            self.misbehave(Silence())
            return
        with self.fake.lock:
            app.refreshes += 1
            found = app.move("refresh")
        self.reply_json(200, found)

    def _sync(self, app: App, body: bytes) -> None:
        if self.headers.get("Content-Type") != "application/json":
            self.reply_json(
                415, {"error": "Invalid content type", "code": 3, "message": "Invalid content type"}
            )
        elif not self.fake.may_sync:
            words = "permission denied: applications, sync"
            self.reply_json(403, {"error": words, "code": 7, "message": words})
        elif app.sync_reply:
            reply, app.sync_reply = app.sync_reply, None
            self.reply(reply)
        else:
            app.synced.append(json.loads(body))
            self.reply_json(200, app.move("sync"))


def _listed(document: dict[str, Any], asked: list[str]) -> dict[str, Any]:
    if not asked:
        return document
    found: dict[str, Any] = {}
    for name in (each for each in asked if each in LISTED):
        *above, last = name.split(".")
        value: Any = document
        place = found
        for part in above:
            value, place = value.get(part, {}), place.setdefault(part, {})
        if last in value:
            place[last] = value[last]
    return found


def _refreshing(document: dict[str, Any]) -> dict[str, Any]:
    metadata = {
        **document.get("metadata", {}),
        "annotations": {"argocd.argoproj.io/refresh": "normal"},
    }
    return {**document, "metadata": metadata}
