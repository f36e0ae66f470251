"""An index of Python packages, which notes what it is asked for; as a proxy it notes who would have
gone out.
"""

import base64
import contextlib
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote


@dataclass
class PackageIndex:
    """A running index of the files of a folder; with a login it answers nobody without."""

    folder: Path
    user: str = ""
    password: str = ""
    port: int = 0
    requests: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    """What processes had the password among their arguments when a request came."""
    asked: threading.Event = field(default_factory=threading.Event)
    answers: threading.Event = field(default_factory=threading.Event)
    """Requests wait while it is not set."""

    def url(self, *, login: bool = False) -> str:
        """Return the address that pip takes."""
        info = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}@" if login else ""
        return f"http://{info}127.0.0.1:{self.port}/simple"

    def note(self, line: str) -> None:
        """Note a request, and which processes show the password meanwhile."""
        self.requests.append(line)
        if self.password:
            self.leaks += [
                each
                for each in _command_lines()
                if self.password in each or quote(self.password) in each
            ]
        self.asked.set()
        self.answers.wait(60)

    def let_in(self, header: str | None) -> bool:
        """Tell whether a request may be answered."""
        wanted = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return not self.user or header == f"Basic {wanted}"


@contextlib.contextmanager
def serve(folder: Path, user: str = "", password: str = "") -> Iterator[PackageIndex]:
    """Serve the wheels of a folder."""
    index = PackageIndex(folder, user, password)
    index.answers.set()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("_Bound", (_Handler,), {"index": index}))
    index.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield index
    finally:
        index.answers.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Handler(BaseHTTPRequestHandler):
    index: PackageIndex

    def do_GET(self) -> None:
        self.index.note(f"GET {self.path}")
        if not self.index.let_in(self.headers.get("Authorization")):
            self._answer(401, b"", ("WWW-Authenticate", 'Basic realm="packages"'))
            return
        kind, _, name = self.path.strip("/").partition("/")
        if kind == "simple":
            links = "".join(f'<a href="/files/{file}">{file}</a>\n' for file in self._files(name))
            self._answer(200 if links else 404, links.encode(), ("Content-Type", "text/html"))
            return
        file = self.index.folder / Path(name).name
        self._answer(200, file.read_bytes()) if file.exists() else self._answer(404, b"")

    def do_CONNECT(self) -> None:
        self.index.note(f"CONNECT {self.path}")
        self._answer(403, b"")

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _files(self, name: str) -> list[str]:
        return [each.name for each in self.index.folder.glob("*.whl") if _project(each) == name]

    def _answer(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.send_response(status)
            for name, value in (*headers, ("Content-Length", str(len(body)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)


def _project(wheel: Path) -> str:
    return re.sub(r"[-_.]+", "-", wheel.name.partition("-")[0]).lower()


def _command_lines() -> Iterator[str]:
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            yield file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
