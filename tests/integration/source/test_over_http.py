"""The same over a real server that asks for a login, and over one that sends neither single objects
nor filtered trees.
"""

import uuid
from pathlib import Path

import pytest

from tests.integration.conftest import LOGIN
from tests.integration.operation.world import CHAIN, make_world
from tests.integration.source.checkout import ROUTES, build, make_checkout


@pytest.mark.parametrize("server", ["http", "http_without_filters"])
def test_from_the_build_over_the_route_to_the_difference(
    server: str,
    request: pytest.FixtureRequest,
    root: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = request.getfixturevalue(server).url
    folder = root / uuid.uuid4().hex
    folder.mkdir()
    world = make_world(folder, capsys)
    world.git("config", "http.receivepack", "true")
    world.write(
        {"gitops.yaml": CHAIN % {"registry": world.registry} + ROUTES, "charts/a.yaml": "a\n"},
        "routes",
    )
    repo = url(f"{folder.name}/gitops.git", LOGIN)
    checkout = make_checkout(tmp_path / "source")
    source = ("--source", str(checkout.folder))
    checkout.git("branch", "release")
    build(world, "14", checkout.head())
    world.ok("promote", "--to", "stage")
    build(world, "15", checkout.commit("b"))
    world.write({"charts/a.yaml": "b\n"}, "Change the chart")
    checkout.git("checkout", "--quiet", "release")
    merge = checkout.merge("main")

    told = world.run("diff", "dev", "stage", *source, repo=repo, check=0).result["differences"][0]
    assert [release["tag"] for release in told["releases"]] == ["15"]
    assert [touch["subject"] for touch in told["chart_unpromoted"]] == ["Change the chart"]
    assert told["source"]["added"] == 1
    routed = world.run("route", "--branch-name", "release", *source, repo=repo, check=0).result
    assert (routed["environment"], routed["operation"], routed["release"]["tag"]) == (
        "stage",
        "promote",
        "15",
    )
    promoted = world.run(
        "promote", "--to", "stage", "--revision", merge, *source, repo=repo, check=0
    ).result
    assert promoted["changed"]
    assert promoted["commit"] == world.head()
