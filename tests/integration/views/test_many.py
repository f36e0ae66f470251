"""Many applications and a long history: what is not known of each of them is asked for all
together.
"""

import os
import subprocess
from pathlib import Path

import pytest

from tests.integration.conftest import LOGIN
from tests.integration.operation.world import World
from tests.integration.views.reading import where
from tests.servers.git_http import GitHttp

CONFIG = """\
version: 1
apps:
  "*": {path: "apps/{app}", images: [{repository: "r.example.com/{app}", tag: image.tag}]}
environments:
  dev: {verify_digest: "off"}
  stage: {from: dev, verify_digest: "off"}
"""
TAG = "image:\n  tag: '%s'\n"


def begin_again(world: World) -> None:
    """Put an empty root commit in the place of main."""
    world.git(
        "update-ref",
        "refs/heads/main",
        world.git("commit-tree", world.git("mktree"), "-m", "begin again"),
    )


@pytest.mark.parametrize("before", [1, 2, 13, 30])
@pytest.mark.parametrize("after", [1, 14, 40])
def test_what_ran_when_gitops_yaml_was_added_is_found_however_long_the_history(
    world: World, before: int, after: int
) -> None:
    begin_again(world)
    world.write_one_by_one({"apps/shop/values-dev.yaml": TAG % number} for number in range(before))
    world.write({"gitops.yaml": CONFIG})
    world.write_one_by_one({"README.md": str(number)} for number in range(after))
    dev = where(world)["shop", "dev"]
    assert (str(dev.release), dev.adopted, dev.drift) == (str(before - 1), True, "")
    world.write({"apps/shop/values-dev.yaml": TAG % "by hand"})
    assert not where(world)["shop", "dev"].adopted


def test_applications_that_were_never_deployed_cost_no_request_each(
    world: World, http: GitHttp, root: Path
) -> None:
    names = [f"app-{number}" for number in range(40)]
    begin_again(world)
    files: dict[str, str | bytes] = {
        f"apps/{name}/values-{env}.yaml": TAG % "1" for name in names for env in ("dev", "stage")
    }
    world.write(files)
    world.write({"gitops.yaml": CONFIG})
    for name in names[:2]:
        world.ok("update", name, "--env", "dev", "--tag", "2")
    served = root / f"many-{os.getpid()}.git"
    subprocess.run(["git", "clone", "-q", "--bare", str(world.bare), str(served)], check=True)
    before = len(http.requests())
    found = world.run(
        "status", "--output", "json", repo=http.url(served.name, LOGIN), check=0
    ).result["standings"]
    assert len(http.requests()) - before < 40
    behind = {each["app"]: each["behind"] for each in found if each["environment"] == "stage"}
    assert behind == {name: int(name in names[:2]) for name in names}
    assert sum(each["adopted"] for each in found) == 78
