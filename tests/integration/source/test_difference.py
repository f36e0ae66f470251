"""``diff A B``: what a promotion would bring, in releases, in commits of the source, and around
them.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import repositories
from tests.integration.operation.world import CHAIN, VALUES, Ran, World
from tests.integration.source.checkout import BEGUN, Checkout, build
from tests.repositories import EPOCH, Commit

COMPARE = "https://git.example.com/team/{app}/compare/{from}...{to}"


def diff(world: World, *words: str, code: int = 0) -> Ran:
    return world.refused("diff", *words, code=code)


def app_of(ran: Ran) -> dict[str, Any]:
    (found,) = ran.result["differences"]
    return dict(found)


def tags(ran: Ran) -> list[str]:
    return [release["tag"] for release in app_of(ran)["releases"]]


def to_stage(world: World, *words: str) -> Ran:
    return world.ok("promote", "shop", "--to", "stage", *words)


@pytest.fixture
def apart(world: World, checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> World:
    """Stage runs 14, and dev had 15 and 16 since."""
    checkout.clock = world.after(grow_apart)
    monkeypatch.chdir(world.folder)
    return world


def grow_apart(world: World) -> int:
    """Bring 14 to stage, and 15 and 16 to dev; return the time of the newest commit of the
    source.
    """
    checkout = Checkout(world.folder / "source", BEGUN)
    build(world, "14", checkout.head())
    to_stage(world, "--requested-by", "carol")
    build(world, "15", checkout.commit("b"))
    build(world, "16", checkout.commit("c"))
    return checkout.clock


def test_the_releases_since_are_listed_newest_first_with_all_that_is_known(apart: World) -> None:
    ran = diff(apart, "dev", "stage", "shop")
    assert tags(ran) == ["16", "15"]
    found = app_of(ran)
    assert (found["direction"], found["release"]["tag"], found["previous"]["tag"]) == (
        "forward",
        "16",
        "14",
    )
    newest = found["releases"][0]
    assert newest["images"][0]["digest"].startswith("sha256:")
    assert newest["build_url"] == "https://jenkins.example.com/job/shop/16/"
    assert newest["commit"] == apart.head()
    assert newest["operation"] == "update"
    assert "shop: 14 -> 16" in ran.out
    assert "releases that dev had since 14, newest first:" in ran.out
    assert ran.out.endswith("shop of 1 differs between dev and stage\n")


def test_the_commits_of_the_source_between_them_are_listed(
    apart: World, checkout: Checkout
) -> None:
    ran = diff(apart, "dev", "stage", "--source", str(checkout.folder))
    source = app_of(ran)["source"]
    assert [commit["subject"] for commit in source["commits"]] == ["Change c", "Change b"]
    assert (source["added"], source["removed"]) == (2, 0)
    assert "source: 2 commits from" in ran.out
    assert "Dave: Change c" in ran.out


def test_merges_are_marked_and_many_commits_counted(world: World, checkout: Checkout) -> None:
    build(world, "14", checkout.head())
    to_stage(world)
    checkout.git("checkout", "--quiet", "-b", "topic")
    topic = "refs/heads/topic"
    with repositories.importing(checkout.folder) as stream:
        stream.reset(topic, f"{topic}^0")
        for number in range(250):
            stream.commit(
                Commit(files={}, message="work", reference=topic, when=EPOCH + 1_000 + number)
            )
    checkout.git("checkout", "--quiet", "main")
    checkout.clock += 10_000
    build(world, "15", checkout.merge("topic"))
    ran = diff(world, "dev", "stage", "--source", str(checkout.folder))
    source = app_of(ran)["source"]
    assert (source["added"], len(source["commits"])) == (251, 200)
    assert source["commits"][0]["merge"]
    assert "Dave: Merge topic (merge)" in ran.out
    assert "... and 51 more" in ran.out


def test_without_the_source_the_page_that_compares_is_linked(
    apart: World, checkout: Checkout, tmp_path: Path
) -> None:
    config = (CHAIN % {"registry": apart.registry}).replace(
        'path: ".",', f'path: ".", compare: "{COMPARE}",'
    )
    apart.write({"gitops.yaml": config}, "compare")
    old, new = checkout.git("rev-parse", "main~2"), checkout.head()
    ran = diff(apart, "dev", "stage")
    assert (
        app_of(ran)["source"]["link"] == f"https://git.example.com/team/shop/compare/{old}...{new}"
    )
    assert "the source repository is not at hand" in ran.out
    shallow = tmp_path / "shallow"
    subprocess.run(
        ["git", "clone", "--quiet", "--depth=1", f"file://{checkout.folder}", str(shallow)],
        check=True,
    )
    ran = diff(apart, "dev", "stage", "--source", str(shallow))
    assert "the source repository here does not have both revisions" in ran.out
    assert app_of(ran)["source"]["link"].endswith(f"{old}...{new}")


def test_a_second_environment_that_is_ahead_is_said_to_be(apart: World, checkout: Checkout) -> None:
    ran = diff(apart, "stage", "dev", "--source", str(checkout.folder))
    assert app_of(ran)["direction"] == "backward"
    assert tags(ran) == ["16", "15"]
    assert "dev is ahead: a promotion would take it back from 16 to 14" in ran.out
    assert "source: takes 2 commits away" in ran.out


def test_equal_environments_have_nothing_to_show(world: World, checkout: Checkout) -> None:
    build(world, "14", checkout.head())
    to_stage(world)
    ran = diff(world, "dev", "stage")
    assert app_of(ran)["direction"] == "same"
    assert "dev and stage run the same releases" in ran.out


def test_nothing_anywhere_and_a_hand_written_value_are_told(
    world: World, checkout: Checkout
) -> None:
    assert app_of(diff(world, "dev", "stage"))["direction"] == "empty"
    world.write({"values-dev.yaml": VALUES.replace('tag: ""', 'tag: "99"')}, "by hand")
    ran = diff(world, "dev", "stage")
    assert "nothing -> 99" in ran.out
    assert "99  written by hand: no operation brought it" in ran.out
    assert "the source revision of nothing and 99 is not known" in ran.out


def test_a_release_that_never_ran_in_the_first_environment_is_apart(apart: World) -> None:
    apart.image("20")
    apart.ok(
        "promote",
        "shop",
        "--from",
        "dev",
        "--to",
        "prod",
        "--override",
        "order",
        "--requested-by",
        "carol",
        "--reason",
        "fix",
        "--approved-by",
        "alice",
    )
    ran = diff(apart, "stage", "prod")
    assert app_of(ran)["direction"] == "apart"
    assert "16 -> 14; 16 never ran in stage" in ran.out


def test_results_of_checks_stand_beside_the_release(apart: World) -> None:
    commit = apart.head()
    digest = app_of(diff(apart, "dev", "stage"))["releases"][0]["images"][0]["digest"]
    line = {
        "application": "shop",
        "environment": "dev",
        "tag": "16",
        "digest": digest,
        "name": "integration",
        "result": "failed",
        "when": "2026-11-24T10:00:00Z",
    }
    apart.git(
        "-c",
        "user.name=T",
        "-c",
        "user.email=t@example.com",
        "notes",
        "--ref=gitops-ci",
        "add",
        "-m",
        json.dumps(line),
        commit,
    )
    ran = diff(apart, "dev", "stage")
    assert app_of(ran)["releases"][0]["checks"] == [
        {"name": "integration", "passed": False, "url": None}
    ]
    assert "checks: integration FAILED" in ran.out


def test_a_chart_that_reached_the_environment_unpromoted_is_listed_with_its_commits(
    apart: World,
) -> None:
    one = apart.write(
        {"charts/templates/app.yaml": "kind: Deployment\n", "README.md": "no chart\n"},
        "Add a template\n\nbody",
    )
    two = apart.write({"charts/templates/app.yaml": "kind: StatefulSet\n"}, "Change the kind")
    apart.write({"charts/passing.yaml": "x\n"}, "Add for a moment")
    apart.write({}, "Take back", gone=("charts/passing.yaml",))
    found = app_of(ran := diff(apart, "dev", "stage"))["chart_unpromoted"]
    assert [(touch["commit"], touch["subject"]) for touch in found] == [
        (two, "Change the kind"),
        (one, "Add a template"),
    ]
    assert all(touch["paths"] == ["charts/templates/app.yaml"] for touch in found)
    assert (
        "changes of the chart since 14 came to stage, which reached it without a promotion:"
        in ran.out
    )


def test_values_that_no_promotion_brings_are_listed_and_releases_are_not(apart: World) -> None:
    before = apart.text("values-dev.yaml")
    edit = apart.write(
        {"values-dev.yaml": before.replace("replicas: 2", "replicas: 3") + "\n"}, "More replicas"
    )
    found = app_of(ran := diff(apart, "dev", "stage"))
    assert [(touch["commit"], touch["paths"]) for touch in found["values_by_hand"]] == [
        (edit, ["values-dev.yaml"])
    ]
    assert found["chart_unpromoted"] == []
    assert "other changes of the values files since then, which no promotion brings:" in ran.out


def test_between_branches_it_shows_what_the_promotion_carries(
    world: World, checkout: Checkout
) -> None:
    config = (CHAIN % {"registry": world.registry}).replace(
        "values-stage.yaml,", "values-stage.yaml, branch: release,"
    )
    world.write({"gitops.yaml": config, "charts/Chart.yaml": "name: shop\n"}, "branches")
    world.git("branch", "release", "main")
    build(world, "14", checkout.head())
    world.write({"charts/Chart.yaml": "name: shop\nversion: 2\n"}, "a new chart")
    build(world, "15", checkout.commit("b"))
    ran = diff(world, "dev", "stage")
    carried = app_of(ran)["chart_carried"]
    assert [each["path"] for each in carried["carried"]] == ["charts"]
    assert "the promotion carries the chart of main at" in ran.out


def test_every_application_is_shown_unless_some_are_named(world: World, checkout: Checkout) -> None:
    config = (CHAIN % {"registry": world.registry}).replace(
        "environments:", '  "*": {path: "apps/{app}", images: [{tag: image.tag}]}\nenvironments:'
    )
    files: dict[str, str | bytes] = {
        f"apps/cart/values-{env}.yaml": 'image: {tag: "1"}\n' for env in ("dev", "stage", "prod")
    }
    world.write({"gitops.yaml": config, **files}, "two")
    build(world, "15", checkout.head())
    assert [app["app"] for app in diff(world, "dev", "stage").result["differences"]] == [
        "shop",
        "cart",
    ]
    assert [app["app"] for app in diff(world, "dev", "stage", "cart").result["differences"]] == [
        "cart"
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("dev",), "Missing argument"),
        (("dev", "dev"), "dev twice: nothing to compare"),
        (("dev", "stag"), "did you mean stage?"),
        (("\x1b[31m", "stage"), "not the name of an environment"),
        (("dev", "stage", "--source", "/nowhere"), "there is no folder /nowhere"),
        (("dev", "stage", "../shop"), "not the name of an application"),
    ],
)
def test_what_does_not_exist_is_refused_in_words(
    apart: World, words: tuple[str, ...], said: str
) -> None:
    ran = apart.run("diff", *words)
    assert ran.code in {1, 2}
    assert said in ran.err
    assert "\x1b" not in ran.err


def test_hostile_words_of_commits_are_shown_and_nothing_more(
    apart: World, checkout: Checkout
) -> None:
    checkout.git("checkout", "--quiet", "main")
    subject = "x\x1b[31m | `a` <script> @all [l](http://x) \u202e"
    checkout.git(
        "-c", "user.name=\x1b]0;evil\x07", "commit", "--quiet", "--allow-empty", "-m", subject
    )
    build(apart, "17", checkout.head())
    for output in ("text", "markdown", "json"):
        ran = diff(apart, "dev", "stage", "--source", str(checkout.folder), "--output", output)
        assert "\x1b" not in ran.out
        assert "\x07" not in ran.out
        assert "\u202e" not in ran.out
    markdown = diff(
        apart, "dev", "stage", "--source", str(checkout.folder), "--output", "markdown"
    ).out
    row = next(line for line in markdown.splitlines() if "script" in line)
    assert "``x" in row
    assert r"\|" in row
    assert row.count("``") == 2


def test_the_number_of_requests_does_not_grow_with_the_applications(
    world: World, checkout: Checkout
) -> None:
    config = (
        'version: 1\napps: {"*": {path: "apps/{app}"}}\nenvironments: {dev: {verify_digest: '
        '"off"}, stage: {from: dev}}\n'
    )
    names = [f"app-{number:02}" for number in range(12)]
    world.write(
        {
            f"apps/{name}/values-{env}.yaml": 'image: {tag: "1"}\n'
            for name in names
            for env in ("dev", "stage")
        },
        "many",
    )
    world.write({"gitops.yaml": config})
    for tag in ("2", "3"):
        for name in names:
            world.ok("update", name, "--env", "dev", "--tag", tag)
    world.write({f"apps/{name}/chart.yaml": "x" for name in names}, "charts")

    def requests(*apps: str) -> int:
        ran = world.run("--verbose", "diff", "dev", "stage", *apps, check=0)
        assert len(ran.result["differences"]) == (len(apps) or len(names))
        return ran.err.count("git fetch")

    assert requests() <= requests(names[0]) + 2


def test_a_change_of_the_chart_before_a_merged_promotion_is_not_counted(
    world: World, checkout: Checkout
) -> None:
    build(world, "14", checkout.head())
    base = world.head()
    world.ok("promote", "shop", "--to", "stage")
    world.git("branch", "proposal")
    world.git("update-ref", "refs/heads/main", base)
    world.write({"charts/a.yaml": "before\n"}, "Before the merge")
    tree = merged_tree(
        world, {"values-stage.yaml": world.git("show", "proposal:values-stage.yaml") + "\n"}
    )
    merge = world.git(
        "-c",
        "user.name=M",
        "-c",
        "user.email=m@example.com",
        "commit-tree",
        tree,
        "-p",
        "main",
        "-p",
        "proposal",
        "-m",
        "Merge",
    )
    world.git("update-ref", "refs/heads/main", merge)
    after_merge = world.write({"charts/b.yaml": "after\n"}, "After the merge")
    found = app_of(diff(world, "dev", "stage"))
    assert [(touch["commit"], touch["paths"]) for touch in found["chart_unpromoted"]] == [
        (after_merge, ["charts/b.yaml"])
    ]


def merged_tree(world: World, files: dict[str, str]) -> str:
    """Return the tree of main with other contents of some files."""
    listing = world.git("ls-tree", "main").splitlines()
    for path, text in files.items():
        blob = world.git("hash-object", "-w", "--stdin", stdin=text.encode())
        listing = [line for line in listing if not line.endswith(f"\t{path}")] + [
            f"100644 blob {blob}\t{path}"
        ]
    return world.git("mktree", stdin="".join(f"{line}\n" for line in listing).encode())


def test_a_values_file_that_cannot_be_read_is_left_out_unless_it_was_asked_for(
    world: World,
) -> None:
    config = (
        'version: 1\napps: {"*": {path: "apps/{app}"}}\nenvironments: {dev: {}, stage: {from: '
        "dev}}\n"
    )
    good = 'image: {tag: "1"}\n'
    files = {
        f"apps/{name}/values-{env}.yaml": good
        for name in ("cart", "odd", "half")
        for env in ("dev", "stage")
    }
    world.write({"gitops.yaml": config, **files}, "three")
    world.write(
        {"apps/odd/values-stage.yaml": "image: ["}, "broken", gone=("apps/half/values-stage.yaml",)
    )
    ran = diff(world, "dev", "stage")
    assert [app["app"] for app in ran.result["differences"]] == ["cart"]
    assert "warning: odd left out:" in ran.out
    assert "warning: half left out: there is no apps/half/values-stage.yaml" in ran.out
    assert "odd can't be compared:" in diff(world, "dev", "stage", "odd", code=1).err
