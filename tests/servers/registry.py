"""A real registry (docker-registry) on loopback: open, with a login, or with TLS of its own
authority.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.run_folder import for_servers
from tests.servers.git_http import make_certificates
from tests.servers.processes import free_port, listening, running

USER = "robot"
PASSWORD = "Geh31m/n1s&von:Registry"
# bcrypt: all that it accepts
_HTPASSWD = f"{USER}:$2y$04$oxe.FT.GnPbM3AaNlCOWCOcpLLm0DRyv6wp/6K/DZhI2ccdRb6Mk6\n"


@dataclass(frozen=True)
class Registry:
    """A running registry: ``host`` with port, and the authority to trust when it speaks TLS."""

    host: str
    port: int
    ca_file: Path | None = None


@contextlib.contextmanager
def serve(*, login: bool = False, tls: bool = False) -> Iterator[Registry]:
    """Run a registry; ``login`` lets only USER in."""
    with tempfile.TemporaryDirectory(prefix="registry-", dir=for_servers()) as name:
        folder = Path(name)
        port = free_port()
        lines = ["version: 0.1", "log: {level: error, accesslog: {disabled: true}}"]
        lines.append(
            f"storage: {{filesystem: {{rootdirectory: {folder}/data}}, delete: {{enabled: true}}}}"
        )
        if login:
            (folder / "htpasswd").write_text(_HTPASSWD)
            lines.append(f"auth: {{htpasswd: {{realm: Registry, path: {folder}/htpasswd}}}}")
        if tls:
            make_certificates(folder)
            certificate = f"tls: {{certificate: {folder}/server.pem, key: {folder}/server.key}}"
            lines.append(f"http: {{addr: '127.0.0.1:{port}', {certificate}}}")
        else:
            lines.append(f"http: {{addr: '127.0.0.1:{port}'}}")
        (folder / "config.yml").write_text("\n".join(lines) + "\n")
        command = ["docker-registry", "serve", str(folder / "config.yml")]
        with running(command, folder / "log", lambda: listening(port)):
            host = f"{'localhost' if tls else '127.0.0.1'}:{port}"
            yield Registry(host, port, folder / "ca.pem" if tls else None)
