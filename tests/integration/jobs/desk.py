"""The program at work: called in this process, or as one of its own where something has to happen
meanwhile.
"""

import json
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from gitops_ci.cli import main
from tests import documents
from tests.integration.conftest import git
from tests.integration.jobs.site import Site
from tests.program import COMMAND, Ran, Run

VALUES = 'image:\n  repository: registry.example.com/{}\n  tag: "1"\n'
POLICY = """\
version: 1
apps: {shop: {path: apps/shop}, cart: {path: apps/cart}}
environments:
  dev: {}
  stage: {from: dev}
  prod: {from: stage, approval: {}}
"""
FILES = {"gitops.yaml": POLICY} | {
    f"apps/{app}/values-{env}.yaml": VALUES.format(app)
    for app in ("shop", "cart")
    for env in ("dev", "stage", "prod")
}


@dataclass
class Desk:
    """A repository, a controller and the program between them."""

    site: Site
    folder: Path
    bare: Path
    capture: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    url: str = ""

    @property
    def job(self) -> str:
        """Return the path of the promotion job."""
        return f"{self.site.folder}/promote"

    def log_in(self, user: str, token: str) -> None:
        """Use this login from now on."""
        self.monkeypatch.setenv("GITOPS_CI_JENKINS_USERNAME", user)
        self.monkeypatch.setenv("GITOPS_CI_JENKINS_TOKEN", token)

    def words(self, *words: str, repo: bool = False) -> list[str]:
        """Return the words of a command with where everything is."""
        found = [
            "jobs",
            *words,
            "--jenkins-url",
            self.url or self.site.url,
            "--folder",
            self.site.folder,
        ]
        return [*found, "--repo", str(self.bare)] if repo else [*found, "--job", "promote"]

    def run(self, *words: str, code: int = 0) -> Ran:
        """Run ``jobs ...`` and expect an exit code."""
        return self.main(self.words(*words, repo=words[0] in {"diff", "apply"}), code)

    def main(self, words: Sequence[str], code: int = 0) -> Ran:
        """Run the program as it is called."""
        file = self.folder / "result.json"
        file.unlink(missing_ok=True)
        ended = int(main([*words, "--result-file", str(file)]))
        out, err = self.capture.readouterr()
        result = json.loads(file.read_text(encoding="utf-8"))
        ran = Ran(ended, out, err, result)
        assert ended == code, ran
        assert result["exit_code"] == ended, ran
        documents.check(result, words)
        assert self.site.token not in out + err + file.read_text()
        assert "Traceback" not in out + err and "<html" not in (out + err).lower()
        return ran

    def start(self, *words: str, repo: bool = False) -> Run:
        """Start the program as a process."""
        return Run([*COMMAND, *self.words(*words, repo=repo)], stdin=subprocess.DEVNULL)

    def policy(self, text: str) -> None:
        """Commit another gitops.yaml."""
        clone = self.folder / f"clone-{time.monotonic_ns()}"
        subprocess.run(["git", "clone", "--quiet", str(self.bare), str(clone)], check=True)
        (clone / "gitops.yaml").write_text(text, encoding="utf-8")
        git(clone, "commit", "--quiet", "--all", "--message", "Another policy")
        git(clone, "push", "--quiet", "origin", "HEAD:main")
