"""What the program starts gets no secret that it does not need, and leads none elsewhere."""

import base64
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.program import COMMAND
from tests.repositories import Commit, make

SECRETS = {
    "GITOPS_CI_GIT_USERNAME": "robot",
    "GITOPS_CI_GIT_PASSWORD": "git-secret",
    "GITOPS_CI_REGISTRY_USERNAME": "robot",
    "GITOPS_CI_REGISTRY_PASSWORD": "registry-secret",
    "GITOPS_CI_REGISTRY_HOST": "registry.example.com",
    "GITOPS_CI_ARGOCD_TOKEN": "argocd-secret",
    "GITOPS_CI_JENKINS_USERNAME": "robot",
    "GITOPS_CI_JENKINS_TOKEN": "jenkins-secret",
    "ARGOCD_AUTH_TOKEN": "shared-secret",
    "JENKINS_API_TOKEN": "shared-secret",
}
HEADER = base64.b64encode(b"robot:git-secret").decode()
# notes down its name, its first words and its environment, and is the real program where there is one
SPY = """#!/bin/sh
number=$(ls {notes} | wc -l)
{{ echo "$(basename "$0") $*"; env; }} > {notes}/$number-$$
[ -n "{real}" ] && exec "{real}" "$@"
exit 1
"""
FILES = {
    "gitops.yaml": "version: 1\napps: {shop: {path: .}}\nenvironments: {dev: {}}\n",
    "values-dev.yaml": "image: {repository: 127.0.0.1:9/shop, tag: v1}\n",
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a repository and a home, where every program that is started is seen."""
    make(tmp_path / "gitops.git", Commit(files=FILES))
    for name in ("bin", "notes"):
        (tmp_path / name).mkdir()
    for name in ("git", "ssh", "podman", "docker", "buildah", "spy"):
        spy = tmp_path / "bin" / name
        real = (shutil.which(name) or "") if name == "git" else ""
        spy.write_text(SPY.format(notes=tmp_path / "notes", real=real))
        spy.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def run(place: Path, *words: str) -> list[tuple[str, str]]:
    """Run the program; return the command line and the environment of all that it started."""
    subprocess.run(
        [*COMMAND, *words, "--timeout", "3s"],
        cwd=place,
        capture_output=True,
        timeout=120,
        check=False,
    )
    notes = [file.read_text().partition("\n") for file in (place / "notes").iterdir()]
    return [(command, environment) for command, _, environment in notes]


def programs(started: list[tuple[str, str]]) -> set[str]:
    return {command.split()[0] for command, _ in started}


def assert_no_secrets(started: list[tuple[str, str]]) -> None:
    for command, environment in started:
        assert "-secret" not in environment, command
        assert HEADER not in environment, command
        assert "GITOPS_CI_" not in environment, command


def test_git_gets_nothing_where_it_does_not_talk_to_an_http_server(place: Path) -> None:
    started = run(place, "update", "shop", "--env", "dev", "--tag", "v2", "--repo", "gitops.git")
    assert programs(started) == {"git"}
    assert_no_secrets(started)


def test_git_gets_its_own_login_alone_and_only_to_talk_to_the_server(place: Path) -> None:
    (place / ".gitconfig").write_text('[credential]\n\thelper = "!spy"\n')
    started = run(place, "status", "--repo", "http://127.0.0.1:9/gitops.git")
    remote = [each for each in started if HEADER in each[1]]
    assert {command.split()[1] for command, _ in remote} <= {"clone", "fetch", "ls-remote"}
    assert remote
    assert_no_secrets([each for each in started if each not in remote])
    assert_no_secrets([(command, text.replace(HEADER, "")) for command, text in remote])


def test_ssh_and_credential_helpers_get_nothing(place: Path) -> None:
    assert "ssh" in programs(run(place, "status", "--repo", "ssh://127.0.0.1/gitops.git"))
    assert_no_secrets(run(place, "status", "--repo", "ssh://127.0.0.1/gitops.git"))


def test_doctor_gives_engines_nothing(place: Path) -> None:
    started = run(place, "doctor", "--repo", "gitops.git")
    assert {"podman", "docker", "buildah"} & programs(started)
    assert_no_secrets(started)


def test_a_trace_of_git_that_the_user_has_configured_does_not_get_the_login(place: Path) -> None:
    trace = place / "trace"
    trace.mkdir()
    targets = "".join(f"\t{name}Target = {trace}\n" for name in ("normal", "event", "perf"))
    (place / ".gitconfig").write_text(f"[trace2]\n{targets}\tconfigParams = *\n\tenvVars = *\n")
    assert run(place, "status", "--repo", "http://127.0.0.1:9/gitops.git")
    assert list(trace.iterdir()) == []
