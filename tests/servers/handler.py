"""What the tests' HTTP servers have in common: a thread on a loopback port, answers, and faults."""

import contextlib
import json
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol, TypeVar

from tests.servers.faults import Drip, Drop, Reply, Silence

_BETWEEN_DROPS = 0.1  # seconds
_LONGEST_SILENCE = 60.0  # seconds; ends sooner with the server
_POLL = 0.05  # seconds until a server notices that it is to end


class State(Protocol):
    """What a server knows; ``stopped`` ends what still waits."""

    stopped: threading.Event


AnyState = TypeVar("AnyState", bound=State)


@dataclass
class Plain:
    """The state of a server that has none."""

    port: int
    stopped: threading.Event = field(default_factory=threading.Event)


class Server(ThreadingHTTPServer):
    """A server with its state."""

    daemon_threads = True
    state: Any


@contextlib.contextmanager
def serving(
    handler: Callable[..., BaseHTTPRequestHandler],
    make_state: Callable[[int], AnyState],
    *,
    port: int = 0,
    certificate: Path | None = None,
) -> Iterator[AnyState]:
    """Serve on ``port`` (0: any), with TLS where there is a certificate (PEM with its key).

    Yields the state that is made for the port.
    """
    server = Server(("127.0.0.1", port), handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    state = server.state = make_state(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(_POLL,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        state.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


class Handler(BaseHTTPRequestHandler):
    """One connection; who asked may have gone away at any time, which is no defect of a test."""

    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def body(self) -> bytes:
        """Read the body of the request."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def reply(self, reply: Reply) -> None:
        """Answer."""
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        length = len(reply.body) if reply.length is None else reply.length
        self.send_header("Content-Length", str(length))
        if reply.length is not None:
            self.close_connection = True
        with contextlib.suppress(OSError):
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body)

    def reply_json(
        self,
        status: int,
        document: object,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer with a document."""
        told = {"Content-Type": "application/json", **(headers or {})}
        self.reply(Reply(status, json.dumps(document).encode(), tuple(told.items())))

    def misbehave(self, fault: Reply | Drop | Silence | Drip) -> None:
        """Do what is wrong."""
        if isinstance(fault, Reply):
            self.reply(fault)
            return
        self.close_connection = True
        stopped: threading.Event = self.server.state.stopped
        if isinstance(fault, Silence):
            stopped.wait(_LONGEST_SILENCE)
        elif isinstance(fault, Drip):
            with contextlib.suppress(OSError):
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                if fault.body:
                    self.wfile.write(b"very\r\nContent-Length: 900\r\n\r\n")
                while not stopped.wait(_BETWEEN_DROPS):
                    self.wfile.write(b"a")
