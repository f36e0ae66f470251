"""Git over smart HTTP: nginx, fcgiwrap and `git http-backend`, with basic or bearer authentication,
or with TLS.
"""

import base64
import contextlib
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.run_folder import for_servers
from tests.servers.processes import free_port, listening, running


@dataclass(frozen=True)
class GitHttp:
    """A running server: its port, access log (`METHOD PATH STATUS RECEIVED SENT` in bytes) and,
    with TLS, its authority.
    """

    port: int
    scheme: str
    access_log: Path
    ca_file: Path | None

    def url(self, name: str, user_info: str = "") -> str:
        """Return the URL of a repository below the root folder."""
        return f"{self.scheme}://{user_info + '@' if user_info else ''}localhost:{self.port}/{name}"

    def requests(self) -> list[list[str]]:
        """Return the fields of the access log's lines."""
        return [line.split() for line in self.access_log.read_text().splitlines()]

    def traffic(self) -> int:
        """Return the bytes of all requests and answers so far."""
        return sum(int(fields[-1]) + int(fields[-2]) for fields in self.requests())


@contextlib.contextmanager
def serve(
    root: Path,
    *,
    filters: bool = True,
    users: Mapping[str, str] | None = None,
    tokens: Sequence[str] = (),
    tls: bool = False,
    protocol_v2: bool = True,
) -> Iterator[GitHttp]:
    """Serve every repository below ``root``; ``users`` (name to password) or bearer ``tokens`` ask
    for a login.

    Without ``filters``, the server knows neither partial clones nor wishes for single objects
    (under protocol v0).
    """
    with (
        tempfile.TemporaryDirectory(prefix="git-http-", dir=for_servers()) as name,
        contextlib.ExitStack() as stack,
    ):
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "htpasswd").write_text(
            "".join(f"{user}:{_hashed(word)}\n" for user, word in (users or {}).items())
        )
        if tls:
            make_certificates(folder)
        port = free_port()
        login = bool(users or tokens)
        (folder / "nginx.conf").write_text(
            _configuration(folder, root, port, filters, login, tokens, tls, protocol_v2)
        )
        sock = folder / "cgi"
        clean = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        wrapper = ["fcgiwrap", "-c", "12", "-s", f"unix:{sock}"]
        stack.enter_context(running(wrapper, folder / "fcgiwrap.log", sock.exists, clean))
        command = [
            "nginx",
            "-p",
            str(folder),
            "-e",
            str(folder / "error.log"),
            "-c",
            str(folder / "nginx.conf"),
        ]
        stack.enter_context(running(command, folder / "nginx.log", lambda: listening(port), clean))
        yield GitHttp(
            port,
            "https" if tls else "http",
            folder / "access.log",
            folder / "ca.pem" if tls else None,
        )


def make_certificates(folder: Path) -> None:
    """Write ca.pem, server.pem and server.key for localhost into a folder."""
    authority = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=Test authority",
    ]
    _quietly([*authority, "-keyout", "ca.key", "-out", "ca.pem"], folder)
    _quietly(
        [
            "openssl",
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=localhost",
            "-keyout",
            "server.key",
            "-out",
            "server.csr",
        ],
        folder,
    )
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    sign = [
        "openssl",
        "x509",
        "-req",
        "-in",
        "server.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "2",
    ]
    _quietly([*sign, "-extfile", "names", "-out", "server.pem"], folder)


def _hashed(password: str) -> str:
    return "{SHA}" + base64.b64encode(hashlib.sha1(password.encode()).digest()).decode()


def _quietly(command: list[str], folder: Path) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def _configuration(
    folder: Path,
    root: Path,
    port: int,
    filters: bool,
    login: bool,
    tokens: Sequence[str],
    tls: bool,
    protocol_v2: bool,
) -> str:
    settings = {
        "http.receivepack": "true",
        "receive.fsckObjects": "true",
        "safe.directory": "*",
        "gc.auto": "0",
        "uploadpack.allowFilter": str(filters).lower(),
        "uploadpack.allowAnySHA1InWant": str(filters).lower(),
    }
    parameters = {
        "SCRIPT_FILENAME": _backend(),
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "HOME": str(folder),
        "GIT_CONFIG_COUNT": str(len(settings)),
    }
    for index, (key, value) in enumerate(settings.items()):
        parameters |= {f"GIT_CONFIG_KEY_{index}": key, f"GIT_CONFIG_VALUE_{index}": value}
    passed = [
        "PATH_INFO $uri",
        "QUERY_STRING $query_string",
        "REQUEST_METHOD $request_method",
        "CONTENT_TYPE $content_type",
    ]
    passed += [
        "CONTENT_LENGTH $content_length",
        "REMOTE_USER $remote_user",
        "REMOTE_ADDR $remote_addr",
    ]
    passed.append(f'GIT_PROTOCOL "{"$http_git_protocol" if protocol_v2 else ""}"')
    passed += [f'{key} "{value}"' for key, value in parameters.items()]
    bearers = "".join(f'    "Bearer {token}" off;\n' for token in tokens)
    return f"""
{"user root;" if os.geteuid() == 0 else ""}
daemon off;
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
  log_format traffic '$request_method $uri $status $request_length $bytes_sent';
  access_log {folder}/access.log traffic;
  client_max_body_size 0;
  client_body_temp_path {folder}/body;
  fastcgi_temp_path {folder}/fastcgi;
  proxy_temp_path {folder}/proxy;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  map $http_authorization $realm {{
    default "{"git" if login else "off"}";
{bearers}  }}
  server {{
    listen 127.0.0.1:{port}{" ssl" if tls else ""};
    {f"ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.key;" if tls else ""}
    location / {{
      auth_basic $realm;
      auth_basic_user_file {folder}/htpasswd;
      fastcgi_read_timeout 600s;
      {" ".join(f"fastcgi_param {each};" for each in passed)}
      fastcgi_pass unix:{folder}/cgi;
    }}
  }}
}}
"""


def _backend() -> str:
    exec_path = subprocess.run(
        ["git", "--exec-path"], check=True, capture_output=True, text=True
    ).stdout.strip()
    return shutil.which("git-http-backend", path=exec_path) or "git-http-backend"
