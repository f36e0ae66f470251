"""Files over HTTP, with the policy that Jenkins puts on what builds publish."""

import contextlib
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

from tests.servers.handler import Plain, serving

POLICY = "sandbox allow-same-origin; default-src 'none'; img-src 'self'; style-src 'self';"
_TYPES = {".html": "text/html;charset=utf-8", ".css": "text/css", ".svg": "image/svg+xml"}


class _Handler(SimpleHTTPRequestHandler):
    extensions_map = _TYPES

    def end_headers(self) -> None:
        for name in ("Content-Security-Policy", "X-WebKit-CSP", "X-Content-Security-Policy"):
            self.send_header(name, POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Yield the URL of a folder."""
    with serving(partial(_Handler, directory=str(folder)), Plain) as served:
        yield f"http://127.0.0.1:{served.port}/"
