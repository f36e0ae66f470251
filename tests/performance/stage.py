"""Where everything is measured: the Git server, the registry, and the two ways to write to a
repository there.
"""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.performance import measuring
from tests.performance.contents import app_name
from tests.performance.gitops_repository import GitopsRepository
from tests.performance.measuring import Run
from tests.performance.sizes import Sizes
from tests.servers.git_http import GitHttp
from tests.servers.registry import Registry

USERS = {"jenkins": "a-password-of-usual-length"}
PROGRAM = Path(sys.executable).with_name("gitops-ci")

# what a user would script; the login is in the URL, as `git clone` wants it
SCRIPT = """
set -eu
git clone --quiet --depth 1 "$URL" work
cd work
yq -i '.image.tag = strenv(TAG)' "apps/$APP/values-dev.yaml"
git commit --quiet --all --message "update($APP): dev $TAG"
git push --quiet
"""

# a person with a script would read every change of every values file
PATCHES = """
set -eu
git clone --quiet --bare "$URL" all.git
git -C all.git log -p --format='%H %ct %an %B' -- ':(glob)apps/*/values-*.yaml' > log
"""
AUDIT = (
    '"$@" > found || test $? -eq 3'  # the measured history has operations whose rules did not hold
)

# what Git gives to a hook, and the same commits for servers that call hooks by branch
HOOK = 'printf "%s" "$PUSHED" | "$@" > found 2>&1 || test $? -eq 3'
RAW = 'git -C "$FOLDER" -c core.commitGraph=false log --raw --format="%H %ct %an %B" main > log'

LOG = """
set -eu
git clone --quiet --bare "$URL" all.git
git -C all.git log --format='%H %ct %an %B' -- "$WHERE" > log
"""


@dataclass(frozen=True)
class Stage:
    """The servers, the folder below which the Git server finds repositories, and the sizes of this
    run.
    """

    root: Path
    server: GitHttp
    registry: Registry
    sizes: Sizes

    def gitops_ci(self, repository: GitopsRepository, *words: str) -> Callable[[], Run]:
        """Return a call that runs one operation, cold, on the repository as it was made."""
        return lambda: self._fresh(
            repository, lambda: measuring.run(self.command(repository, *words), _login())
        )

    def script(self, repository: GitopsRepository, app: int, tag: str) -> Callable[[], Run]:
        """Return a call that runs the script of a user, cold, on the repository as it was made."""
        (user, password), *_ = USERS.items()
        url = self.server.url(repository.name, f"{user}:{password}")
        extra = {"URL": url, "APP": app_name(app), "TAG": tag}
        return lambda: self._fresh(repository, lambda: measuring.run(["sh", "-c", SCRIPT], extra))

    def viewing(self, repository: GitopsRepository, *words: str) -> Callable[[], Run]:
        """Return a call that runs a command which asks no registry, cold."""
        command = [str(PROGRAM), *words, "--repo", self.server.url(repository.name)]
        return lambda: measuring.counted(self.server, lambda: measuring.run(command, _login()))

    def auditing(self, repository: GitopsRepository) -> Callable[[], Run]:
        """Return a call that audits a whole history, cold."""
        command = [
            "sh",
            "-c",
            AUDIT,
            "audit",
            str(PROGRAM),
            "audit",
            "--repo",
            self.server.url(repository.name),
        ]
        return lambda: measuring.counted(self.server, lambda: measuring.run(command, _login()))

    def judging(self, repository: GitopsRepository, *words: str) -> Callable[[], Run]:
        """Return a call that audits a repository in place, as a server does, where its newest
        commit is being pushed; without words in the hook.
        """
        old = repository.parent
        pushed = f"{old} {repository.head} refs/heads/main\n"
        mode = words or ("--hook",)
        place = ["--repo", str(repository.folder), "--branch", "main"]
        command = ["sh", "-c", HOOK, "hook", str(PROGRAM), "audit", *mode, *place]
        return lambda: measuring.run(command, {"PUSHED": pushed})

    def logged(self, repository: GitopsRepository) -> Callable[[], Run]:
        """Return a call that lists every commit with what it changed, in place."""
        return lambda: measuring.run(["sh", "-c", RAW], {"FOLDER": str(repository.folder)})

    def clone_and_read(self, repository: GitopsRepository) -> Callable[[], Run]:
        """Return a call that clones everything and writes down every change of a values file."""
        (user, password), *_ = USERS.items()
        extra = {"URL": self.server.url(repository.name, f"{user}:{password}")}
        return lambda: measuring.counted(
            self.server, lambda: measuring.run(["sh", "-c", PATCHES], extra)
        )

    def clone_and_log(self, repository: GitopsRepository, path: str) -> Callable[[], Run]:
        """Return a call that clones everything and lists the commits of a path."""
        (user, password), *_ = USERS.items()
        extra = {"URL": self.server.url(repository.name, f"{user}:{password}"), "WHERE": path}
        return lambda: measuring.counted(
            self.server, lambda: measuring.run(["sh", "-c", LOG], extra)
        )

    def command(self, repository: GitopsRepository, *words: str) -> list[str]:
        """Return the words that run one operation as a process."""
        place = ["--repo", self.server.url(repository.name), "--plain-http", self.registry.host]
        return [str(PROGRAM), *words, *place]

    def result(self, repository: GitopsRepository, *words: str) -> dict[str, object]:
        """Run one operation outside of any measurement and return its result file."""
        repository.reset()
        with tempfile.TemporaryDirectory(prefix="bench-") as name:
            file = Path(name, "result.json")
            measuring.run([*self.command(repository, *words), "--result-file", str(file)], _login())
            found: dict[str, object] = json.loads(file.read_text(encoding="utf-8"))
            return found

    def _fresh(self, repository: GitopsRepository, once: Callable[[], Run]) -> Run:
        repository.reset()
        return measuring.counted(self.server, once)


def environment() -> dict[str, str]:
    """Return the environment of gitops-ci with the login of the Git server."""
    return {**os.environ, **_login()}


def update(app: int, tag: str) -> Sequence[str]:
    """Return the words of one update of dev."""
    return ["update", app_name(app), "--env", "dev", "--tag", tag, "--requested-by", "carol"]


def _login() -> dict[str, str]:
    (user, password), *_ = USERS.items()
    return {"GITOPS_CI_GIT_USERNAME": user, "GITOPS_CI_GIT_PASSWORD": password}
