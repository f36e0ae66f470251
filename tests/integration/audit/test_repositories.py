"""The repository beside a tag: where gitops.yaml names it too, no other one may slip in under the
same tag.
"""

import pytest

from tests.integration.audit.test_audit import audit, findings
from tests.integration.audit.test_server_hook import Server, guarded
from tests.integration.operation.world import World
from tests.servers.git_http import GitHttp

CONFIG = """\
version: 1
apps:
  shop: {path: ".", images: [{repository: %s, tag: image.tag}]}
environments:
  dev: {verify_digest: "off"}
  prod: {from: dev, verify_digest: "off"}
"""
ONE, MAP = "r.example.com/shop", "{default: r.example.com/shop, prod: prod.example.com/shop}"
OF_PROD = {ONE: "r.example.com/shop", MAP: "prod.example.com/shop"}
BESIDE = "image:\n  repository: %s\n  tag: '0'\n"
ALONE = "image:\n  tag: '0'\n"
APART = "image:\n  registry: %s\n  repository: %s\n  tag: '0'\n"


def begun(world: World, repository: str = ONE, dev: str = "", prod: str = "") -> str:
    """Begin with these values files and bring 1 to prod; return the commit before that."""
    files: dict[str, str | bytes] = {
        "values-dev.yaml": dev or ALONE,
        "values-prod.yaml": prod or ALONE,
    }
    world.write({**files, "gitops.yaml": CONFIG % repository}, gone=("values-stage.yaml",))
    begin = world.head()
    world.ok("update", "--env", "dev", "--tag", "1")
    world.ok("promote", "--to", "prod")
    return begin


def change(world: World, old: str, new: str, file: str = "values-prod.yaml") -> None:
    """Edit a values file by hand."""
    text = world.text(file) + "\n"
    assert old in text
    world.write({file: text.replace(old, new)})


def words(world: World, begin: str) -> str:
    """Return what the only violation says."""
    (found,) = [
        each
        for each in audit(world, "--since", begin, code=3)["findings"]
        if each["severity"] == "violation"
    ]
    assert (found["kind"], found["app"], found["environment"]) == ("hand-edit", "shop", "prod")
    return str(found["message"])


@pytest.mark.parametrize("repository", [ONE, MAP], ids=["one", "by environment"])
def test_another_repository_beside_the_same_tag_is_found(world: World, repository: str) -> None:
    own = OF_PROD[repository]
    begin = begun(world, repository, prod=BESIDE % own)
    change(world, own, "evil.example.com/shop")
    said = words(world, begin)
    assert "wrote evil.example.com/shop as image.repository by hand" in said
    assert f"gitops.yaml names {own}" in said


@pytest.mark.parametrize(
    "host", ["index.", "docker.io/", "library/", "docker.io/library/", "index.docker.io/"]
)
def test_a_name_of_docker_hub_in_front_of_another_host_is_another_place(
    world: World, host: str
) -> None:
    begin = begun(world, "r.example.com/shop", prod=BESIDE % "r.example.com/shop")
    change(world, "r.example.com/shop", f"{host}r.example.com/shop")
    assert f"{host}r.example.com/shop" in words(world, begin)


@pytest.mark.parametrize("name", ["team/shop", "docker.io/team/shop", "index.docker.io/team/shop"])
def test_docker_hub_has_several_names(world: World, name: str) -> None:
    begin = begun(world, "docker.io/team/shop", prod=BESIDE % "docker.io/team/shop")
    change(world, "docker.io/team/shop", name)
    assert findings(world, "--since", begin) == []


def test_one_that_is_added_where_none_was_is_found_too(world: World) -> None:
    begin = begun(world)
    change(world, "tag:", "repository: evil.example.com/shop\n  tag:")
    assert "evil.example.com/shop" in words(world, begin)


@pytest.mark.parametrize("edit", ["registry: r.example.com", "repository: team/shop"])
def test_the_registry_that_a_chart_keeps_apart_counts_with_it(world: World, edit: str) -> None:
    begin = begun(world, "r.example.com/team/shop", prod=APART % ("r.example.com", "team/shop"))
    change(world, edit, edit.split(": ")[0] + ": evil.example.com")
    assert "evil.example.com" in words(world, begin)


@pytest.mark.parametrize(
    "prod",
    [
        ALONE,
        BESIDE % "r.example.com/team/shop",
        BESIDE % '""',
        APART % ("r.example.com", "team/shop"),
        BESIDE % "[a, b]",
    ],
    ids=["none", "the same", "empty", "with its registry", "something else"],
)
def test_honest_files_are_clean(world: World, prod: str) -> None:
    """Also one with a list under that name, which some other chart's template reads."""
    begin = begun(world, "r.example.com/team/shop", prod=prod)
    world.ok("update", "--env", "dev", "--tag", "2")
    world.ok("promote", "--to", "prod")
    world.ok("rollback", "--env", "prod")
    assert findings(world, "--since", begin) == []


def test_a_file_that_always_named_another_one_stays_clean_until_it_is_changed(world: World) -> None:
    """A mirror: it counts as adopted; promotions to it are refused, as nobody has tested what they
    would run.
    """
    world.write(
        {
            "values-dev.yaml": ALONE,
            "values-prod.yaml": BESIDE % "mirror.example.com/shop",
            "gitops.yaml": CONFIG % ONE,
        }
    )
    begin = world.head()
    world.ok("update", "--env", "dev", "--tag", "1")
    assert findings(world, "--since", begin) == []
    ran = world.refused("promote", "--to", "prod")
    assert (
        "image.repository is mirror.example.com/shop, and gitops.yaml names r.example.com/shop"
        in ran.err
    )
    assert "take repository: out of gitops.yaml" in ran.err


def test_the_configured_one_may_be_written_by_hand(world: World) -> None:
    """Added beside the tag, taken out again, and in place of another one."""
    begin = begun(world)
    change(world, "tag:", "repository: r.example.com/shop\n  tag:")
    change(world, "  repository: r.example.com/shop\n", "")
    assert findings(world, "--since", begin) == []
    change(world, "tag:", "repository: evil.example.com/shop\n  tag:")
    change(world, "evil.", "r.")
    assert "evil.example.com" in words(world, begin)


@pytest.mark.parametrize("file", ["values-dev.yaml", "values-prod.yaml"])
def test_a_promotion_from_or_to_another_repository_is_refused(world: World, file: str) -> None:
    begun(world, dev=BESIDE % "r.example.com/shop", prod=BESIDE % "r.example.com/shop")
    world.ok("update", "--env", "dev", "--tag", "2")
    change(world, "r.example.com", "evil.example.com", file)
    ran = world.refused("promote", "--to", "prod")
    assert f"{file} of shop: image.repository is evil.example.com/shop" in ran.err


def test_another_repository_is_not_adopted(world: World) -> None:
    begun(world, prod=BESIDE % "r.example.com/shop")
    change(world, "r.example.com", "evil.example.com")
    change(world, '"1"' if '"1"' in world.text("values-prod.yaml") else "'1'", '"2"')
    world.refused("adopt", "--env", "prod", "--reason", "so")


def test_a_promotion_that_brings_one_along_is_forged(world: World) -> None:
    begin = begun(world, prod=BESIDE % "r.example.com/shop")
    world.ok("update", "--env", "dev", "--tag", "2")
    before = world.head()
    world.ok("promote", "--to", "prod")
    message, text = world.message(), world.text("values-prod.yaml")
    world.git("update-ref", "refs/heads/main", before)
    world.write(
        {"values-prod.yaml": text.replace("r.example.com", "evil.example.com") + "\n"}, message
    )
    found = [each for each in findings(world, "--since", begin, code=3) if each[0] == "violation"]
    assert found == [("violation", "forged", "shop prod")]


def test_the_hook_refuses_it(world: World, before_the_world: GitHttp) -> None:
    begun(world, prod=BESIDE % "r.example.com/shop")
    server: Server = guarded(world, before_the_world)
    server.write(
        {
            "values-prod.yaml": server.text("values-prod.yaml").replace(
                "r.example.com", "evil.example.com"
            )
        }
    )
    assert "wrote evil.example.com/shop as image.repository by hand" in server.push()
