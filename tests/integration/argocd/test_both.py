"""What holds for the stand-in and for a real Argo CD alike.

The real one is asked when ARGOCD_SERVER and ARGOCD_TOKEN are set. ARGOCD_REPO names the GitOps
repository, which these tests push to, ARGOCD_APPLICATION the application (manual-app-dev),
ARGOCD_VALUES its values file there, ARGOCD_CA_FILE its authority.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gitops_ci.core import yaml_edit
from gitops_ci.core.config.reader import read
from gitops_ci.model.key_path import parse_key_path
from tests.integration.argocd.recorded import at
from tests.integration.conftest import git
from tests.integration.operation.world import Ran, World
from tests.servers import argocd
from tests.servers.argocd import State

CONFIG = """\
version: 1
apps: {shop: {images: [{tag: image.tag, repository: registry.local/manual-app}]}}
environments: {dev: {values: "%(values)s", verify_digest: "off"}}
argocd: {server: "%(server)s", application: "%(application)s"}
"""


@dataclass(frozen=True)
class Stage:
    """A repository whose application an Argo CD deploys; ``run`` calls the program."""

    world: World
    repo: str
    url: str
    words: tuple[str, ...]
    config: Path

    def run(self, *words: str, check: int | None = None) -> Ran:
        return self.world.run(*words, *self.words, repo=self.repo, check=check)


@pytest.fixture(params=["replayed", "real"])
def stage(
    request: pytest.FixtureRequest, world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Stage]:
    file = tmp_path / "gitops.yaml"
    if request.param == "real":
        given = {
            name: os.environ.get(f"TESTS_ARGOCD_{name}", "")
            for name in ("SERVER", "TOKEN", "REPO", "CA_FILE")
        }
        if not (given["SERVER"] and given["TOKEN"] and given["REPO"]):
            pytest.skip("no Argo CD is named: ARGOCD_SERVER, ARGOCD_TOKEN and ARGOCD_REPO")
        application = os.environ.get("TESTS_ARGOCD_APPLICATION", "manual-app-dev")
        values = os.environ.get("TESTS_ARGOCD_VALUES", "manual-app-helm/values-dev.yaml")
        file.write_text(
            CONFIG % {"values": values, "server": given["SERVER"], "application": application}
        )
        monkeypatch.setenv("GITOPS_CI_ARGOCD_TOKEN", given["TOKEN"])
        words = ("--ca-file", given["CA_FILE"]) if given["CA_FILE"] else ()
        yield Stage(world, given["REPO"], given["SERVER"], words, file)
        return
    monkeypatch.setenv("GITOPS_CI_ARGOCD_TOKEN", argocd.TOKEN)
    with argocd.serve() as server:
        values = "values-dev.yaml"
        text = CONFIG % {"values": values, "server": server.url, "application": "manual-app-dev"}
        file.write_text(text)
        world.write({"gitops.yaml": text, values: 'image:\n  tag: "1"\n'})
        old = world.head()
        app = server.play("manual-app-dev", at("08", old))

        def later() -> None:
            new = world.head()
            if new != old:
                server.play(
                    "manual-app-dev", *(State(at(name, new, old)) for name in ("04", "07", "08"))
                )

        app.later = later
        yield Stage(world, str(world.bare), server.url, (), file)


def test_what_runs_is_waited_for_no_longer_than_it_has_to_stay(stage: Stage) -> None:
    ran = stage.run(
        "wait",
        "--env",
        "dev",
        "--config",
        str(stage.config),
        "--stable",
        "1s",
        "--wait-timeout",
        "3m",
        check=0,
    )
    (rollout,) = ran.result["rollout"]
    assert (rollout["state"], rollout["sync"], rollout["health"]) == ("done", "Synced", "Healthy")
    assert len(rollout["revision"]) == 40


def test_a_bump_is_waited_for_until_it_runs(stage: Stage, tmp_path: Path) -> None:
    tag = f"t{int(time.time())}"
    commit = bump(stage, tag, tmp_path / "clone")
    words = ("--commit", commit, "--stable", "1s", "--wait-timeout", "3m")
    ran = stage.run("wait", "--env", "dev", "--config", str(stage.config), *words, check=0)
    (rollout,) = ran.result["rollout"]
    assert (rollout["release"], rollout["revision"]) == (tag, commit)


def test_an_application_that_does_not_exist_is_told_at_once(stage: Stage) -> None:
    stage.config.write_text(
        stage.config.read_text().replace("manual-app-dev", "no-such-application")
    )
    ran = stage.run("wait", "--env", "dev", "--config", str(stage.config), check=1)
    assert "no-such-application" in ran.result["message"]


def test_a_wrong_token_is_told_at_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITOPS_CI_ARGOCD_TOKEN", "a-wrong-token")
    ran = stage.run("wait", "--env", "dev", "--config", str(stage.config), check=1)
    assert "does not accept the token" in ran.result["message"]


def test_a_wrong_root_path_is_told(stage: Stage) -> None:
    words = ("wait", "--env", "dev", "--config", str(stage.config), "--poll", "0.1s")
    ran = stage.run(*words, "--argocd-server", f"{stage.url}/no/such/path", check=1)
    assert "not as Argo CD does" in ran.result["message"]


def test_status_shows_what_runs(stage: Stage) -> None:
    ran = stage.run("status", "--argocd", "--config", str(stage.config), check=0)
    assert ran.result["standings"][0]["live"]["sync"] == "Synced"


def bump(stage: Stage, tag: str, clone: Path) -> str:
    """Push a tag as a person does, and return the commit."""
    file = clone / read(stage.config.read_bytes()).environments["dev"].values
    subprocess.run(["git", "clone", "--quiet", stage.repo, str(clone)], check=True)
    file.write_bytes(
        yaml_edit.set_values(file.read_bytes(), {parse_key_path("image.tag"): tag}, name=file.name)
    )
    for words in (
        ["commit", "--quiet", "--all", "--message", f"Deploy {tag}"],
        ["push", "--quiet"],
    ):
        subprocess.run(["git", "-C", str(clone), *words], check=True)
    return git(clone, "rev-parse", "HEAD")
