"""``promote --revision``: the release that was built from a source revision, or nothing."""

import subprocess
from pathlib import Path

import pytest

from tests.integration.operation.world import Ran, World
from tests.integration.source.checkout import Checkout, build, make_checkout


def promote(
    world: World, revision: str, source: Checkout | Path, *words: str, to: str = "stage"
) -> tuple[str, ...]:
    folder = source.folder if isinstance(source, Checkout) else source
    return ("promote", "shop", "--to", to, "--revision", revision, "--source", str(folder), *words)


def tag_of(ran: Ran) -> str:
    return str(ran.result["release"]["tag"])


def test_the_release_that_was_built_from_the_revision_goes_on_also_when_a_newer_one_runs(
    world: World, checkout: Checkout
) -> None:
    build(world, "15", first := checkout.head())
    build(world, "16", checkout.commit("b"))
    ran = world.ok(*promote(world, first, checkout))
    assert tag_of(ran) == "15"
    assert f"Gitops-Source-Revision: {first}" in world.trailers()


def test_a_full_revision_needs_no_source_repository(
    world: World, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(world, "15", revision := checkout.head())
    monkeypatch.chdir(world.folder)
    assert tag_of(world.ok("promote", "shop", "--to", "stage", "--revision", revision)) == "15"


def test_a_fast_forward_is_the_same_revision(world: World, checkout: Checkout) -> None:
    checkout.git("branch", "release")
    build(world, "15", checkout.commit("b"))
    checkout.git("checkout", "--quiet", "release")
    checkout.git("merge", "--quiet", "--ff-only", "main")
    assert tag_of(world.ok(*promote(world, "release", checkout))) == "15"


def test_a_merge_that_adds_nothing_counts_as_its_parent(world: World, checkout: Checkout) -> None:
    checkout.git("branch", "release")
    build(world, "15", checkout.commit("b"))
    checkout.git("checkout", "--quiet", "release")
    assert tag_of(world.ok(*promote(world, checkout.merge("main"), checkout))) == "15"


def test_a_merge_that_adds_something_was_never_built(world: World, checkout: Checkout) -> None:
    checkout.git("branch", "release")
    build(world, "15", revision := checkout.commit("b"))
    checkout.git("checkout", "--quiet", "release")
    checkout.commit("only-on-release")
    ran = world.refused(*promote(world, checkout.merge("main"), checkout))
    assert (
        f"it is a merge that differs from its parent {revision[:12]}, of which 15 was built"
        in ran.err
    )


def test_an_octopus_counts_as_the_parent_whose_files_it_has(
    world: World, checkout: Checkout
) -> None:
    for name in ("one", "two"):
        checkout.git("checkout", "--quiet", "-b", name, "main")
        checkout.git("commit", "--quiet", "--allow-empty", "--message", f"Nothing in {name}")
    checkout.git("checkout", "--quiet", "-b", "full", "main")
    build(world, "15", checkout.commit("b"))
    checkout.git("checkout", "--quiet", "-b", "release", "main")
    octopus = checkout.merge("one", "two", "full")
    assert checkout.git("rev-list", "--parents", "-1", octopus).count(" ") >= 3
    assert tag_of(world.ok(*promote(world, octopus, checkout))) == "15"


def test_an_annotated_tag_is_peeled_by_name_and_by_its_own_id(
    world: World, checkout: Checkout
) -> None:
    build(world, "15", checkout.commit("b"))
    checkout.git("tag", "-a", "v1.0", "-m", "version 1")
    checkout.git("tag", "-a", "of-a-tag", "-m", "a tag of a tag", "v1.0")
    assert tag_of(world.ok(*promote(world, "v1.0", checkout))) == "15"
    assert world.same(*promote(world, "of-a-tag", checkout)).code == 0
    assert world.same(*promote(world, checkout.git("rev-parse", "v1.0"), checkout)).code == 0


@pytest.mark.parametrize("how", ["squash", "cherry-pick", "empty"])
def test_the_same_files_without_a_merge_are_not_certain(
    world: World, checkout: Checkout, how: str
) -> None:
    checkout.git("branch", "release")
    build(world, "15", revision := checkout.commit("b"))
    checkout.git("checkout", "--quiet", "main" if how == "empty" else "release")
    if how == "squash":
        checkout.git("merge", "--quiet", "--squash", "main")
    if how == "cherry-pick":
        checkout.git("cherry-pick", "main")
    else:
        checkout.git("commit", "--quiet", "--allow-empty", "--message", "All of main")
    ran = world.refused(*promote(world, checkout.head(), checkout))
    assert (
        f"it has the files of {revision[:12]}, of which 15 was built, but is no merge of it"
        in ran.err
    )
    assert "--tag 15" in ran.err


def test_of_several_builds_of_one_revision_the_one_that_runs_is_meant(
    world: World, checkout: Checkout
) -> None:
    build(world, "15", revision := checkout.head())
    build(world, "16", revision)
    assert tag_of(world.ok(*promote(world, revision, checkout))) == "16"


def test_several_builds_of_one_revision_of_which_none_runs_are_refused_with_their_list(
    world: World, checkout: Checkout
) -> None:
    build(world, "15", revision := checkout.head())
    build(world, "16", revision)
    build(world, "17", checkout.commit("b"))
    ran = world.refused(*promote(world, revision, checkout))
    assert (
        f"2 releases of shop were built from {revision[:12]}, none runs in dev now: 16 (commit "
        in ran.err
    )
    assert "; 15 (commit " in ran.err
    assert ran.result["gates"][0]["gate"] == "order"


def test_a_merge_of_two_built_revisions_with_the_same_files_is_refused(
    world: World, checkout: Checkout
) -> None:
    checkout.git("branch", "release")
    build(world, "15", checkout.commit("b"))
    checkout.git("checkout", "--quiet", "release")
    checkout.git("cherry-pick", "main")
    build(world, "16", checkout.head())
    checkout.git("checkout", "--quiet", "main")
    merge = checkout.merge("release")
    build(world, "17", checkout.commit("c"))
    assert (
        "2 releases of shop were built from" in world.refused(*promote(world, merge, checkout)).err
    )


def test_a_shallow_clone_without_the_parents_is_refused_until_more_is_fetched(
    world: World, checkout: Checkout
) -> None:
    checkout.git("branch", "release")
    build(world, "15", checkout.commit("b"))
    checkout.git("checkout", "--quiet", "release")
    merge = checkout.merge("main")
    shallow = world.folder / "shallow"
    url = f"file://{checkout.folder}"
    subprocess.run(
        ["git", "clone", "--quiet", "--depth=1", "--branch=release", url, str(shallow)], check=True
    )
    ran = world.refused(*promote(world, merge, shallow))
    assert "this clone of the source is shallow" in ran.err
    assert "git fetch --deepen=1" in ran.err
    subprocess.run(["git", "-C", str(shallow), "fetch", "--quiet", "--deepen=1"], check=True)
    assert tag_of(world.ok(*promote(world, merge, shallow))) == "15"


def test_a_revision_that_nothing_was_built_from_is_refused(
    world: World, checkout: Checkout
) -> None:
    build(world, "15", checkout.head())
    revision = checkout.commit("b")
    ran = world.refused(*promote(world, revision, checkout))
    assert f"no release of shop that was built from {revision[:12]} ran in dev" in ran.err
    assert "build it where builds arrive (dev)" in ran.err


def test_what_ran_only_before_the_source_environment_is_refused_by_the_order(
    world: World, checkout: Checkout
) -> None:
    build(world, "15", revision := checkout.head())
    ran = world.refused(*promote(world, revision, checkout, "--approved-by", "alice", to="prod"))
    assert "15 never ran in stage, only in dev" in ran.out


def test_the_source_need_not_know_the_revision_where_it_was_built(
    world: World, checkout: Checkout
) -> None:
    build(world, "15", checkout.head())
    other = make_checkout(world.folder / "other")
    ran = world.refused(*promote(world, "f" * 40, other))
    assert "it is not in the source repository here" in ran.err


def test_a_source_with_sha256_ids_works_the_same(world: World, tmp_path: Path) -> None:
    checkout = make_checkout(tmp_path / "long", "--object-format=sha256")
    checkout.git("branch", "release")
    build(world, "15", checkout.commit("b"))
    checkout.git("checkout", "--quiet", "release")
    assert tag_of(world.ok(*promote(world, checkout.merge("main"), checkout))) == "15"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--tag", "15"), "either --revision or --tag"),
        (("--commit", "a" * 12), "either --revision or --tag"),
    ],
)
def test_one_word_for_the_release_is_enough(
    world: World, checkout: Checkout, words: tuple[str, ...], said: str
) -> None:
    build(world, "15", checkout.head())
    assert said in world.refused(*promote(world, checkout.head(), checkout, *words), code=2).err


@pytest.mark.parametrize(
    "revision", ["--all", "nobody", "a b", "HEAD~1", "main^{/x}", "\x1b[31m", "../x", "abcdef0", ""]
)
def test_words_that_are_no_revision_are_a_usage_error(
    world: World, checkout: Checkout, revision: str
) -> None:
    build(world, "15", checkout.head())
    ran = world.refused(
        "promote",
        "shop",
        "--to",
        "stage",
        f"--revision={revision}",
        "--source",
        str(checkout.folder),
        code=2,
    )
    assert "\x1b" not in ran.err
