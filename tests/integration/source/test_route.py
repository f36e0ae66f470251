"""``route``: which environment a branch or tag feeds, by a build or by the release that exists."""

import pytest

from tests.integration.operation.world import CHAIN, Ran, World
from tests.integration.source.checkout import ROUTES, Checkout, build


@pytest.fixture(autouse=True)
def routes(world: World, checkout: Checkout) -> None:
    world.write({"gitops.yaml": CHAIN % {"registry": world.registry} + ROUTES}, "routes")


def route(world: World, checkout: Checkout, *words: str, code: int = 0) -> Ran:
    return world.refused("route", *words, "--source", str(checkout.folder), code=code)


def answer(ran: Ran) -> tuple[str | None, str, list[tuple[str, str, str]]]:
    result = ran.result
    apps = [(app["app"], app["release"]["tag"], app["commit"]) for app in result["apps"]]
    return result["environment"], result["operation"], apps


def test_main_is_built_for_dev(world: World, checkout: Checkout) -> None:
    ran = route(world, checkout, "--branch-name", "main")
    assert answer(ran) == ("dev", "build", [])
    assert "branch main feeds dev: build once" in ran.out


def test_on_release_and_on_a_tag_the_release_that_exists_is_named_and_promoted(
    world: World, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout.git("branch", "release")
    deployed = build(world, "15", checkout.commit("b")).result["commit"]
    checkout.git("checkout", "--quiet", "release")
    merge = checkout.merge("main")
    monkeypatch.chdir(checkout.folder)
    monkeypatch.setenv("BRANCH_NAME", "release")
    monkeypatch.setenv("GIT_COMMIT", merge)
    ran = world.refused("route", code=0)
    assert answer(ran) == ("stage", "promote", [("shop", "15", deployed)])
    assert ran.result["release"]["source_revision"] == checkout.git("rev-parse", "main")
    staged = world.ok("promote", "--to", "stage", "--revision", merge).result["commit"]
    checkout.git("tag", "-a", "-m", "1.0", "v1.0")
    monkeypatch.setenv("BRANCH_NAME", "v1.0")  # Jenkins sets both
    monkeypatch.setenv("TAG_NAME", "v1.0")
    assert answer(world.refused("route", code=0)) == ("prod", "promote", [("shop", "15", staged)])


def test_without_a_revision_the_ref_of_the_checkout_is_taken(
    world: World, checkout: Checkout
) -> None:
    build(world, "15", checkout.head())
    checkout.git("branch", "release-1")
    checkout.commit("later")
    assert answer(route(world, checkout, "--branch-name", "release-1"))[1] == "promote"
    ran = route(world, checkout, "--branch-name", "release-2", code=2)
    assert "nothing says which revision branch release-2 is at" in ran.err


def test_a_revision_that_was_never_built_is_refused_and_not_built(
    world: World, checkout: Checkout
) -> None:
    ran = route(world, checkout, "--branch-name", "release", "--revision", checkout.head(), code=3)
    assert ran.result["environment"] == "stage"
    assert ran.result["operation"] == "route"
    assert ran.result["gates"][0]["state"] == "refused"


def test_a_tag_that_was_moved_is_refused(world: World, checkout: Checkout) -> None:
    build(world, "15", first := checkout.head())
    checkout.git("tag", "v1.0", checkout.commit("b"))
    ran = route(world, checkout, "--tag-name", "v1.0", "--revision", first, code=3)
    assert "tag v1.0 names" in ran.err


def test_a_ref_without_a_route_feeds_nothing(world: World, checkout: Checkout) -> None:
    ran = route(world, checkout, "--branch-name", "feature/x")
    assert answer(ran) == (None, "none", [])
    assert "branch feature/x feeds no environment" in ran.out
    assert "main -> dev, release* -> stage" in ran.out
    assert answer(route(world, checkout, "--tag-name", "main")) == (None, "none", [])


def test_a_pull_request_feeds_nothing_whatever_its_branch_is(
    world: World, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHANGE_ID", "7")
    ran = route(world, checkout, "--branch-name", "main")
    assert answer(ran) == (None, "none", [])
    assert "pull request 7 feeds no environment" in ran.out


def test_without_routes_it_says_what_to_add(world: World, checkout: Checkout) -> None:
    world.write({"gitops.yaml": CHAIN % {"registry": world.registry}}, "no routes")
    ran = route(world, checkout, "--branch-name", "main")
    assert answer(ran) == (None, "none", [])
    assert 'add for example, under routes: - {branch: "main", environment: dev}' in ran.out


@pytest.mark.parametrize("name", ["-x", "a..b", "a b", "\x1b[31mred", "a\nb", "x~1", "@{u}"])
def test_a_name_that_git_would_not_take_is_a_usage_error(
    world: World, checkout: Checkout, name: str
) -> None:
    ran = route(world, checkout, f"--branch-name={name}", code=2)
    assert "\x1b" not in ran.err


def test_nothing_to_go_by_is_a_usage_error(world: World, checkout: Checkout) -> None:
    assert "nothing says which branch or tag is built" in route(world, checkout, code=2).err


def test_as_json_it_is_one_document(world: World, checkout: Checkout) -> None:
    ran = route(world, checkout, "--branch-name", "main", "--output", "json")
    assert ran.out.startswith("{")
    assert '"environment": "dev"' in ran.out
