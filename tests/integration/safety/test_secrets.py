"""A password is seen nowhere: not in command lines, files, output or what is pushed; on success and
on every failure.
"""

import base64
import contextlib
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from tests.integration.operation.world import World
from tests.realparts import need
from tests.servers import git_http
from tests.servers.git_http import GitHttp

USER, PASSWORD = "robot", "p@ss/w%rd:\"'$ é"
WRONG = "wr@ng/w%rd:\"'$ é"


def forms(password: str) -> list[bytes]:
    """Return what would give the password away."""
    raw = password.encode()
    pair = f"{USER}:{password}".encode()
    shown = [raw, quote(raw, safe="").encode(), quote(raw).encode(), quote_plus(raw).encode()]
    shown += [
        base64.b64encode(raw).rstrip(b"="),
        base64.b64encode(pair).rstrip(b"="),
        base64.urlsafe_b64encode(pair).rstrip(b"="),
    ]
    return [*shown, raw.decode().encode("unicode_escape"), repr(password).encode()[1:-1]]


@contextlib.contextmanager
def command_lines() -> Iterator[set[bytes]]:
    """Collect the command lines of all processes of the machine, over and over again."""
    seen: set[bytes] = set()
    done = threading.Event()

    def sample() -> None:
        while not done.wait(0.001):
            for process in os.listdir("/proc"):
                if process.isdigit():
                    with contextlib.suppress(OSError):
                        seen.add(Path("/proc", process, "cmdline").read_bytes())

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[GitHttp, Path]]:
    need("nginx", "fcgiwrap", "git http-backend")
    root = tmp_path_factory.mktemp("served")
    with git_http.serve(root, users={USER: PASSWORD}) as server:
        yield server, root


class Redirect(http.server.BaseHTTPRequestHandler):
    """Leads everything elsewhere."""

    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", f"http://elsewhere.invalid{self.path}")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def redirecting() -> Iterator[str]:
    """The address of a server that redirects."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Redirect) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def run(world: World, url: str, code: int, password: str, how: str, timeout: str = "2m") -> str:
    """Run an update against a URL with the login given in one of the ways; search everything for
    it.
    """
    home, temporary, workspace = (world.folder / name for name in ("home", "tmp", "workspace"))
    for folder in (home, temporary, workspace):
        folder.mkdir(exist_ok=True)
    environment = {
        **os.environ,
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "GIT_TRACE_CURL": "1",
        "GIT_TRACE": "1",
    }
    scheme, _, rest = url.partition("://")
    secret = world.folder / "secret"
    if how == "url":
        environment["GITOPS_CI_REPO"] = f"{scheme}://{USER}:{quote(password, safe='')}@{rest}"
    else:
        environment |= {"GITOPS_CI_REPO": url, "GITOPS_CI_GIT_USERNAME": USER}
        environment["GITOPS_CI_GIT_PASSWORD" + ("_FILE" if how == "file" else "")] = (
            str(secret) if how == "file" else password
        )
    if how == "file":
        secret.write_text(password + "\n", encoding="utf-8")
    environment["GITOPS_CI_REASON"] = f"because of {password}"
    words = ["update", "shop", "--env", "dev", "--tag", "15", "--timeout", timeout]
    command = [
        sys.executable,
        "-m",
        "gitops_ci",
        "--verbose",
        *words,
        "--result-file",
        str(workspace / "result.json"),
    ]
    with command_lines() as seen:
        done = subprocess.run(
            command, cwd=workspace, env=environment, capture_output=True, check=False
        )
    secret.unlink(missing_ok=True)
    assert done.returncode == code, done
    assert any(b"gitops_ci" in line for line in seen)
    assert any(line.startswith(b"git\0") for line in seen)
    places = {"command lines": b"\n".join(seen), "stdout": done.stdout, "stderr": done.stderr}
    for folder in (home, temporary, workspace):
        places |= {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    objects = subprocess.run(
        ["git", "-C", str(world.bare), "cat-file", "--batch-all-objects", "--batch"],
        check=True,
        capture_output=True,
    )
    places["objects"] = objects.stdout
    assert str(workspace / "result.json") in places
    for place, content in places.items():
        for form in forms(password):
            assert form not in content, (place, form, content[:3000])
    assert list(temporary.iterdir()) == []
    return done.stderr.decode()


@pytest.fixture
def shop(world: World, served: tuple[GitHttp, Path]) -> Iterator[tuple[World, str]]:
    """The world with its repository on the server, and its URL."""
    server, root = served
    name = f"{world.folder.name}.git"
    (root / name).symlink_to(world.bare)
    world.image("15")
    yield world, server.url(name)
    (root / name).unlink()


@pytest.mark.parametrize("how", ["url", "variable", "file"])
def test_nothing_shows_the_password_when_it_works(shop: tuple[World, str], how: str) -> None:
    world, url = shop
    run(world, url, 0, PASSWORD, how)
    assert "Gitops-Reason: because of ****" in world.trailers()


@pytest.mark.parametrize("how", ["url", "variable"])
def test_nothing_shows_a_wrong_password(shop: tuple[World, str], how: str) -> None:
    world, url = shop
    assert "GITOPS_CI_GIT_PASSWORD" in run(world, url, 1, WRONG, how)


def test_nothing_shows_the_password_when_a_hook_refuses_and_repeats_it(
    shop: tuple[World, str],
) -> None:
    world, url = shop
    hook = world.bare / "hooks" / "pre-receive"
    hook.write_text(
        f"#!/bin/sh\ncat >&2 <<'END'\nnot with {PASSWORD} or "
        f"{quote(PASSWORD, safe='')}\nEND\nexit 1\n",
        encoding="utf-8",
    )
    hook.chmod(0o755)
    assert "not with ****" in run(world, url, 1, PASSWORD, "url")


@pytest.mark.parametrize("how", ["url", "variable"])
def test_nothing_shows_the_password_when_the_server_is_dead(
    shop: tuple[World, str], how: str
) -> None:
    run(shop[0], "http://127.0.0.1:9/shop.git", 4, PASSWORD, how, timeout="4s")


@pytest.mark.parametrize("how", ["url", "variable"])
def test_nothing_shows_the_password_when_the_server_redirects(
    shop: tuple[World, str], redirecting: str, how: str
) -> None:
    run(shop[0], f"http://{redirecting}/shop.git", 1, PASSWORD, how)


def test_nothing_shows_the_password_when_the_repository_is_missing(shop: tuple[World, str]) -> None:
    world, url = shop
    run(world, url.replace(".git", "-gone.git"), 1, PASSWORD, "variable")


ODD = {
    "a slash in the password": "http://robot:SECRET/word@127.0.0.1:9/shop.git",
    "a slash and an at": "https://robot:first@SECRET/word@127.0.0.1:9/shop.git",
    "a blank before it": " http://robot:SECRET@127.0.0.1:9/shop.git",
    "the protocol twice": "http://http://robot:SECRET@127.0.0.1:9/shop.git",
    "a token in the query": "http://127.0.0.1:9/shop.git?private_token=SECRET",
    "a token behind a hash": "http://127.0.0.1:9/shop.git#SECRET",
    "slashes alone": "//robot:SECRET@127.0.0.1:9/shop.git",
    "a backslash": "http://robot:SECRET@127.0.0.1:9\\@example.com/shop.git",
    "no protocol": "robot:SECRET@127.0.0.1:9/shop.git",
}


@pytest.mark.parametrize("address", ODD.values(), ids=ODD.keys())
def test_an_address_that_can_be_read_in_two_ways_is_refused_unseen(
    address: str, tmp_path: Path
) -> None:
    result = tmp_path / "result.json"
    environ = os.environ | {
        "GITOPS_CI_REPO": address,
        "TMPDIR": str(tmp_path),
        "GIT_TRACE": str(tmp_path / "trace"),
    }
    command = [
        sys.executable,
        "-m",
        "gitops_ci",
        "--verbose",
        "status",
        "--result-file",
        str(result),
        "--timeout",
        "5s",
    ]
    with command_lines() as seen:
        done = subprocess.run(
            command, cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
        )
    assert done.returncode == 2, done.stderr
    assert "the repository URL" in done.stderr
    shown = done.stdout + done.stderr + result.read_text()
    assert "SECRET" not in shown
    assert not any(b"SECRET" in line for line in seen)
    assert not (
        tmp_path / "trace"
    ).exists()  # git was not asked: it would show the address, and look up a host in it
