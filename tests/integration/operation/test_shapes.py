"""Several applications, shared files, branches, repositories of their own, and no gitops.yaml at
all.
"""

import subprocess
from pathlib import Path

import pytest

from tests.integration.operation.test_chain import APPROVED
from tests.integration.operation.world import World

ENVIRONMENTS = """\
environments:
  dev: {values: values-dev.yaml, verify_digest: "off"}
  stage: {values: values-stage.yaml, from: dev, verify_digest: "off"}
"""
TWO = """\
version: 1
apps:
  cart: {path: apps/cart, images: [{repository: r.example.com/cart, tag: image.tag}]}
  shop: {path: apps/shop, images: [{repository: r.example.com/shop, tag: image.tag}]}
"""
ANY = """\
version: 1
apps:
  "*": {path: "apps/{app}", images: [{repository: "r.example.com/{app}", tag: image.tag}]}
"""


def values(tag: str) -> str:
    return f'image:\n  tag: "{tag}"\n'


def apps(world: World, config: str, *names: str) -> None:
    files: dict[str, str | bytes] = {"gitops.yaml": config + ENVIRONMENTS}
    for number, name in enumerate(names):
        files[f"apps/{name}/values-dev.yaml"] = values(f"{number + 2}")
        files[f"apps/{name}/values-stage.yaml"] = values("1")
    world.write(files)


def test_several_applications_move_in_one_commit(world: World) -> None:
    apps(world, TWO, "cart", "shop")
    ran = world.ok("promote", "cart", "shop", "--to", "stage")
    assert world.text("apps/cart/values-stage.yaml") == 'image:\n  tag: "2"'
    assert world.text("apps/shop/values-stage.yaml") == 'image:\n  tag: "3"'
    assert world.message().splitlines()[0] == "promote(2 applications): dev -> stage"
    assert [line for line in world.trailers() if "App:" in line] == [
        "Gitops-App: cart",
        "Gitops-App: shop",
    ]
    assert [app["commit"] for app in ran.result["apps"]] == [world.head()] * 2
    assert world.same("promote", "shop", "--to", "stage").result["commit"] == world.head()
    assert world.same("promote", "--all", "--to", "stage").result["commit"] == world.head()


def test_the_order_of_the_names_is_not_part_of_the_plan(world: World) -> None:
    apps(world, TWO, "cart", "shop")
    one = world.refused("plan", "promote", "cart", "shop", "--to", "stage", code=0).result[
        "plan_id"
    ]
    assert (
        world.refused("plan", "promote", "shop", "cart", "shop", "--to", "stage", code=0).result[
            "plan_id"
        ]
        == one
    )
    assert (
        world.refused("plan", "promote", "--all", "--to", "stage", code=0).result["plan_id"] == one
    )


def test_one_refused_application_keeps_all_back(world: World) -> None:
    registry = f"oci:{world.folder}/registry"
    config = TWO.replace("r.example.com/cart", registry).replace("r.example.com/shop", registry)
    apps(world, config, "cart", "shop")
    world.write({"gitops.yaml": config + ENVIRONMENTS.replace(', verify_digest: "off"', "")})
    world.image("2")
    world.image("3")
    for app, tag in (("cart", "2"), ("shop", "3")):
        world.ok("adopt", app, "--env", "dev", "--reason", f"{tag} was there")
    world.image("3", "something else")
    ran = world.refused("promote", "--all", "--to", "stage")
    assert [
        (gate["app"], gate["state"]) for gate in ran.result["gates"] if gate["gate"] == "digest"
    ] == [
        ("cart", "passed"),
        ("shop", "refused"),
    ]
    world.ok("promote", "cart", "--to", "stage")


def test_a_star_stands_for_every_folder(world: World) -> None:
    apps(world, ANY, "cart", "shop", "web")
    world.write(
        {
            "apps/_shared/values-dev.yaml": "x: 1\n",
            "apps/README.md": "-",
            "apps/half/values-dev.yaml": values("9"),
        }
    )
    ran = world.ok("promote", "--all", "--to", "stage")
    assert [app["app"] for app in ran.result["apps"]] == ["cart", "shop", "web"]
    assert any("half left out" in warning for warning in ran.result["warnings"])
    world.ok("update", "web", "--env", "dev", "--tag", "10")
    assert "Gitops-Image: r.example.com/web:10" in world.trailers()
    ran = world.refused("promote", "--to", "stage", code=2)
    assert "cart" in ran.err
    ran = world.refused("promote", "wbe", "--to", "stage", code=1)
    assert "did you mean web?" in ran.err
    for hostile in ("../shop", "a/b", ".git", "-x", "a\nb", "..", "*", "{env}"):
        world.refused("promote", "--to", "stage", "--", hostile, code=2)


def test_two_applications_share_a_values_file(world: World) -> None:
    config = TWO.replace("path: apps/cart", "path: .").replace("path: apps/shop", "path: .")
    config = config.replace("cart, tag: image.tag", "cart, tag: cart.tag").replace(
        "shop, tag: image.tag", "shop, tag: shop.tag"
    )
    both = 'cart: {tag: "%s"}\nshop: {tag: "%s"}\n'
    world.write(
        {
            "gitops.yaml": config + ENVIRONMENTS,
            "values-dev.yaml": both % (2, 3),
            "values-stage.yaml": both % (1, 1),
        },
    )
    world.ok("promote", "cart", "--to", "stage")
    assert world.text("values-stage.yaml") == (both % (2, 1)).strip()
    world.write({"values-stage.yaml": both % (1, 1)})
    world.ok("promote", "--all", "--to", "stage")
    assert world.text("values-stage.yaml") == (both % (2, 3)).strip()


def test_two_applications_that_want_one_key_are_told_apart(world: World) -> None:
    config = TWO.replace("path: apps/shop", "path: apps/cart")
    apps(world, config, "cart")
    ran = world.refused(
        "update", "cart", "shop", "--env", "dev", "--image", "r.example.com/cart:5", code=2
    )
    assert ran.result["message"]


def test_two_environments_are_fed_by_one(world: World) -> None:
    config = (
        ENVIRONMENTS
        + '  eu: {from: stage, verify_digest: "off"}\n  us: {from: stage, verify_digest: "off"}\n'
    )
    world.write(
        {"gitops.yaml": "version: 1\napps: {shop: {images: [{tag: image.tag}]}}\n" + config}
        | {
            f"values-{name}.yaml": values(tag)
            for name, tag in {"dev": "3", "stage": "2", "eu": "1", "us": "1"}.items()
        }
    )
    world.ok("promote", "--to", "eu")
    assert world.text("values-us.yaml") == values("1").strip()
    world.ok("promote", "--to", "us")
    assert world.text("values-us.yaml") == values("2").strip()


BRANCHES = """\
version: 1
apps: {shop: {images: [{repository: r.example.com/shop, tag: image.tag}]}}
environments:
  dev: {values: values.yaml, verify_digest: "off"}
  prod: {values: values.yaml, branch: release, from: dev, verify_digest: "off", approval: {approvers: [alice]}}
"""


def test_an_environment_lives_on_another_branch(world: World) -> None:
    world.write({"gitops.yaml": BRANCHES, "values.yaml": values("1")})
    world.write({"values.yaml": "# production\n" + values("1")}, branch="release")
    main, release = (
        world.ok("update", "--env", "dev", "--tag", "2").result["commit"],
        world.head("release"),
    )
    ran = world.refused("plan", "promote", "--to", "prod", code=0)
    assert "# production" in ran.result["diff"]
    ran = world.run("promote", "--to", "prod", "--approved-by", "alice", check=0)
    assert (world.head(), world.head("release")) == (main, ran.result["commit"])
    assert world.git("rev-parse", "release~1") == release
    assert f"Gitops-Policy: {main}" in world.message("release")
    assert world.text("values.yaml", "release") == "# production\n" + values("2").strip()
    assert world.same("promote", "--to", "prod").result["commit"] == ran.result["commit"]
    world.ok("update", "--env", "dev", "--tag", "3")
    world.run("promote", "--to", "prod", "--approved-by", "alice", check=0)
    back = world.run("rollback", "--env", "prod", "--approved-by", "alice", check=0)
    assert back.result["release"]["tag"] == "2"


def test_what_stood_on_another_branch_when_gitops_yaml_came_is_adopted(world: World) -> None:
    config = BRANCHES.replace(
        "dev: {values: values.yaml", "dev: {values: values.yaml, branch: testing"
    )
    world.write({"values.yaml": values("1")}, branch="testing")
    world.write({"values.yaml": values("0")}, branch="release")
    world.write({"gitops.yaml": config.replace("values.yaml", "values.yaml")})
    ran = world.refused("plan", "promote", "--to", "prod", code=0)
    assert ran.gates["order"] == "passed", ran
    world.write({"values.yaml": values("2")}, branch="testing")
    ran = world.refused("plan", "promote", "--to", "prod")
    assert "by hand" in ran.result["message"]


def test_a_missing_branch_of_an_environment_is_named(world: World) -> None:
    world.write({"gitops.yaml": BRANCHES, "values.yaml": values("1")})
    ran = world.refused("promote", "--to", "prod", code=1)
    assert "no branch release" in ran.result["message"]


def test_every_environment_has_its_registry(world: World) -> None:
    config = f"""\
version: 1
apps:
  shop:
    images:
      - repository: {{default: "oci:{world.folder}/test", prod: "oci:{world.folder}/prod"}}
        tag: image.tag
        digest: image.digest
environments:
  dev: {{}}
  prod: {{from: dev}}
"""
    world.write({"gitops.yaml": config})
    digest = world.image("15", registry="test")
    world.ok("update", "--env", "dev", "--tag", "15")
    ran = world.refused("promote", "--to", "prod")
    assert "prod:15 does not exist in its registry" in ran.result["message"]
    assert f"skopeo copy --all oci:{world.folder}/test:15 oci:{world.folder}/prod:15" in ran.out
    world.image("15", "another", registry="prod")
    assert "was overwritten" in world.refused("promote", "--to", "prod").result["message"]
    world.image("15", registry="prod")
    world.ok("promote", "--to", "prod")
    assert f"Gitops-Image: oci:{world.folder}/prod:15@{digest}" in world.trailers()


def test_without_gitops_yaml_the_usual_layout_holds(world: World) -> None:
    registry = f"oci:{world.folder}/registry"
    files: dict[str, str | bytes] = {
        f"values-{name}.yaml": f"image:\n  repository: {registry}\n  tag: '14'\n"
        for name in ("dev", "stage", "prod")
    }
    subprocess.run(
        ["git", "-C", str(world.bare), "update-ref", "-d", "refs/heads/main"], check=True
    )
    world.write({**files, "charts/Chart.yaml": "apiVersion: v2\nname: my-app\nversion: 0.1.0\n"})
    world.image("15")
    world.ok("update", "--env", "dev", "--tag", "15")
    world.ok("promote", "my-app", "--to", "stage")
    assert world.message().startswith("promote(my-app): dev -> stage 15\n")
    ran = world.refused(
        "promote", "--to", "prod", "--requested-by", "carol", "--approved-by", "Carol"
    )
    assert "can't approve it too" in ran.result["message"]
    world.ok("promote", "--to", "prod", "--requested-by", "carol", "--approved-by", "dave")
    world.refused("promote", "other", "--to", "prod", code=2)


@pytest.mark.parametrize(
    "chart", [None, "", "[]", "name: [a]", "name: 5", "- name", "name: {", "name: a b"]
)
def test_without_gitops_yaml_and_a_name_the_name_has_to_be_given(
    world: World, chart: str | None
) -> None:
    subprocess.run(
        ["git", "-C", str(world.bare), "update-ref", "-d", "refs/heads/main"], check=True
    )
    files: dict[str, str | bytes] = {"values-dev.yaml": "image: {tag: '1'}\n"}
    world.write(files if chart is None else {**files, "charts/Chart.yaml": chart})
    ran = world.run("update", "--env", "dev", "--tag", "2")
    assert ran.code in {1, 2}
    if chart in {None, "", "[]", "name: [a]", "- name"}:
        world.ok("update", "shop", "--env", "dev", "--tag", "2")


def test_a_local_configuration_is_for_dry_runs(world: World, tmp_path: Path) -> None:
    local = tmp_path / "local.yaml"
    local.write_text("version: 1\napps: {other: {}}\nenvironments: {dev: {}}\n", encoding="utf-8")
    words = ("update", "other", "--env", "dev", "--tag", "15", "--config", str(local))
    assert world.refused(*words, "--dry-run", code=0).result["apps"][0]["app"] == "other"
    assert world.refused(*words, code=2).result["category"] == "usage"
    world.refused("plan", *words[:-1], str(tmp_path), code=1)
    world.refused("plan", *words[:-1], str(tmp_path / "none"), code=1)
    ran = world.refused("plan", *words[:-1], "/dev/zero", code=1)
    assert "/dev/zero" in ran.result["message"]


HANDMADE = 'image:\n  tag: "99"\n  digest: ""\n'


def test_a_hand_written_value_is_adopted_before_it_goes_on(world: World) -> None:
    world.image("15")
    digest = world.image("99")
    world.ok("update", "--env", "dev", "--tag", "15")
    world.ok("promote", "--to", "stage")
    world.write({"values-stage.yaml": HANDMADE})
    ran = world.refused("promote", "--to", "prod", *APPROVED)
    assert "written into stage by hand" in ran.result["message"]
    assert "gitops-ci adopt shop --env stage" in ran.out
    ran = world.ok("adopt", "shop", "--env", "stage", "--reason", "urgent fix of the weekend")
    assert f'digest: "{digest}"' in world.text("values-stage.yaml")
    assert "Gitops-Reason: urgent fix of the weekend" in world.trailers()
    assert (
        world.same("adopt", "--env", "stage", "--reason", "again").result["commit"]
        == ran.result["commit"]
    )
    world.ok("promote", "--to", "prod", *APPROVED)
    assert 'tag: "99"' in world.text("values-prod.yaml")


def grown(world: World) -> str:
    """Give the repository a history: 14 runs in stage before gitops.yaml is added; return the text
    of that values file.
    """
    subprocess.run(
        ["git", "-C", str(world.bare), "update-ref", "-d", "refs/heads/main"], check=True
    )
    config = f"""\
version: 1
apps: {{shop: {{images: [{{repository: "oci:{world.folder}/registry", tag: image.tag, digest: image.digest}}]}}}}
environments:
  stage: {{}}
  prod: {{from: stage, approval: {{approvers: [alice]}}}}
"""
    stage = f'image:\n  tag: "14"\n  digest: {world.image("14")}\n'
    world.write({"values-stage.yaml": stage, "values-prod.yaml": HANDMADE, "README.md": "0"})
    world.write({"README.md": "1", "gitops.yaml": config})
    world.write({"README.md": "2"})
    return stage


def test_what_was_there_before_gitops_yaml_counts_as_adopted(world: World) -> None:
    grown(world)
    ran = world.ok("promote", "--to", "prod", "--approved-by", "alice")
    assert "since before gitops.yaml" in ran.out


def test_what_comes_back_by_hand_is_not_what_was_there_before_gitops_yaml(world: World) -> None:
    stage = grown(world)
    world.image("15")
    world.ok("update", "--env", "stage", "--tag", "15")
    world.write({"values-stage.yaml": stage})
    ran = world.refused("promote", "--to", "prod", "--approved-by", "alice")
    assert "by hand" in ran.result["message"]


def test_a_release_that_ran_before_the_ledger_began_can_be_chosen_by_its_tag(world: World) -> None:
    grown(world)
    world.image("15")
    world.ok("update", "--env", "stage", "--tag", "15")
    ran = world.ok("promote", "--to", "prod", "--tag", "14", "--approved-by", "alice")
    assert ran.result["release"]["tag"] == "14"


def test_copied_trailers_do_not_count(world: World) -> None:
    for tag in ("15", "16"):
        world.image(tag)
        world.ok("update", "--env", "dev", "--tag", tag)
        world.ok("promote", "--to", "stage")
    claim = world.message()
    old = world.git("show", "main~2:values-stage.yaml") + "\n"
    world.write({"values-stage.yaml": old}, 'Revert "promote"\n\n' + claim)
    ran = world.refused("promote", "--to", "prod", *APPROVED)
    assert "by hand" in ran.result["message"], ran
    world.image("17")
    forged = claim.replace("16", "17")
    world.write({"README.md": "nothing"}, forged)
    ran = world.refused("promote", "--to", "prod", "--tag", "17", *APPROVED)
    assert "17 never ran in stage" in ran.result["message"]
    adopted = claim.replace("Gitops-Operation: promote", "Gitops-Operation: adopt")
    world.write(
        {"values-stage.yaml": HANDMADE}, adopted.replace(":16@", ":99@").replace("16", "99")
    )
    ran = world.refused("promote", "--to", "prod", *APPROVED)
    assert "by hand" in ran.result["message"], ran


def test_promoting_past_an_environment_sees_that_the_release_ran_there(world: World) -> None:
    world.image("15")
    world.ok("update", "--env", "dev", "--tag", "15")
    ran = world.refused("promote", "--to", "prod", "--from", "dev", *APPROVED)
    assert "15 never ran in stage, only in dev" in ran.result["message"]
    world.ok("promote", "--to", "stage")
    ran = world.ok("promote", "--to", "prod", "--from", "dev", *APPROVED)
    assert ran.gates["order"] == "passed"


def test_a_hotfix_is_found_where_it_was_written_by_hand_or_on_another_branch(world: World) -> None:
    world.image("15")
    world.ok("update", "--env", "dev", "--tag", "15")
    world.ok("promote", "--to", "stage")
    world.image("99")
    world.write({"values-dev.yaml": HANDMADE})
    hotfix = (
        "--override",
        "order",
        "--reason",
        "outage",
        "--requested-by",
        "carol",
        "--approved-by",
        "alice",
    )
    ran = world.refused("promote", "--to", "prod", "--tag", "99", *hotfix)
    assert ran.gates == {
        "order": "overridden",
        "digest": "refused",
        "withdrawn": "passed",
        "approval": "passed",
    }
    world.ok("adopt", "--env", "dev", "--reason", "hotfix")
    world.ok("promote", "--to", "prod", "--tag", "99", *hotfix)


def test_a_hotfix_comes_from_a_release_file(world: World) -> None:
    digest = world.image("15")
    release = world.folder / "release.json"
    release.write_text(
        f'{{"schema": 1, "images": [{{"repository": "{world.registry}", "tag": "15", '
        f'"digest": "{digest}"}}]}}'
    )
    words = (
        "promote",
        "--to",
        "prod",
        "--release",
        str(release),
        "--approved-by",
        "alice",
        "--reason",
        "outage",
    )
    ran = world.refused(*words, "--requested-by", "carol")
    assert "15 never ran in stage" in ran.result["message"]
    world.ok(*words, "--requested-by", "carol", "--override", "order")
