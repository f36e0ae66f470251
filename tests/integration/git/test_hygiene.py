"""No secret in a command line or file, and nothing left behind, however the run ends."""

import base64
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import quote

import pytest

from gitops_ci.adapters.git import GitCredentials, Published, open_repository
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitError, UsageError
from tests.integration.conftest import LOGIN, USERS
from tests.integration.git.conftest import Open
from tests.program import Run
from tests.servers.fault_proxy import FaultProxy
from tests.servers.faults import Silence
from tests.surroundings import ROOT

VALUES = "apps/shop/values-dev.yaml"
PASSWORD = USERS["jenkins"]
PAIR = f"jenkins:{PASSWORD}"
SECRETS = [
    form.encode()
    for form in (
        PASSWORD,
        quote(PASSWORD),
        quote(PASSWORD, safe=""),
        base64.b64encode(PASSWORD.encode()).decode(),
        base64.b64encode(PAIR.encode()).decode(),
    )
]

# Opens the repository in its first argument and asks for its head; SIGTERM ends it as it ends the
# program.
RUN = """
import signal, sys
from gitops_ci.base.deadline import Deadline
from gitops_ci.adapters.git import clean_url, open_repository

def end(number, frame):
    raise SystemExit(143)

signal.signal(signal.SIGTERM, end)
url, credentials = clean_url(sys.stdin.readline().strip())
with open_repository(url, credentials=credentials, ca_file=None, deadline=Deadline.after(60)) as repository:
    repository.head("main")
"""


def command_lines() -> bytes:
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(file.read_bytes())
        except OSError:
            continue
    return b"\n".join(found)


def test_no_secret_in_any_command_line_or_file(
    proxy: FaultProxy,
    repository: Path,
    opened: Open,
    temporary: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[bytes] = []
    done = threading.Event()
    fault_for = proxy.fault_for

    def sample() -> None:
        while not done.wait(0.005):
            seen.append(command_lines())

    def look(line: str, headers: dict[str, str]) -> object:
        """Look while git waits for its answer, however seldom the thread gets its turn."""
        seen.append(command_lines())
        return fault_for(line, headers)

    monkeypatch.setattr(proxy, "fault_for", look)
    thread = threading.Thread(target=sample)
    thread.start()
    try:
        with (
            caplog.at_level("DEBUG", logger="gitops_ci"),
            opened(proxy.url(repository.name, LOGIN)) as opened_repository,
        ):
            head = opened_repository.head(None, depth=1)
            content = opened_repository.read([(head.commit, VALUES)])[head.commit, VALUES]
            new = opened_repository.commit(
                head.commit, {VALUES: (content or b"") + b"\n"}, "update"
            )
            assert opened_repository.push("main", head.commit, new) == Published(new, already=False)
            files = b"".join(file.read_bytes() for file in temporary.rglob("*") if file.is_file())
    finally:
        done.set()
        thread.join()
    assert any(b"git-remote-http" in lines for lines in seen)
    for secret in SECRETS:
        assert not [lines for lines in seen if secret in lines]
        assert secret not in files
        assert secret not in caplog.text.encode()
    home = Path(os.environ["HOME"])
    assert not [
        file
        for file in home.rglob("*")
        if file.is_file() and any(secret in file.read_bytes() for secret in SECRETS)
    ]


def test_a_secret_never_stands_in_an_error(
    proxy: FaultProxy, repository: Path, opened: Open
) -> None:
    with (
        opened(proxy.url("nowhere.git", LOGIN)) as opened_repository,
        pytest.raises(GitError) as caught,
    ):
        opened_repository.head("main")
    assert not [secret for secret in SECRETS if secret in str(caught.value).encode()]


def test_a_token_with_a_line_break_is_refused(temporary: Path) -> None:
    credentials = GitCredentials("jenkins", None, "token\nX-Forged: 1")
    with (
        pytest.raises(UsageError, match="control characters"),
        open_repository(
            "http://localhost/a.git",
            credentials=credentials,
            ca_file=None,
            deadline=Deadline.after(1),
        ),
    ):
        pass
    assert list(temporary.iterdir()) == []


def test_sigterm_in_the_middle_of_a_fetch_leaves_nothing(
    proxy: FaultProxy, repository: Path, temporary: Path
) -> None:
    proxy.on("POST", Silence())
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with Run([sys.executable, "-c", RUN], stdin=subprocess.PIPE, env=environ) as process:
        assert process.stdin is not None
        process.stdin.write(proxy.url(repository.name, LOGIN) + "\n")
        process.stdin.close()
        while not any(line.startswith("POST") for line, _ in proxy.requests):
            assert process.poll() is None
            time.sleep(0.02)
        assert [
            path.name for path in temporary.iterdir() if path.name.startswith("gitops-ci-")
        ] != []
        assert str(temporary).encode() in environments()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 143
    assert [path.name for path in temporary.iterdir() if path.name.startswith("gitops-ci-")] == []
    assert f"GIT_DIR={temporary}".encode() not in environments()


def environments() -> bytes:
    found = []
    for file in Path("/proc").glob("[0-9]*/environ"):
        try:
            found.append(file.read_bytes())
        except OSError:
            continue
    return b"\0".join(found)


def test_an_exception_in_the_middle_leaves_nothing(
    repository: Path, temporary: Path, opened: Open
) -> None:
    with pytest.raises(KeyboardInterrupt), opened(str(repository)) as opened_repository:
        opened_repository.head("main")
        raise KeyboardInterrupt
    assert list(temporary.iterdir()) == []
