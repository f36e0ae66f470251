"""Where the examples of a page run: a source checkout, a GitOps repository in the usual layout, and
a registry.

The pages' names stand for real places: ``https://git.example.com/...`` for a bare repository or a
server, ``registry.example.com`` for image layouts on disk or for a registry,
``https://jenkins.example.com/`` for the double of a controller, ``https://argocd.example.com`` for
a server that replays recorded answers, ``/run/secrets/`` for a folder.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gitops_ci.core import yaml_edit
from gitops_ci.demo.images import make_image
from gitops_ci.model.key_path import split_assignment
from tests.docs import shell
from tests.docs.pages import Command
from tests.docs.shell import Ran
from tests.integration.argocd import recorded
from tests.integration.images import witness
from tests.servers.argocd import TOKEN, FakeArgocd, State
from tests.servers.jenkins_stub import Stub
from tests.servers.registry import Registry

GITOPS = "https://git.example.com/team/manual-app-helm.git"
SECRETS = {
    name: f"a-very-secret-{name}"
    for name in ("git-token", "git-password", "registry-password", "jenkins-token")
} | {"argocd-token": TOKEN}
USER = "jenkins"
REVISION = "org.opencontainers.image.revision"
_ID = re.compile(r"[0-9a-f]{12,64}")
_SHORT_ID = re.compile(r"\b[0-9a-f]{4,64}\.\.\.")
_VALUES = """\
# {env}
replicaCount: 1
image:
  repository: registry.example.com/manual-app
  tag: "14"        # written by gitops-ci
  digest: {digest}
"""


@dataclass
class Workspace:
    """The folder of one page; ``environ`` and the ids of the last plan and commit change from
    command to command.
    """

    root: Path
    registry: Registry | None = None
    url: str = ""
    jenkins: Stub | None = None
    argocd: FakeArgocd | None = None
    environ: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(
        default_factory=lambda: {"PLAN_ID": "PLAN_ID", "COMMIT_ID": "COMMIT_ID"}
    )

    def __post_init__(self) -> None:
        """Let the commands find the program of this checkout."""
        self.environ = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}

    def fill(self) -> None:
        """Make the repositories, the images and the secrets."""
        self.checkout.mkdir(parents=True)
        (self.root / "secrets").mkdir()
        for name, word in SECRETS.items():
            (self.root / "secrets" / name).write_text(f"{word}\n")
        self._make_checkout()
        self._make_gitops_repository(self.push_image("manual-app", "14"))
        if self.registry:
            self._use_engine(self.registry)
        else:
            self.push_image("manual-app", "15")
            self.push_image("manual-app", "16")

    @property
    def checkout(self) -> Path:
        """The source checkout, in which every command runs."""
        return self.root / "manual-app"

    @property
    def result_file(self) -> Path:
        """Where each command leaves its result."""
        return self.root / "result.json"

    @property
    def gitops(self) -> Path:
        """The bare GitOps repository."""
        return self.root / "manual-app-helm.git"

    def real(self, text: str) -> str:
        """Put the real places and ids into a text of a page."""
        for name, place in (*self._places().items(), *self.ids.items()):
            text = text.replace(name, place)
        return text

    def run(self, command: Command) -> Ran:
        """Run one command of the page."""
        own: dict[str, Callable[..., object]] = {
            "export": self.export,
            "unset": self.unset,
            "push-image": self.push_image,
            "commit-config": self.commit_config,
            "edit-by-hand": self.edit_by_hand,
            "add-application": self.add_application,
            "add-template": self.add_template,
            "wait-for-question": self.wait_for_question,
            "argocd-says": self.argocd_says,
        }
        first, *words = shlex.split(command.text, comments=True)
        if first not in own:
            return self._shell(self.real(command.text))
        own[first](*words)
        return Ran(0, "")

    def export(self, *settings: str) -> None:
        """Set variables for the commands that follow."""
        self.environ |= {
            name: self.real(value) for name, _, value in (word.partition("=") for word in settings)
        }

    def unset(self, *names: str) -> None:
        """Unset variables for the commands that follow."""
        self.environ = {name: value for name, value in self.environ.items() if name not in names}

    def push_image(self, name: str, tag: str, content: str = "") -> str:
        """Push an image by hand; other content under the same tag overwrites it."""
        labels = {REVISION: self.git(self.checkout, "rev-parse", "HEAD")}
        layout = self.root / ("layouts" if self.registry else "registry") / name
        layout.mkdir(parents=True, exist_ok=True)
        digest = make_image(layout, tag, labels, {"app": f"{name} {tag} {content}\n".encode()})
        if self.registry:
            witness.copy(layout, tag, self.registry, f"{name}:{tag}")
        return digest

    def commit_config(self, file: str = "gitops.yaml") -> None:
        """Commit the gitops.yaml that the page shows to the GitOps repository."""
        self._commit(
            {"gitops.yaml": (self.checkout / file).read_bytes()}, "Describe the environments"
        )

    def edit_by_hand(self, file: str, *settings: str) -> None:
        """Change a values file of the GitOps repository as a person does, without gitops-ci."""
        before = subprocess.run(
            ["git", "-C", str(self.gitops), "show", f"main:{file}"], check=True, capture_output=True
        ).stdout
        after = yaml_edit.set_values(
            before, dict(split_assignment(self.real(word)) for word in settings), name=file
        )
        self._commit({file: after}, "Edit by hand")

    def add_application(self, name: str, tag: str) -> None:
        """Add apps/NAME with the values files of every environment to the GitOps repository."""
        digest = self.push_image(name, tag)
        files = {
            f"apps/{name}/values-{env}.yaml": _VALUES.replace("manual-app", name)
            .replace('"14"', f'"{tag}"')
            .format(env=env, digest=digest)
            for env in ("dev", "stage", "prod")
        }
        self._commit(
            {path: self.real(text).encode() for path, text in files.items()}, f"Add {name}"
        )

    def add_template(self, name: str, text: str) -> None:
        """Add a template to the chart of the GitOps repository; ``\\n`` stands for a new line."""
        self._commit(
            {f"charts/templates/{name}": text.replace("\\n", "\n").encode()},
            f"Add the template {name}",
        )

    def argocd_says(self, name: str, *recordings: str) -> None:
        """Let Argo CD say recorded things of an application: of the newest commit, or of the next
        one (``next:07``).
        """
        assert self.argocd, (
            "a page that talks to Argo CD has to stand in ARGOCD of test_examples.py"
        )
        old = self.git(self.gitops, "rev-parse", "main")
        states = [
            State(recorded.at(each, old)) for each in recordings if not each.startswith("next:")
        ]
        self.argocd.play(name, *(states or [State(recorded.at("08", old))]))
        later = [each.removeprefix("next:") for each in recordings if each.startswith("next:")]
        if later:
            self.argocd.apps[name].later = lambda: self._later(name, old, later)

    def _later(self, name: str, old: str, recordings: list[str]) -> None:
        new = self.git(self.gitops, "rev-parse", "main")
        if self.argocd and new != old:
            self.argocd.play(name, *(State(recorded.at(each, new, old)) for each in recordings))

    def git(self, folder: Path, *words: str) -> str:
        """Run git in a folder and return what it prints."""
        return subprocess.run(
            ["git", "-C", str(folder), *words], check=True, capture_output=True, text=True
        ).stdout.strip()

    def _shell(self, text: str) -> Ran:
        environ = os.environ | self.environ | {"GITOPS_CI_RESULT_FILE": str(self.result_file)}
        ran = shell.run(text, self.checkout, environ)
        output = ran.output
        plan, commit = (
            re.findall(pattern, output, re.MULTILINE)
            for pattern in (r"^plan ([0-9a-f]{64})$", r"published as ([0-9a-f]{40})")
        )
        self.ids |= {
            name: found[-1] for name, found in (("PLAN_ID", plan), ("COMMIT_ID", commit)) if found
        }
        for name, place in self._places().items():
            output = output.replace(place, name)
        return Ran(ran.code, output)

    def wait_for_question(self, number: str) -> None:
        """Wait until a build of the promotion job asks."""
        assert self.jenkins
        build = self.jenkins.wait_for_build(("gitops", "promote"), int(number))
        while not build.waiting():
            time.sleep(0.02)

    def _places(self) -> dict[str, str]:
        jenkins = {"https://jenkins.example.com/": self.jenkins.url} if self.jenkins else {}
        registry = self.registry.host if self.registry else f"oci:{self.root}/registry"
        return {
            "prod-registry.example.com": f"oci:{self.root}/prod-registry",
            "registry.example.com": registry,
            GITOPS: self.url or str(self.gitops),
            "/run/secrets/": f"{self.root}/secrets/",
            **jenkins,
            **({"https://argocd.example.com": self.argocd.url} if self.argocd else {}),
        }

    def _make_checkout(self) -> None:
        (self.checkout / "Dockerfile").write_text("FROM scratch\nCOPY hello /hello\n")
        (self.checkout / "hello").write_text("hello\n")
        self.git(self.checkout, "init", "--quiet")
        self.git(self.checkout, "add", "--all")
        person = ["-c", "user.name=Dave", "-c", "user.email=dave@example.com"]
        self.git(self.checkout, *person, "commit", "--quiet", "--message", "Say hello")

    def _make_gitops_repository(self, digest: str) -> None:
        self.git(
            self.root, "init", "--quiet", "--bare", "--initial-branch", "main", str(self.gitops)
        )
        files = {"charts/Chart.yaml": "apiVersion: v2\nname: manual-app\nversion: 0.1.0\n"}
        files |= {
            f"values-{env}.yaml": self.real(_VALUES).format(env=env, digest=digest)
            for env in ("dev", "stage", "prod")
        }
        self._commit({path: text.encode() for path, text in files.items()}, "Begin")

    def _commit(self, files: dict[str, bytes], message: str) -> None:
        clone = self.root / "clone"
        if not clone.exists():
            self.git(self.root, "clone", "--quiet", str(self.gitops), str(clone))
        self.git(clone, "pull", "--quiet") if self.git(
            clone, "branch", "--remotes", "--list", "origin/main"
        ) else None
        for path, content in files.items():
            (clone / path).parent.mkdir(parents=True, exist_ok=True)
            (clone / path).write_bytes(content)
        self.git(clone, "add", "--all")
        self.git(clone, "commit", "--quiet", "--message", message)
        self.git(clone, "push", "--quiet", "origin", "HEAD:main")

    def _use_engine(self, registry: Registry) -> None:
        own = [f"--root={self.root}/storage", f"--runroot={self.root}/run", "--storage-driver=vfs"]
        self.environ |= {
            "GITOPS_CI_ENGINE": "buildah",
            "GITOPS_CI_ENGINE_OPTION": "\n".join(own),
            "GITOPS_CI_BUILD_OPTION": "--isolation=chroot",
            "GITOPS_CI_PLAIN_HTTP": registry.host,
        }


def missing_line(shown: tuple[str, ...], output: str) -> str | None:
    """Return the first shown line that the output lacks: in this order, ``...`` for anything, ids
    are not compared.
    """
    rest = [_ID.sub("ID", line).rstrip() for line in output.splitlines()]
    for line in shown:
        words = _ID.sub("ID", _SHORT_ID.sub("...", line.rstrip()))
        pattern = re.compile(".*".join(re.escape(part) for part in words.split("...")))
        position = next(
            (index for index, found in enumerate(rest) if pattern.fullmatch(found)), None
        )
        if position is None:
            return line
        rest = rest[position + 1 :]
    return None


def result_of(workspace: Workspace) -> object | None:
    """Take the result document of the last command, if it left one."""
    if not workspace.result_file.exists():
        return None
    document: object = json.loads(workspace.result_file.read_text(encoding="utf-8"))
    workspace.result_file.unlink()
    return document
