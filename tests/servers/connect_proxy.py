"""A proxy that opens tunnels (CONNECT), over TLS itself where it has a certificate."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.faults import Reply
from tests.servers.handler import Handler, serving


@dataclass
class ConnectProxy:
    """A running proxy; ``asked`` are (target, Proxy-Authorization), ``refusal`` answers instead of
    a tunnel.
    """

    port: int
    refusal: Reply | None = None
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)


@contextlib.contextmanager
def serve(certificate: Path | None = None) -> Iterator[ConnectProxy]:
    """Serve until the body ends."""
    with serving(_Handler, ConnectProxy, certificate=certificate) as proxy:
        yield proxy


class _Handler(Handler):
    def do_CONNECT(self) -> None:
        proxy: ConnectProxy = self.server.state
        proxy.asked.append((self.path, self.headers.get("Proxy-Authorization")))
        self.close_connection = True
        if proxy.refusal:
            self.reply(proxy.refusal)
            return
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=20) as upstream:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=_copy, args=(upstream, self.connection), daemon=True)
            back.start()
            _copy(self.connection, upstream)
            back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while block := source.recv(65536):
            target.sendall(block)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
