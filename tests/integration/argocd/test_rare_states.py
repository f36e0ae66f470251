"""Applications that say what few do: annotated tags, steps of an ApplicationSet, what is only to be
pruned, hydrated branches.
"""

import json
import threading
from typing import Any

import pytest

from gitops_ci.adapters.argocd import ApplicationName
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import UnavailableError
from gitops_ci.core.rollout.expectation import UNKNOWN, Expectation
from gitops_ci.model.config import App, Environment
from gitops_ci.model.operation import Target
from gitops_ci.model.registry_settings import RegistrySettings
from gitops_ci.model.release import Release
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.wait.lineage import LineageReader
from gitops_ci.usecases.wait.request import AwaitedTarget
from tests.integration.argocd.conftest import Wait
from tests.integration.argocd.recorded import at, body
from tests.integration.argocd.test_wait import NAME, commits
from tests.integration.operation.world import World
from tests.servers.argocd import DENIED, UNAUTHORIZED, FakeArgocd, State
from tests.servers.faults import Reply


def out_of_sync(new: str, old: str) -> Any:
    """Return an application that syncs by itself, and has not begun."""
    document = at("14", new, old)
    document["spec"]["syncPolicy"] = {"automated": {"prune": True}}
    return document


def test_of_an_annotated_tag_the_object_may_be_named_in_place_of_its_commit(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    for name, commit in (("v14", old), ("v15", new)):
        deployed.git(
            "-c", "user.name=a", "-c", "user.email=a@b.c", "tag", "-a", "-m", name, name, commit
        )
    server.play(NAME, at("08", deployed.git("rev-parse", "v15")))
    wait("--commit", new, check=0)
    server.play(NAME, at("08", deployed.git("rev-parse", "v14")))
    ran = wait("--commit", new, "--wait-timeout", "1m", check=5)
    assert "with 14, waits for commit" in ran.result["message"]


def test_a_step_of_an_application_set_is_waited_for(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    waiting = out_of_sync(new, old)
    waiting["metadata"]["ownerReferences"] = [{"kind": "ApplicationSet", "name": "shops"}]
    waiting["spec"]["syncPolicy"]["automated"]["enabled"] = False
    app = server.play(NAME, waiting, waiting, waiting, at("07", new, old), at("08", new, old))
    ran = wait(check=0)
    assert "its ApplicationSet syncs it when its step comes" in ran.err
    assert app.synced == []
    server.play(NAME, waiting, State(at("08", new, old), enter="sync"))
    wait("--sync", check=0)


def test_a_sync_without_any_result_keeps_later_commits_from_being_synced(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    document = out_of_sync(new, old)
    words = "Failed last sync attempt to []: the controller was killed"
    document["status"]["conditions"] = [{"type": "SyncError", "message": words}]
    server.play(NAME, document)
    assert words in wait(check=1).result["message"]


def test_what_would_only_have_to_be_pruned_is_said_and_may_be_accepted(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    document = out_of_sync(new, old)
    document["spec"]["syncPolicy"]["automated"]["prune"] = False
    document["status"]["resources"] = [
        {"kind": "Service", "name": "shop", "status": "Synced"},
        {"kind": "Service", "name": "gone", "status": "OutOfSync", "requiresPruning": True},
    ]
    document["status"]["reconciledAt"] = "2099-01-01T00:00:00Z"
    server.play(NAME, document)
    ran = wait("--wait-timeout", "1m", check=5)
    assert "still OutOfSync: Service/gone" in ran.result["message"]
    assert "pruned" in ran.result["rollout"][0]["remedy"]
    wait("--allow-out-of-sync", check=0)


def hydrated(commit: str, dry: str, **current: str) -> Any:
    """Return an application whose commits Argo CD's hydrator makes: ``commit`` of ``dry``."""
    document = at("08", commit, "0" * 40)
    source = document["spec"].pop("source")
    document["spec"]["sourceHydrator"] = {
        "drySource": {"repoURL": source["repoURL"], "path": "charts", "targetRevision": "main"},
        "syncSource": {"targetBranch": "environments/dev", "path": "dev"},
    }
    document["status"]["sourceHydrator"] = {
        "lastSuccessfulOperation": {"drySHA": dry, "hydratedSHA": commit},
        "currentOperation": {"phase": "Hydrated", **current},
    }
    return document


def test_a_hydrated_commit_is_the_one_that_it_was_made_of(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    made = "d" * 40
    server.play(NAME, hydrated("e" * 40, old), hydrated(made, new))
    wait(check=0)
    server.play(
        NAME, hydrated(made, old, phase="Failed", message="failed to push: protected branch")
    )
    assert "HydrationError: failed to push: protected branch" in wait(check=1).result["message"]
    manual = hydrated(made, new)
    manual["spec"]["syncPolicy"] = {}
    manual["status"]["sync"]["status"] = "OutOfSync"
    manual["status"].pop("operationState")
    app = server.play(NAME, manual, State(hydrated(made, new), enter="sync"))
    wait("--sync", check=0)
    assert app.synced == [{"name": NAME}]


@pytest.mark.parametrize(("status", "answer"), [(403, DENIED), (401, UNAUTHORIZED)])
def test_who_was_let_in_is_not_sent_away_by_one_refusal(
    deployed: World, server: FakeArgocd, wait: Wait, status: int, answer: dict[str, Any]
) -> None:
    new, old = commits(deployed)
    server.play(NAME, at("07", new, old), at("07", new, old), at("08", new, old))
    refused = Reply(status, json.dumps(answer).encode())
    server.faults = [None, refused, refused, None, Reply(503), Reply(503), Reply(503), refused]
    ran = wait(check=0)
    assert "trying again" in ran.err
    server.faults = [None, refused, refused, refused]
    wait(check=1)


def test_a_sync_that_can_t_be_started_is_given_up(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    words = json.dumps(
        {"error": "error resolving repo revision: timeout", "code": 2, "message": "error resolving"}
    ).encode()
    app = server.play(NAME, at("14", new, old))

    def again() -> None:
        app.sync_reply = Reply(500, words)

    app.later = again
    ran = wait("--sync", check=4)
    assert "the sync is not started: " in ran.result["message"]
    assert "error resolving" in ran.result["message"]


def test_a_named_revision_may_need_a_right_that_the_target_s_own_does_not(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    refused = Reply(403, json.dumps(DENIED).encode())
    app = server.play(
        NAME,
        at("14", new, old),
        State(body("13-response", radb738a=new), enter="sync"),
        at("08", new, old),
        sync_reply=refused,
    )
    wait("--sync", check=0)
    assert app.synced == [{"name": NAME}]


@pytest.mark.parametrize(
    "part", [{"dryRun": True}, {"resources": [{"kind": "Service", "name": "shop"}]}]
)
def test_an_operation_that_was_not_the_whole_sync_neither_fails_nor_applies_a_release(
    deployed: World, server: FakeArgocd, wait: Wait, part: dict[str, Any]
) -> None:
    new, old = commits(deployed)
    failed = at("16", new, old)
    failed["status"]["operationState"]["operation"] = {"sync": {"revision": new, **part}}
    failed["status"]["conditions"] = []
    server.play(NAME, failed, failed, failed, at("08", new, old))
    wait(check=0)
    document = out_of_sync(new, old)
    document["status"]["reconciledAt"] = "2099-01-01T00:00:00Z"
    operation = {"sync": {"revision": new, **part}}
    document["status"]["operationState"] = {
        "phase": "Succeeded",
        "syncResult": {"revision": new},
        "operation": operation,
        "finishedAt": "2026-01-01T00:00:00Z",
    }
    server.play(NAME, document)
    wait("--allow-out-of-sync", "--wait-timeout", "1m", check=5)
    operation["sync"] = {"revision": new}
    wait("--allow-out-of-sync", check=0)


@pytest.mark.parametrize(
    "source",
    [
        {"repoURL": "https://charts.example.com", "chart": "shop"},
        {"repoURL": "oci://x.example.com/shop"},
    ],
)
def test_a_chart_with_versions_is_not_the_repository(
    deployed: World, server: FakeArgocd, wait: Wait, source: dict[str, str]
) -> None:
    new, old = commits(deployed)
    document = at("08", new, old)
    document["spec"]["source"] = {**source, "targetRevision": "1.2.3"}
    document["status"]["sync"]["revision"] = "1.2.3"
    server.play(NAME, document)
    assert "none of its sources is" in wait(check=1).result["message"]


def test_a_commit_that_a_forced_push_dropped_is_said_to_be_gone(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    server.play(NAME, at("08", old))
    deployed.git("tag", "kept", new)

    def dropped() -> None:
        deployed.git("update-ref", "refs/heads/main", old)

    server.apps[NAME].later = dropped
    ran = wait("--commit", new, "--wait-timeout", "1m", check=5)
    assert (
        f"waits for commit {new[:12]} with 15, which is not in the history of the "
        "environment's branch" in ran.result["message"]
    )


def test_tries_that_take_the_newest_commit_need_nobody_to_end_them(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    blocked = body("15c", r7397c6d=new, r5035cd9=old)
    blocked["status"]["operationState"]["operation"]["retry"] = {"refresh": True}
    server.play(NAME, blocked, blocked, at("08", new, old))
    ran = wait(check=0)
    assert "the next try takes this one" in ran.err
    assert "terminate-op" not in ran.err


def expected(name: str) -> AwaitedTarget:
    """Return what is waited for of an application: that commit ``a`` runs in dev."""
    environment = Environment("dev", "values-dev.yaml", None, None, "off", None, {}, "0" * 64)
    app = App(name, "", ())
    expectation = Expectation("15", "a", "https://git.example.com/gitops.git")
    return AwaitedTarget(
        Target(app, environment, "main", environment.values, Release(())),
        expectation,
        ApplicationName(f"{name}-dev"),
    )


def test_one_question_to_git_that_hangs_holds_up_no_other_application(
    deployed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lineage = LineageReader(RepositoryLocation(str(deployed.bare), None, RegistrySettings()), ())
    asked: list[str] = []
    free = threading.Event()

    def hangs(question: tuple[str, str], deadline: Deadline) -> None:
        asked.append(question[0])
        free.wait(20)
        raise UnavailableError("git does not answer")

    monkeypatch.setattr(lineage, "_look_up", hangs)
    wanted, other = expected("shop"), expected("cart")
    first = threading.Thread(target=lineage.of, args=(wanted, ["b"], Deadline.after(30)))
    first.start()
    while not asked and first.is_alive():
        free.wait(0.01)
    assert asked == ["b"]
    assert lineage.of(other, ["b"], Deadline.after(0.2)) == {"b": UNKNOWN}
    free.set()
    first.join()
    assert lineage.of(other, ["b"], Deadline.after(5)) == {"b": UNKNOWN}
    assert asked == ["b"]
