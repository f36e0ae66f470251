"""Records of the form before, of this version's, and of a later one, at the places where they
meet.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from gitops_ci.core import ledger, plan_id
from gitops_ci.core.config import reader
from gitops_ci.core.release_values import edits_for, read_release
from gitops_ci.model.operation import Change, Record
from tests.integration.audit.test_server_hook import guarded
from tests.integration.operation.test_merges import TAGS
from tests.integration.operation.world import World, make_world
from tests.servers.git_http import GitHttp

CONFIG = """\
version: 1
apps: {"*": {path: "apps/{app}", images: [{repository: "r.example.com/{app}", tag: image.tag}]}}
environments:
  dev: {verify_digest: "off"}
  prod: {from: dev, verify_digest: "off", approval: {approvers: [alice]}}
"""
APPS = ("shop", "cart")
BY_ALICE = ("--approved-by", "alice", "--requested-by", "carol")
_PLAN = re.compile("Gitops-Plan: .*")


@pytest.fixture
def begun(world: World) -> World:
    """Two applications, of which 15 runs in dev, and nobody has promoted anything."""
    world.after(begin)
    return world


def begin(world: World) -> None:
    files: dict[str, str | bytes] = {
        f"apps/{app}/values-{env}.yaml": TAGS % "13" for app in APPS for env in ("dev", "prod")
    }
    world.write(files)
    world.write({"gitops.yaml": CONFIG})
    for app in APPS:
        world.run("update", app, "--env", "dev", "--tag", "15", check=0)


def file(app: str, env: str = "prod") -> str:
    return f"apps/{app}/values-{env}.yaml"


def promote(world: World, *apps: str) -> str:
    return str(world.ok("promote", *apps, "--to", "prod", *BY_ALICE).result["commit"])


def as_older(world: World) -> str:
    """Make the newest commit as version 0.1 would have made it."""
    config = reader.read(world.text("gitops.yaml").encode())
    made = [_change(world, config.app(each.app), each) for each in recorded(world)]
    (operation,) = {each.operation for each in recorded(world)}
    name = plan_id.first_identity(operation, (), made[0].environment, made)
    return written_again(world, name)


def recorded(world: World) -> Sequence[Record]:
    return ledger.records(world.head(), ("parent",), 0, world.message())


def _change(world: World, app: object, record: Record) -> Change:
    config = reader.read(world.text("gitops.yaml").encode())
    found = config.app(record.app)
    assert found
    environment = config.environments[record.environment]
    path = config.values_file(found, environment)
    data = world.git("show", f"main~1:{path}").encode() + b"\n"
    before = read_release(data, found, environment.name, path)
    edits = edits_for(data, found, record.release, branch="main", file=path)
    return Change(found, environment, "main", path, before, record.release, edits, None)


def written_again(world: World, plan: str, *parents: str) -> str:
    """Replace the newest commit by one with another plan id."""
    message = _PLAN.sub(f"Gitops-Plan: {plan}", world.message())
    onto = [word for each in parents or ("main~1",) for word in ("-p", each)]
    commit = world.git("commit-tree", "main^{tree}", *onto, "-F", "-", stdin=message.encode())
    world.git("update-ref", "refs/heads/main", commit)
    return commit


def violations(world: World) -> list[tuple[str, str, str]]:
    found = world.run("audit").result["findings"]
    return [
        (each["kind"], each["app"], each["remedy"])
        for each in found
        if each["severity"] == "violation"
    ]


def test_older_records_hold_and_newer_ones_follow_them(begun: World) -> None:
    promote(begun, "shop")
    as_older(begun)
    assert violations(begun) == []
    begun.ok("update", "shop", "--env", "dev", "--tag", "16")
    promote(begun, "shop")
    assert violations(begun) == []


def test_an_older_record_after_a_newer_one_is_found_at_its_own_place_alone(begun: World) -> None:
    promote(begun, "shop")
    promote(begun, "cart")
    as_older(begun)
    assert violations(begun) == [], "the team of cart has older agents, and shop has not"
    begun.ok("update", "shop", "--env", "dev", "--tag", "16")
    promote(begun, "shop")
    as_older(begun)
    ((kind, app, remedy),) = violations(begun)
    assert (kind, app) == ("old-form", "shop")
    assert "update the gitops-ci that made it" in remedy
    begun.ok("update", "shop", "--env", "dev", "--tag", "17")
    promote(begun, "shop")
    assert [kind for kind, _, _ in violations(begun)] == ["old-form"]


def test_nothing_is_built_on_an_older_record_after_a_newer_one(begun: World) -> None:
    """The rollback goes past it, as the audit does: it was never taken."""
    promote(begun, "shop")
    begun.ok("update", "shop", "--env", "dev", "--tag", "16")
    as_older(begun)
    assert violations(begun)[0][0] == "old-form"
    ran = begun.refused("promote", "shop", "--to", "prod", *BY_ALICE)
    assert "16" in ran.result["message"]


def test_an_older_proposal_that_is_merged_late_is_found(begun: World) -> None:
    """It was honest when it was made; the rollback of a newer version came first."""
    base = begun.head()
    promote(begun, "shop")
    proposal = as_older(begun)
    begun.git("update-ref", "refs/heads/main", base)
    begun.ok("adopt", "shop", "--env", "prod", "--reason", "ours", *BY_ALICE)
    merge = begun.git(
        "commit-tree", f"{proposal}^{{tree}}", "-p", begun.head(), "-p", proposal, "-m", "Merge"
    )
    begun.git("update-ref", "refs/heads/main", merge)
    ((kind, app, remedy),) = violations(begun)
    assert (kind, app) == ("old-form", "shop")
    assert remedy.startswith("propose it again")


def test_a_proposal_whose_place_moved_meanwhile_is_another_plan(begun: World) -> None:
    base = begun.head()
    proposal = promote(begun, "shop")
    begun.git("update-ref", "refs/heads/main", base)
    begun.ok("adopt", "shop", "--env", "prod", "--reason", "ours", *BY_ALICE)
    merge = begun.git(
        "commit-tree", f"{proposal}^{{tree}}", "-p", begun.head(), "-p", proposal, "-m", "Merge"
    )
    begun.git("update-ref", "refs/heads/main", merge)
    ((kind, app, remedy),) = violations(begun)
    assert (kind, app) == ("outdated-plan", "shop")
    assert remedy.startswith("propose it again")


def test_a_record_of_a_form_that_is_not_known_is_found(begun: World) -> None:
    known = str(begun.run("plan", "promote", "shop", "--to", "prod").result["plan_id"])
    promote(begun, "shop")
    written_again(begun, f"3:{known}")
    ((kind, app, remedy),) = violations(begun)
    assert (kind, app) == ("newer-form", "shop")
    assert "update the gitops-ci that judges" in remedy


def test_a_record_before_the_rules_is_the_one_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A repository without gitops.yaml has records too, and plans name them after it was added."""
    values = "image:\n  repository: r.example.com/shop\n  tag: '13'\n  digest: ''\n"
    files: dict[str, str | bytes] = {
        f"values-{env}.yaml": values for env in ("dev", "stage", "prod")
    }
    world = make_world(tmp_path, capsys, files | {"charts/Chart.yaml": "name: shop\n"})
    for tag in ("15", "16"):
        image = f"r.example.com/shop:{tag}@sha256:{tag * 32}"
        world.ok("update", "--env", "dev", "--image", image)
    single = CONFIG.replace('"*": {path: "apps/{app}"', 'shop: {path: "."').replace("{app}", "shop")
    world.write(
        {"gitops.yaml": single.replace("dev: {", "dev: {approval: {approvers: [alice]}, ", 1)}
    )
    for tag in ("17", "18"):
        image = f"r.example.com/shop:{tag}@sha256:{tag * 32}"
        world.ok("update", "shop", "--env", "dev", "--image", image, *BY_ALICE)
    assert violations(world) == []


@pytest.mark.parametrize("moved", ["the file", "the keys"])
def test_a_place_that_moved_is_found_as_commands_find_it(begun: World, moved: str) -> None:
    """Records before it wrote another file, or other keys: nothing shows that they deployed what
    stands there.
    """
    promote(begun, "shop")
    config = begun.text("gitops.yaml")
    path, text = file("shop"), begun.text(file("shop"))
    if moved == "the file":
        config = config.replace("prod: {", 'prod: {values: "production.yaml", ')
        files = {
            each.replace("values-prod", "production"): begun.text(each)
            for each in (file("shop"), file("cart"))
        }
        begun.write({"gitops.yaml": config, **files}, gone=(file("shop"), file("cart")))
    else:
        config = config.replace("image.tag", "app.tag")
        names = [file(app, env) for app in APPS for env in ("dev", "prod")]
        begun.write(
            {
                "gitops.yaml": config,
                **{each: begun.text(each).replace("image:", "app:") for each in names},
            }
        )
    before = violations(begun)
    begun.ok("update", "shop", "--env", "dev", "--tag", "16")
    promote(begun, "shop")
    assert violations(begun) == before, (path, text)


def test_the_hook_refuses_older_records_where_newer_ones_are(
    begun: World, before_the_world: GitHttp
) -> None:
    promote(begun, "shop")
    begun.ok("update", "shop", "--env", "dev", "--tag", "16")
    base = begun.head()
    promote(begun, "shop")
    older = as_older(begun)
    begun.git("update-ref", "refs/heads/older", older)
    newer = written_again(begun, "3:" + "ab" * 32)
    begun.git("update-ref", "refs/heads/newer", newer)
    begun.git("update-ref", "refs/heads/main", base)
    server = guarded(begun, before_the_world)
    words = server.push("origin/older:main")
    assert "NO   old-form" in words
    assert "update the gitops-ci that made it" in words
    assert "made by a newer version than gitops-ci" in server.push("origin/newer:main")


@pytest.mark.parametrize("how", ["a merge", "a pull"])
def test_a_batch_that_came_with_a_merge_is_whole(begun: World, how: str) -> None:
    """Each application is judged with the others, as they were before it."""
    base = begun.head()
    promote(begun, *APPS)
    begun.ok(
        "update",
        "shop",
        "cart",
        "--env",
        "dev",
        "--image",
        "r.example.com/shop:16",
        "--image",
        "r.example.com/cart:16",
    )
    done = promote(begun, *APPS)
    both = begun.write({"README.md": "mine"})
    begun.git("update-ref", "refs/heads/main", base)
    mine = begun.write({"README.md": "mine"})
    parents = (mine, done) if how == "a pull" else (done, mine)
    onto = [word for each in parents for word in ("-p", each)]
    merge = begun.git("commit-tree", f"{both}^{{tree}}", *onto, "-m", "Merge")
    begun.git("update-ref", "refs/heads/main", merge)
    assert violations(begun) == []
