"""What this machine has: Python, git, an identity for commits, signing, a temporary folder,
proxies, engines.
"""

import contextlib
import os
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gitops_ci.adapters.git.connection.address import GitCredentials
from gitops_ci.adapters.git.connection.environment import git_environment, login_settings
from gitops_ci.adapters.git.connection.process import Git
from gitops_ci.base import processes, temporary
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitopsError
from gitops_ci.base.redaction import one_line
from gitops_ci.model.diagnosis import ERROR, Check
from gitops_ci.usecases.doctor.check import error, failed, ok, warning

# with GIT_CONFIG_COUNT, which keeps secrets out of arguments and files; fetching single trees by id
# came before
OLDEST_GIT = (2, 31)
# seconds for a version or a signature: a program that asks for a passphrase would wait for ever
_PATIENCE = 15.0
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def check_machine(deadline: Deadline) -> list[Check]:
    """Look at everything that needs no network."""
    checks = [ok("Python", platform.python_version()), _temporary_folder(), _git()]
    if not any(check.state == ERROR for check in checks):
        try:
            with scratch_git("", deadline) as git:
                checks += [_identity(git), *_signing(git)]
        except GitopsError as problem:
            checks.append(failed("git", problem))
    return [*checks, *_proxies()]


@contextlib.contextmanager
def scratch_git(
    url: str,
    deadline: Deadline,
    *,
    credentials: GitCredentials | None = None,
    ca_file: str | None = None,
) -> Iterator[Git]:
    """Yield git in a folder of its own, with the very environment that operations give it; nothing
    of it stays.
    """
    with temporary.folder() as parent:
        folder = parent / "repository"
        folder.mkdir()
        environment = git_environment(
            url, folder, credentials=credentials, ca_file=ca_file, deadline=deadline
        )
        yield Git(folder, environment, deadline, login_settings(url, credentials))


def _temporary_folder() -> Check:
    folder = os.environ.get("TMPDIR")
    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"\0" * 65536)
    except OSError as problem:
        return error(
            "temporary folder",
            f"no file can be written: {problem.strerror}",
            "set TMPDIR to a folder that is writable, make room",
        )
    if folder and Path(folder).resolve() != Path(tempfile.gettempdir()).resolve():
        message = (
            f"TMPDIR is {one_line(folder)}, which is not writable: {tempfile.gettempdir()} is used"
        )
        return warning("temporary folder", message, "correct TMPDIR, or unset it")
    return ok("temporary folder", f"{tempfile.gettempdir()} is writable")


def _git() -> Check:
    wanted = f"install git {'.'.join(map(str, OLDEST_GIT))} or newer"
    if shutil.which("git") is None:
        return error("git", "not installed, or not on PATH", wanted)
    try:
        text = processes.run(["git", "version"], _PATIENCE).out.decode("utf-8", "replace")
    except (OSError, subprocess.TimeoutExpired) as problem:
        return error("git", f"can't be run: {one_line(str(problem))}", wanted)
    match = re.search(r"(\d+)\.(\d+)\S*", text)
    if not match:
        return error("git", f"does not tell its version: {one_line(text)}", wanted)
    if (int(match[1]), int(match[2])) < OLDEST_GIT:
        return error("git", f"{match[0]} is too old", wanted)
    return ok("git", match[0])


def _identity(git: Git) -> Check:
    _init(git)
    people = []
    for role in ("AUTHOR", "COMMITTER"):
        finished = git.run("-c", "user.useConfigOnly=true", "var", f"GIT_{role}_IDENT")
        match = re.match(r"(.+ <.+>) \d+ ", finished.out.decode("utf-8", "replace"))
        if finished.code or not match:
            return warning(
                "identity of commits",
                "neither Git's configuration nor the environment names one: commits get a "
                "stand-in for name and e-mail",
                "git config --global user.name NAME and user.email MAIL, or "
                "GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL, GIT_COMMITTER_...",
            )
        people.append(one_line(match[1]))
    return ok(
        "identity of commits",
        people[0] if people[0] == people[1] else f"{people[0]}, committed by {people[1]}",
    )


def _signing(git: Git) -> list[Check]:
    """Sign something, when Git is told to sign: the only way to know."""
    if git.run("config", "--get", "--type=bool", "commit.gpgSign").out.strip() != b"true":
        return []
    patient = Git(
        git.folder,
        git.environment,
        Deadline.after(min(_PATIENCE, max(0.1, git.deadline.remaining()))),
    )
    try:
        tree = patient.run("hash-object", "-t", "tree", "-w", "--stdin").out.decode().strip()
        finished = patient.run("commit-tree", "-S", "-m", "doctor", tree)
        words = one_line(finished.err) if finished.code else ""
    except GitopsError as problem:
        words = problem.message
    if not words:
        return [ok("signing", "commit.gpgSign is set, and a commit can be signed")]
    return [
        error(
            "signing",
            f"commit.gpgSign is set, and a commit can't be signed: {words[:300]}",
            "give this user the key (user.signingKey, gpg.format, gpg-agent without a "
            "question), or unset commit.gpgSign",
        )
    ]


def _init(git: Git) -> None:
    (git.folder / "objects").mkdir(exist_ok=True)
    (git.folder / "refs").mkdir(exist_ok=True)
    (git.folder / "HEAD").write_text("ref: refs/heads/none\n", encoding="ascii")


def _proxies() -> list[Check]:
    names = sorted(name for name, value in os.environ.items() if name.lower() in _PROXIES and value)
    return [ok("proxies", f"in effect: {', '.join(names)}")] if names else []


def check_engines(wanted: str | None, deadline: Deadline) -> list[Check]:
    """Look for engines that can build images; ``wanted`` is the one that has to work, if any."""
    from gitops_ci.adapters import container_engines

    found: list[str] = []
    problems: list[str] = []
    for name in (wanted,) if wanted else container_engines.ENGINES:
        if shutil.which(name) is None:
            problems.append(f"{name}: not installed")
            continue
        try:
            found.append(container_engines.find(name, (), deadline).name)
        except GitopsError as problem:
            if wanted:
                return [failed("image engine", problem)]
            problems.append(f"{name}: installed, does not work")
    if found:
        return [ok("image engine", "; ".join([f"usable: {', '.join(found)}", *problems]))]
    remedy = (
        "install docker, podman or buildah and start its daemon; not needed where build "
        "--pushed records what others built"
    )
    make = error if wanted else warning
    return [make("image engine", "; ".join(problems), remedy)]
