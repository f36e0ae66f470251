"""Waiting for Argo CD: each trap that was measured on a real one."""

import json
from typing import Any

import pytest

from tests.integration.argocd.conftest import Wait
from tests.integration.argocd.recorded import at, body
from tests.integration.operation.world import World
from tests.servers.argocd import FakeArgocd, State

NAME = "shop-dev"


def commits(world: World) -> tuple[str, str]:
    """Return the commit that brought 15, and the one before it."""
    return world.head(), world.git("rev-parse", "main~1")


def test_a_bump_is_followed_from_the_push_until_it_is_healthy(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    shown = [
        body(name, r508090d=new, rec3d2ca=old) for name in ("02", "05b", "04", "06", "07", "08")
    ]
    app = server.play(NAME, *shown)
    ran = wait(check=0)
    (rollout,) = ran.result["rollout"]
    assert (rollout["state"], rollout["sync"], rollout["health"]) == ("done", "Synced", "Healthy")
    assert (rollout["revision"], rollout["commit"], rollout["release"]) == (new, new, "15")
    assert rollout["application"] == NAME
    assert app.at == len(shown) - 1
    assert app.refreshes >= 1
    assert "dev runs shop 15: Synced and Healthy" in ran.out
    lines = [line for line in ran.err.splitlines() if line.startswith(NAME)]
    assert len(lines) == len(set(lines)) >= 4
    assert "Waiting for rollout to finish" in ran.err


def test_trap_1_right_after_the_push_all_is_green_and_about_the_old_commit(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    server.play(NAME, body("02", r508090d=new, rec3d2ca=old))
    ran = wait("--wait-timeout", "1m", check=5)
    assert ran.result["category"] == "timeout"
    assert f"at {old[:12]} with 14, waits for commit {new[:12]} with 15" in ran.result["message"]


def test_trap_2_the_revision_moves_before_the_health_does(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    server.play(NAME, body("04", r508090d=new, rec3d2ca=old))
    wait("--wait-timeout", "1m", check=5)
    server.play(NAME, body("06", r508090d=new, rec3d2ca=old))
    wait("--wait-timeout", "1m", check=5)


def test_trap_3_no_operation_is_needed_and_a_later_commit_with_the_same_release_will_do(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, _ = commits(deployed)
    later = deployed.write({"values-prod.yaml": "image: {tag: '', digest: ''}\n"}, "unrelated")
    server.play(NAME, at("09", later, new))
    ran = wait(check=0)
    assert (ran.result["rollout"][0]["revision"], ran.result["rollout"][0]["commit"]) == (
        later,
        new,
    )


def test_trap_3_a_later_commit_with_another_release_has_replaced_this_one(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, _ = commits(deployed)
    deployed.image("16")
    deployed.ok("update", "shop", "--env", "dev", "--tag", "16")
    server.play(NAME, at("10", deployed.head()))
    ran = wait("--commit", new, check=1)
    assert "15 was replaced by 16 before it arrived" in ran.result["message"]


def test_trap_4_a_failure_belongs_to_the_commit_of_its_operation(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    server.play(NAME, at("16c", new, old))
    wait(check=0)
    server.play(NAME, at("16", new, old))
    ran = wait(check=1)
    assert "the sync failed" in ran.result["message"]
    assert "must be between 1 and 65535" in ran.result["message"]


def test_trap_5_a_sync_that_is_tried_again_is_told_at_once_and_failed_when_the_tries_end(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    server.play(NAME, at("15", new, old), at("15", new, old), at("15b", new, old))
    ran = wait(check=1)
    assert "the sync fails and is tried again (retry 1)" in ran.err
    assert "(retried 2 times)" in ran.result["message"]


def test_trap_5_tries_of_an_older_commit_block_this_one_and_somebody_can_end_them(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    blocked = body("15c", r7397c6d=new, r5035cd9=old)
    server.play(
        NAME,
        blocked,
        blocked,
        body("15e-operation-terminating", r7397c6d=new, r5035cd9=old),
        at("08", new, old),
    )
    ran = wait(check=0)
    assert "an older revision keeps this one from being synced" in ran.err
    assert f"argocd app terminate-op {'manual-app-stage'}" in ran.err


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("17", "values-nope.yaml: no such file or directory"),
        ("17b", "did not find expected ',' or ']'"),
        ("33", "unable to resolve 'no-such-branch' to a commit SHA"),
    ],
)
def test_trap_6_what_can_t_be_compared_fails_once_it_was_confirmed(
    server: FakeArgocd, wait: Wait, name: str, words: str
) -> None:
    app = server.play(NAME, body(name))
    ran = wait(check=1)
    assert words in ran.result["message"]
    assert "ComparisonError" in ran.result["message"]
    assert app.refreshes > 1


@pytest.mark.parametrize("name", ["19", "28"])
def test_trap_6_a_comparison_that_fails_because_git_or_argo_cd_is_down_may_pass(
    deployed: World, server: FakeArgocd, wait: Wait, name: str
) -> None:
    new, old = commits(deployed)
    trouble = body(name)
    server.play(NAME, trouble, trouble, trouble, State(at("08", new, old), enter="refresh"))
    ran = wait(check=0)
    assert "ComparisonError" in ran.err
    server.play(NAME, trouble)
    ran = wait(check=4)
    assert ran.result["category"] == "unavailable"
    wait("--wait-timeout", "1m", check=4)


def test_trap_7_a_controller_that_does_not_answer_is_named(
    deployed: World, silent_controller: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    silent_controller.play(NAME, at("08", old))
    ran = wait("--wait-timeout", "1m", check=4)
    assert "the controller of Argo CD did not answer" in ran.result["message"]
    assert "the controller does not answer" in ran.err
    # not even what looks right is believed: nobody has looked
    silent_controller.play(NAME, at("08", new, old))
    wait("--wait-timeout", "1m", check=4)


def test_trap_8_a_health_that_changes_without_a_comparison_counts(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    moving = at("07", new, old)
    healthy = json.loads(json.dumps(moving))
    healthy["status"]["health"]["status"] = "Healthy"
    server.play(NAME, moving, moving, healthy)
    wait(check=0)


def test_trap_9_degraded_counts_at_our_commit_alone_and_the_resources_say_why(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    left_over = at("11", old)
    server.play(
        NAME, left_over, left_over, at("04", new, old), at("07", new, old), at("08", new, old)
    )
    wait(check=0)
    server.play(NAME, at("07", new, old), at("11", new, old), tree=body("11b"))
    ran = wait(check=1)
    assert (
        'ImagePullBackOff: Back-off pulling image "registry.local/manual-app:bad-1"'
        in ran.result["message"]
    )
    assert ran.result["rollout"][0]["health"] == "Degraded"


def test_a_rollout_that_hangs_says_what_its_pods_say_long_before_it_is_degraded(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    server.play(NAME, at("07", new, old), tree=body("11b"))
    ran = wait("--wait-timeout", "1m", check=5)
    assert (
        'ImagePullBackOff: Back-off pulling image "registry.local/manual-app:bad-1"'
        in ran.result["message"]
    )
    assert "ImagePullBackOff" in ran.err


def test_trap_9_degraded_for_a_moment_is_not_a_failure(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    server.play(NAME, at("11", new, old), at("07", new, old), at("08", new, old))
    wait(check=0)


def test_trap_10_an_application_that_does_not_sync_by_itself_is_told_at_once(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    app = server.play(NAME, at("14", new, old))
    ran = wait(check=1)
    assert "it does not sync by itself" in ran.result["message"]
    assert "--sync" in ran.result["rollout"][0]["remedy"]
    assert app.synced == []


def test_trap_10_sync_starts_it_at_the_commit_that_was_looked_at(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    busy = body("13b")
    from tests.servers.faults import Reply

    app = server.play(
        NAME,
        at("14", new, old),
        State(body("13-response", radb738a=new), enter="sync"),
        at("07", new, old),
        at("08", new, old),
        sync_reply=Reply(400, json.dumps(busy).encode()),
    )
    ran = wait("--sync", check=0)
    assert app.synced == [{"name": NAME, "revision": new}]
    assert "another operation is under way" in ran.err


def test_trap_10_a_sync_that_the_token_may_not_start_is_refused_in_words(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    server.may_sync = False
    server.play(NAME, at("14", new, old))
    ran = wait("--sync", check=1)
    assert "the sync of shop-dev: not allowed" in ran.result["message"]


def test_trap_10_a_sync_window_that_blocks_is_named(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    server.play(NAME, at("29", new, old), windows=body("29b"))
    ran = wait(check=1)
    assert "a sync window denies it (deny * * * * * for 1h)" in ran.result["message"]


def test_trap_11_of_several_sources_the_one_of_this_repository_counts(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)

    def multi(name: str, values: str) -> Any:
        text = json.dumps(body(name, r5dc4789=values, rcb74981=values))
        return json.loads(
            text.replace("http://127.0.0.1:28090/values.git", f"file://{deployed.bare}")
        )

    server.play(NAME, multi("18-multi", old), multi("18b", new))
    wait(check=0)
    server.play(NAME, multi("18b", old))
    wait("--wait-timeout", "1m", check=5)
    server.play(NAME, body("18b"))
    ran = wait(check=1)
    assert "none of its sources is" in ran.result["message"]
    assert "repository: URL" in ran.result["rollout"][0]["remedy"]


def test_trap_12_an_application_that_does_not_exist_or_is_not_ours_to_see(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    ran = wait(check=1)
    assert "the application shop-dev: not allowed" in ran.result["message"]
    deployed.write(
        {"gitops.yaml": f"{deployed.text('gitops.yaml')}\nargocd: {{project: default}}\n"}
    )
    ran = wait(check=1)
    assert "the application shop-dev: there is none" in ran.result["message"]


def test_trap_13_a_fresh_application_says_nothing_yet(
    deployed: World, server: FakeArgocd, wait: Wait
) -> None:
    new, old = commits(deployed)
    server.play(NAME, body("31-fresh"), body("31-fresh"), at("07", new, old), at("08", new, old))
    wait(check=0)
    server.play(NAME, body("31-fresh"))
    wait("--wait-timeout", "1m", check=5)
    server.play(NAME, at("31b", new, old))
    ran = wait(check=1)
    assert 'namespaces "x-missing" not found' in ran.result["message"]
