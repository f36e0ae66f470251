"""The main job: one image from dev to prod, refusals on the way, and back."""

import re

from tests.integration.operation.world import World

APPROVED = ("--approved-by", "alice", "--requested-by", "carol")


def deploy(world: World, tag: str) -> str:
    """Make an image and bring it up to stage; return its digest."""
    digest = world.image(tag)
    world.ok("update", "shop", "--env", "dev", "--tag", tag)
    world.ok("promote", "shop", "--to", "stage")
    return digest


def test_one_image_reaches_all_environments(world: World) -> None:
    digest = world.image("15")
    update = world.ok(
        "update",
        "shop",
        "--env",
        "dev",
        "--tag",
        "15",
        "--build-url",
        "https://ci.example.com/job/shop/15/",
    )
    assert update.result["release"]["images"] == [
        {"repository": world.registry, "tag": "15", "digest": digest}
    ]
    world.ok("promote", "shop", "--to", "stage")
    refused = world.refused("promote", "shop", "--to", "prod", "--requested-by", "carol")
    assert refused.gates == {
        "order": "passed",
        "digest": "passed",
        "withdrawn": "passed",
        "approval": "pending",
    }
    world.ok("promote", "shop", "--to", "prod", *APPROVED, "--reason", "release 1.4")
    for name in ("dev", "stage", "prod"):
        expected = (
            '# values of one environment\nreplicas: 2   # never touched\nimage:\n  tag: "15"\n '
            f' digest: "{digest}"'
        )
        assert world.text(f"values-{name}.yaml") == expected
    subject = world.message().splitlines()[0]
    assert subject == "promote(shop): stage -> prod 15"
    plan, policy = refused.result["plan_id"], world.git("rev-parse", "main~1")
    assert world.trailers() == [
        "Gitops-Operation: promote",
        "Gitops-App: shop",
        "Gitops-Environment: prod",
        "Gitops-From: stage",
        f"Gitops-Image: {world.registry}:15@{digest}",
        "Gitops-Build-Url: https://ci.example.com/job/shop/15/",
        f"Gitops-Plan: 2:{plan}",
        f"Gitops-Policy: {policy}",
        "Gitops-Gate: order=passed digest=passed withdrawn=passed approval=passed",
        "Gitops-Requested-By: carol",
        "Gitops-Approved-By: alice",
        "Gitops-Reason: release 1.4",
    ]


def test_a_second_run_finds_nothing_to_do_and_names_the_commit(world: World) -> None:
    world.after(deploy, "15")
    stage = world.head()
    assert world.same("promote", "shop", "--to", "stage").result["commit"] == stage
    dev = world.git("rev-parse", "main~1")
    assert world.same("update", "shop", "--env", "dev", "--tag", "15").result["commit"] == dev
    prod = world.ok("promote", "shop", "--to", "prod", *APPROVED).result["commit"]
    assert world.same("promote", "shop", "--to", "prod", *APPROVED).result["commit"] == prod
    assert world.same("promote", "shop", "--to", "prod").result["apps"][0]["commit"] == prod


def test_an_image_that_never_ran_in_stage_is_refused(world: World) -> None:
    world.after(deploy, "15")
    world.image("16")
    world.ok("update", "shop", "--env", "dev", "--tag", "16")
    ran = world.refused("promote", "shop", "--to", "prod", "--tag", "16", *APPROVED)
    assert "16 never ran in stage" in ran.result["message"]
    ran = world.refused("promote", "shop", "--to", "prod", "--tag", "99", *APPROVED)
    assert "99 never ran in stage" in ran.result["message"]


def test_an_overwritten_tag_is_refused(world: World) -> None:
    tested = world.after(deploy, "15")
    now = world.image("15", "something else")
    ran = world.refused("promote", "shop", "--to", "prod", *APPROVED)
    assert ran.gates["digest"] == "refused"
    assert tested in ran.result["message"]
    assert now in ran.result["message"]
    assert "overwritten" in ran.err + ran.out


def test_an_image_that_is_gone_is_refused(world: World) -> None:
    world.after(deploy, "15")
    (world.folder / "registry" / "index.json").unlink()
    ran = world.refused("promote", "shop", "--to", "prod", *APPROVED)
    assert "does not exist in its registry" in ran.result["message"]


def test_an_approved_plan_is_published_and_only_that(world: World) -> None:
    world.after(deploy, "15")
    plan = world.refused("plan", "promote", "shop", "--to", "prod", code=0).result["plan_id"]
    world.write({"README.md": "unrelated"})
    world.ok("promote", "shop", "--to", "prod", "--approved-plan", plan, *APPROVED)
    assert f"Gitops-Plan: 2:{plan}" in world.trailers()


def test_what_changed_after_the_approval_is_not_published(world: World) -> None:
    world.after(deploy, "15")
    plan = world.refused("plan", "promote", "shop", "--to", "prod", code=0).result["plan_id"]
    deploy(world, "16")
    ran = world.refused("promote", "shop", "--to", "prod", "--approved-plan", plan, *APPROVED)
    assert ran.gates["approval"] == "refused"
    assert plan in ran.result["message"]
    assert ran.result["plan_id"] in ran.result["message"]


def test_an_approved_plan_counts_once(world: World) -> None:
    world.after(deploy, "15")
    plan = world.refused("plan", "promote", "shop", "--to", "prod", code=0).result["plan_id"]
    first = world.ok("promote", "shop", "--to", "prod", "--approved-plan", plan, *APPROVED).result[
        "commit"
    ]
    world.same("promote", "shop", "--to", "prod", "--approved-plan", plan, *APPROVED)
    world.write(
        {"values-prod.yaml": world.git("show", f"{first}~1:values-prod.yaml") + "\n"},
        "put back by hand",
    )
    ran = world.refused("promote", "shop", "--to", "prod", "--approved-plan", plan, *APPROVED)
    assert f"was carried out by commit {first[:12]}" in ran.result["message"]
    assert ran.result["plan_id"] != plan


def test_a_rollback_returns_to_the_release_before_and_then_to_the_one_before_that(
    world: World,
) -> None:
    for tag in ("14", "15", "16"):
        deploy(world, tag)
        world.ok("promote", "shop", "--to", "prod", *APPROVED)
    assert world.refused("rollback", "shop", "--env", "prod").gates == {
        "digest": "passed",
        "approval": "pending",
    }
    first = world.ok("rollback", "shop", "--env", "prod", *APPROVED)
    assert (first.result["previous"]["tag"], first.result["release"]["tag"]) == ("16", "15")
    assert world.message().startswith("rollback(shop): prod 16 -> 15\n")
    second = world.ok("rollback", "shop", "--env", "prod", *APPROVED)
    assert second.result["release"]["tag"] == "14"
    world.refused("rollback", "shop", "--env", "prod", *APPROVED)
    assert 'tag: "14"' in world.text("values-prod.yaml")


def test_a_rollback_goes_to_a_named_release_that_ran_there(world: World) -> None:
    commits = {}
    for tag in ("14", "15", "16"):
        deploy(world, tag)
        commits[tag] = world.ok("promote", "shop", "--to", "prod", *APPROVED).result["commit"]
    world.ok("rollback", "shop", "--env", "prod", "--to-tag", "14", *APPROVED)
    world.same("rollback", "shop", "--env", "prod", "--to-tag", "14", *APPROVED)
    world.ok("rollback", "shop", "--env", "prod", "--commit", commits["15"][:10], *APPROVED)
    assert 'tag: "15"' in world.text("values-prod.yaml")
    ran = world.refused("rollback", "shop", "--env", "prod", "--to-tag", "13", *APPROVED)
    assert "13 never ran in prod" in ran.result["message"]
    world.image("17")
    world.ok("update", "shop", "--env", "dev", "--tag", "17")
    world.refused("rollback", "shop", "--env", "prod", "--commit", world.head()[:10], *APPROVED)


def test_a_rollback_is_judged_by_the_digest(world: World) -> None:
    for tag in ("14", "15"):
        deploy(world, tag)
        world.ok("promote", "shop", "--to", "prod", *APPROVED)
    world.image("14", "something else")
    ran = world.ok("rollback", "shop", "--env", "prod", *APPROVED)
    assert "14 was overwritten since" in ran.result["gates"][0]["reason"]
    assert "Gitops-Gate: digest=passed(overwritten) approval=passed" in world.trailers()
    world.run("audit", check=0)


def test_a_rollback_to_an_image_that_is_gone_is_refused(world: World) -> None:
    digests = {}
    for tag in ("14", "15"):
        digests[tag] = world.image(tag)
        deploy(world, tag)
        world.ok("promote", "shop", "--to", "prod", *APPROVED)
    world.image("14", "something else")
    (world.folder / "registry" / "blobs" / digests["14"].replace(":", "/")).unlink()
    ran = world.refused("rollback", "shop", "--env", "prod", *APPROVED)
    assert "does not exist in its registry any more" in ran.result["message"]


def test_nothing_is_promoted_before_anything_was_deployed(world: World) -> None:
    ran = world.refused("promote", "shop", "--to", "stage")
    assert "runs nothing in dev yet" in ran.result["message"]


def test_builds_are_not_written_past_dev(world: World) -> None:
    world.image("15")
    ran = world.refused("update", "shop", "--env", "stage", "--tag", "15")
    assert "receives its releases from dev" in ran.result["message"]


def test_an_earlier_release_of_stage_is_promoted_by_tag_and_by_commit(world: World) -> None:
    world.after(deploy, "15")
    commit = world.head()
    deploy(world, "16")
    world.ok("promote", "shop", "--to", "prod", "--tag", "15", *APPROVED)
    assert 'tag: "15"' in world.text("values-prod.yaml")
    world.ok("promote", "shop", "--to", "prod", *APPROVED)
    world.ok("promote", "shop", "--to", "prod", "--commit", commit[:8], *APPROVED)
    assert 'tag: "15"' in world.text("values-prod.yaml")


def test_a_tag_that_fits_two_releases_needs_the_commit(world: World) -> None:
    first = world.after(deploy, "latest")
    commit = world.head()
    world.image("16")
    deploy(world, "16")
    second = world.image("latest", "built again")
    world.ok("update", "shop", "--env", "dev", "--tag", "latest")
    world.ok("promote", "shop", "--to", "stage")
    ran = world.refused("promote", "shop", "--to", "prod", "--tag", "latest", *APPROVED)
    assert "fits 2 releases" in ran.result["message"]
    assert first in ran.result["message"]
    assert second in ran.result["message"]
    assert "--commit" in ran.err
    ran = world.refused("promote", "shop", "--to", "prod", "--commit", commit, *APPROVED)
    assert "overwritten" in ran.result["message"]


def test_a_hotfix_skips_stage_for_whom_may_override_the_order(world: World) -> None:
    world.after(deploy, "15")
    world.image("16")
    world.ok("update", "shop", "--env", "dev", "--tag", "16")
    hotfix = (
        "promote",
        "shop",
        "--to",
        "prod",
        "--tag",
        "16",
        "--approved-by",
        "alice",
        "--override",
        "order",
    )
    assert (
        "needs a reason"
        in world.refused(*hotfix, "--requested-by", "carol", code=2).result["message"]
    )
    ran = world.refused(*hotfix, "--requested-by", "erin", "--reason", "outage")
    assert "erin may not override it: only carol may" in ran.result["message"]
    ran = world.ok(*hotfix, "--requested-by", "Carol", "--reason", "outage")
    assert ran.gates == {
        "order": "overridden",
        "digest": "passed",
        "withdrawn": "passed",
        "approval": "passed",
    }
    assert "Gitops-Override: order" in world.trailers()
    assert "Gitops-From: dev" in world.trailers()
    assert (
        "Gitops-Gate: order=overridden digest=passed withdrawn=passed approval=passed"
        in world.trailers()
    )


def test_the_plan_shows_everything_and_changes_nothing(world: World) -> None:
    digest = world.after(deploy, "15")
    ran = world.refused("plan", "promote", "shop", "--to", "prod", code=0)
    assert ran.result["category"] == "planned"
    assert ran.result["dry_run"]
    assert re.fullmatch("[0-9a-f]{64}", ran.result["plan_id"])
    for shown in (
        '-  tag: ""',
        '+  tag: "15"',
        f'+  digest: "{digest}"',
        "a/values-prod.yaml",
        "waits for the approval",
    ):
        assert shown in ran.out
    again = world.refused("promote", "shop", "--to", "prod", "--dry-run", *APPROVED, code=0)
    assert again.result["plan_id"] == ran.result["plan_id"]
    assert again.result["diff"] == ran.result["diff"]
