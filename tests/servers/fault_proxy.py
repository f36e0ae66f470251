"""An HTTP proxy in front of a server, that misbehaves on request: the network as it is on a bad
day.
"""

import contextlib
import http.client
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.servers.faults import Delayed, LostAnswer, Reply, Silence, Truncated
from tests.servers.handler import Handler, serving

_HOP_BY_HOP = frozenset({"transfer-encoding", "content-length", "connection", "expect"})


Answer = Reply  # what the proxy answers in place of the server
Fault = Reply | Silence | LostAnswer | Truncated | Delayed


@dataclass
class Rule:
    """A fault for the requests whose line (`METHOD PATH?QUERY`) holds ``text``, for the next
    ``times`` ones (None: always).
    """

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
    """Serve what lies at the http URL ``upstream`` (scheme, host and port count) through a
    proxy.
    """
    handler = type("Handler", (_Handler,), {"upstream": urlsplit(upstream).netloc})
    with serving(handler, FaultProxy) as proxy:
        yield proxy


class _Handler(Handler):
    upstream = ""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        headers = dict(self.headers.items())
        body = self.body()
        proxy: FaultProxy = self.server.state
        fault = proxy.fault_for(f"{self.command} {self.path}", headers)
        if isinstance(fault, Silence | Reply):
            self.misbehave(fault)
            return
        if isinstance(fault, Delayed):
            time.sleep(fault.seconds)
        self._pass_on(headers, body, fault)

    def _pass_on(self, headers: dict[str, str], body: bytes, fault: Fault | None) -> None:
        connection = http.client.HTTPConnection(self.upstream, timeout=60)
        try:
            connection.request(self.command, self.path, body, dict(_end_to_end(headers.items())))
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if isinstance(fault, LostAnswer):
            self.close_connection = True
            return
        cut = fault.length if isinstance(fault, Truncated) else len(content)
        length = len(content) if isinstance(fault, Truncated) else None
        self.reply(
            Reply(answer.status, content[:cut], tuple(_end_to_end(answer.getheaders())), length)
        )


def _end_to_end(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name.lower() not in _HOP_BY_HOP]
