"""Waiting after an operation: the commit stays, whatever becomes of it."""

import os
import signal
from contextlib import AbstractContextManager
from typing import Any

import pytest

from tests.clock import Clock
from tests.integration.argocd.recorded import at
from tests.integration.conftest import LOGIN, MakeRepository
from tests.integration.operation.world import Ran, World
from tests.program import COMMAND, Run
from tests.servers.argocd import TOKEN, FakeArgocd
from tests.servers.fault_proxy import FaultProxy
from tests.servers.faults import Silence


def follow(server: FakeArgocd, world: World, *names: str, app: str = "shop-dev") -> None:
    """Let Argo CD say these things of the newest commit as soon as there is a new one."""
    before = world.head()

    def look() -> None:
        if world.head() != before:
            server.play(app, *(at(name, world.head(), before) for name in names))

    server.play(app, at("08", before), later=look)


def update(world: World, server: FakeArgocd, *words: str, check: int) -> Ran:
    world.image("16")
    usual = (
        "update",
        "shop",
        "--env",
        "dev",
        "--tag",
        "16",
        "--wait",
        "--argocd-server",
        server.url,
    )
    return world.run(*usual, *words, check=check)


def test_an_update_waits_until_it_runs(deployed: World, server: FakeArgocd) -> None:
    follow(server, deployed, "04", "07", "08")
    ran = update(deployed, server, check=0)
    assert (ran.result["operation"], ran.result["changed"], ran.result["commit"]) == (
        "update",
        True,
        deployed.head(),
    )
    assert ran.result["rollout"][0]["revision"] == deployed.head()
    assert f"published as {deployed.head()}" in ran.out
    assert "dev runs shop 16" in ran.out


def test_what_is_there_already_is_waited_for_too(deployed: World, server: FakeArgocd) -> None:
    server.play("shop-dev", at("08", deployed.head()))
    ran = deployed.run(
        "update",
        "shop",
        "--env",
        "dev",
        "--tag",
        "15",
        "--wait",
        "--argocd-server",
        server.url,
        check=0,
    )
    assert (ran.result["changed"], ran.result["category"]) == (False, "unchanged")
    assert ran.result["rollout"][0]["state"] == "done"


@pytest.mark.parametrize(
    ("shown", "words", "code", "category"),
    [
        ("07", ("--wait-timeout", "1m"), 5, "timeout"),
        ("11", (), 1, "failed"),
        ("16", (), 1, "failed"),
    ],
)
def test_the_commit_stays_when_it_does_not_run(
    deployed: World,
    server: FakeArgocd,
    shown: str,
    words: tuple[str, ...],
    code: int,
    category: str,
) -> None:
    follow(server, deployed, shown)
    ran = update(deployed, server, *words, check=code)
    assert (ran.result["changed"], ran.result["published"], ran.result["commit"]) == (
        True,
        "committed",
        deployed.head(),
    )
    assert (ran.result["ok"], ran.result["category"]) == (False, category)
    assert 'tag: "16"' in deployed.text("values-dev.yaml")


def test_an_argo_cd_that_is_gone_is_told_after_the_commit(
    deployed: World, server: FakeArgocd
) -> None:
    server.always = Silence()
    ran = update(deployed, server, "--wait-timeout", "0.5s", check=4)
    assert (ran.result["changed"], ran.result["category"]) == (True, "unavailable")


def test_what_keeps_it_from_being_waited_for_is_known_before_anything_is_published(
    deployed: World, server: FakeArgocd, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed.image("16")
    words = ("update", "shop", "--env", "dev", "--tag", "16", "--wait")
    assert "nothing says where Argo CD is" in deployed.refused(*words, code=2).result["message"]
    here = (*words, "--argocd-server", server.url)
    assert (
        "/nowhere can't be"
        in deployed.refused(*here, "--ca-file", "/nowhere", code=2).result["message"]
    )
    assert (
        "proposal"
        in deployed.refused(*here, "--publish-branch", "p/{app}", code=2).result["message"]
    )
    monkeypatch.setenv("GITOPS_CI_ARGOCD_TOKEN_FILE", "/nowhere")
    assert "both set" in deployed.refused(*here, code=2).result["message"]


def test_a_dry_run_waits_for_nothing(deployed: World, server: FakeArgocd) -> None:
    deployed.image("16")
    deployed.run(
        "plan",
        "update",
        "shop",
        "--env",
        "dev",
        "--tag",
        "16",
        "--wait",
        "--argocd-server",
        server.url,
        check=0,
    )
    assert server.seen == []


def test_the_level_committed_asks_no_argo_cd(deployed: World) -> None:
    deployed.image("16")
    ran = deployed.run(
        "update", "shop", "--env", "dev", "--tag", "16", "--wait", "--level", "committed", check=0
    )
    assert ran.result["rollout"][0]["level"] == "committed"
    ran = deployed.run(
        "wait",
        "shop",
        "--env",
        "dev",
        "--level",
        "committed",
        "--commit",
        deployed.head()[:10],
        check=0,
    )
    assert ran.result["commit"] == deployed.head()


def test_the_level_synced_is_content_before_it_is_healthy(
    deployed: World, server: FakeArgocd
) -> None:
    server.play("shop-dev", at("07", deployed.head()))
    words = ("wait", "shop", "--env", "dev", "--argocd-server", server.url)
    deployed.run(*words, "--level", "synced", check=0)
    server.play("shop-dev", at("04", deployed.head()))
    deployed.run(*words, "--level", "synced", "--wait-timeout", "1m", check=5)


def test_an_interrupted_wait_says_that_the_commit_is_there(
    deployed: World, server: FakeArgocd
) -> None:
    deployed.image("16")
    server.always = Silence()
    file = deployed.folder / "interrupted.json"
    words = [
        "update",
        "shop",
        "--env",
        "dev",
        "--tag",
        "16",
        "--wait",
        "--argocd-server",
        server.url,
    ]
    command = [*COMMAND, *words, "--repo", str(deployed.bare), "--result-file", str(file)]
    with Run(command, env={**os.environ, "GITOPS_CI_ARGOCD_TOKEN": TOKEN}) as process:
        while not server.seen and process.poll() is None:
            server.stopped.wait(0.05)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    import json

    result = json.loads(file.read_text())
    assert (process.returncode, result["exit_code"], result["category"]) == (143, 143, "terminated")
    assert (result["changed"], result["commit"]) == (True, deployed.head())


def test_several_applications_are_followed_at_once_and_the_worst_counts(
    deployed: World, server: FakeArgocd
) -> None:
    text = deployed.text("gitops.yaml").replace(
        "environments:", '  "cart": {path: ., images: [{tag: cart.tag}]}\nenvironments:'
    )
    values = (
        deployed.text("values-dev.yaml") + '\ncart: {tag: "3", repository: r.example.com/cart}\n'
    )
    head = deployed.write({"gitops.yaml": text, "values-dev.yaml": values})
    server.play("shop-dev", at("08", head))
    server.play("cart-dev", at("08", head))
    words = ("wait", "shop", "cart", "--env", "dev", "--argocd-server", server.url)
    ran = deployed.run(*words, check=0)
    assert [each["app"] for each in ran.result["rollout"]] == ["shop", "cart"]
    assert "dev runs all 2 applications" in ran.out
    server.play("cart-dev", at("16", head))
    ran = deployed.run(*words, check=1)
    assert [each["state"] for each in ran.result["rollout"]] == ["done", "failed"]
    server.play("cart-dev", at("07", head))
    assert (
        deployed.run(*words, "--wait-timeout", "1m", check=5)
        .result["message"]
        .startswith("cart in dev: timed out after 60 s")
    )


def test_an_environment_on_a_branch_of_its_own_that_is_published_as_a_tag(
    deployed: World, server: FakeArgocd
) -> None:
    stage = 'stage: {values: values-stage.yaml, from: dev, branch: release, tag: "v{version}"}'
    text = deployed.text("gitops.yaml").replace(
        "stage: {values: values-stage.yaml, from: dev}", stage
    )
    deployed.git("branch", "release", "main")
    deployed.write({"gitops.yaml": text})
    before = deployed.head("release")
    server.play("shop-stage", at("08", before))
    words = (
        "promote",
        "shop",
        "--to",
        "stage",
        "--version",
        "1.4",
        "--argocd-server",
        server.url,
        "--wait",
    )
    deployed.run(*words, "--wait-timeout", "1m", check=5)
    commit = deployed.head("release")
    assert deployed.git("rev-parse", "v1.4^{commit}") == commit
    server.play("shop-stage", at("08", commit))
    wait = ("wait", "shop", "--env", "stage", "--argocd-server", server.url)
    assert deployed.run(*wait, check=0).result["rollout"][0]["revision"] == commit
    later = deployed.write({"notes.md": "later\n"}, branch="release")
    server.play("shop-stage", at("08", later))
    deployed.run(*wait, check=0)
    # a commit of another branch is none of this one's, whatever stands in it
    server.play("shop-stage", at("08", deployed.head("main")))
    ran = deployed.run(*wait, "--wait-timeout", "1m", check=5)
    assert "not in the history of the environment's branch" in ran.result["message"]


def test_while_git_does_not_answer_a_later_commit_is_not_believed(
    deployed: World, server: FakeArgocd, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gitops_ci.adapters.git import Repository, open_repository
    from gitops_ci.base.errors import UnavailableError
    from gitops_ci.usecases.wait import lineage

    later = deployed.write({"notes.md": "later\n"})
    server.play("shop-dev", at("08", later))
    tries: list[str] = []

    def down(url: str, **settings: Any) -> AbstractContextManager[Repository]:
        tries.append(url)
        if len(tries) < 3:
            raise UnavailableError("Git is down")
        return open_repository(url, **settings)

    monkeypatch.setattr(lineage, "open_repository", down)
    ran = deployed.run("wait", "shop", "--env", "dev", "--argocd-server", server.url, check=0)
    assert "whether that has 15 is not known yet" in ran.err


def test_a_git_server_that_is_silent_until_the_time_is_over_is_no_other_ending(
    deployed: World, make_repository: MakeRepository, proxy: FaultProxy
) -> None:
    proxy.on("info/refs", Silence())
    url = proxy.url(make_repository().name, LOGIN)
    wait = ("wait", "shop", "--env", "dev", "--level", "committed", "--commit", deployed.head())
    ran = deployed.run(*wait, "--wait-timeout", "0.5s", repo=url, check=5)
    assert "did not end within the 0.5 s of --wait-timeout" in ran.result["message"]
    assert "raise --wait-timeout" in ran.err
    assert ran.result["category"] == "timeout"


def test_a_commit_that_is_proposed_is_waited_for_until_it_is_merged(
    deployed: World, clock: Clock
) -> None:
    deployed.image("16")
    words = ("update", "shop", "--env", "dev", "--tag", "16", "--publish-branch", "propose/{app}")
    commit = deployed.run(*words, check=0).result["commit"]
    wait = ("wait", "shop", "--env", "dev", "--level", "committed", "--commit", commit)
    ran = deployed.run(*wait, "--wait-timeout", "20s", check=5)
    assert "is not in the history of main" in ran.result["message"]
    clock.meanwhile = lambda: deployed.git("update-ref", "refs/heads/main", commit)
    assert deployed.run(*wait, check=0).result["rollout"][0]["release"] == "16"
