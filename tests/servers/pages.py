"""Files over HTTP, with the policy that Jenkins puts on what builds publish."""

import contextlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

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
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
