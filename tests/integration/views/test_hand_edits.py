"""What was written by hand or forged is shown as that, with who committed it."""

from tests.integration.audit.test_audit import ALICE, deploy
from tests.integration.operation.world import VALUES, World

FILE = "values-prod.yaml"


def by_hand(world: World, tag: str, message: str = "by hand") -> str:
    """Let Mallory commit a tag that Hand wrote; return the commit."""
    world.write({FILE: VALUES.replace('tag: ""', f'tag: "{tag}"')}, message)
    tree, parent = world.git("rev-parse", "main^{tree}", "main~1").split()
    text = (
        f"tree {tree}\nparent {parent}\nauthor Hand <hand@example.com> {world.clock} +0000\n"
        f"committer Mallory <mallory@example.com> {world.clock} +0000\n\n{message}\n"
    )
    commit = world.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=text.encode())
    world.git("update-ref", "refs/heads/main", commit)
    return commit


def test_history_has_who_brought_a_value_in_between(world: World) -> None:
    """Not "15 -> 16" after "17 -> 15": 17 came from somewhere."""
    world.after(deploy, "15")
    commit = by_hand(world, "17")
    deploy(world, "16")
    ran = world.run("history", "shop", "--env", "prod", check=0)
    entries = ran.result["entries"]
    assert [each["operation"] for each in entries] == ["promote", "by hand", "promote"]
    edit = entries[1]
    assert (edit["commit"], edit["author"], edit["committer"], edit["counts"]) == (
        commit,
        "hand@example.com",
        "mallory@example.com",
        False,
    )
    assert [image["tag"] for image in edit["previous"]] == ["15"]
    (line,) = [each for each in ran.out.splitlines() if "by hand" in each]
    assert "15 -> 17" in line
    assert "hand@example.com (committed by mallory@example.com)" in line


def test_history_has_what_stands_there_now(world: World) -> None:
    world.after(deploy, "15")
    by_hand(world, "16")
    by_hand(world, "17")
    entries = world.run("history", "--env", "prod", check=0).result["entries"]
    assert [(each["operation"], each["tag"]) for each in entries] == [
        ("by hand", "17"),
        ("by hand", "16"),
        ("promote", "15"),
    ]


def test_what_no_person_wrote_is_no_hand_edit(world: World) -> None:
    world.after(deploy, "15")
    deploy(world, "16")
    world.ok("rollback", "shop", "--env", "prod", *ALICE)
    world.write({FILE: world.text(FILE).replace("replicas: 2", "replicas: 3") + "\n"})
    entries = world.run("history", "shop", check=0).result["entries"]
    assert "by hand" not in {each["operation"] for each in entries}


def test_a_forged_promotion_is_not_told_as_that_of_whom_it_names(world: World) -> None:
    world.after(deploy, "15")
    commit = by_hand(world, "99", world.message().replace(":15", ":99"))
    ran = world.run("history", "shop", "--env", "prod", check=0)
    entry = ran.result["entries"][0]
    assert (entry["operation"], entry["counts"]) == ("promote", False)
    line = next(each for each in ran.out.splitlines() if "99" in each)
    assert "committed by mallory@example.com" in line
    assert "+alice" not in line
    (standing,) = world.run("status", "shop", "--env", "prod", check=0).result["standings"]
    assert standing["drift"] == (
        "99 was written by hand after promote to 15, by hand@example.com (committed by "
        f"mallory@example.com) (commit {commit[:12]}); its trailers, copied or forged, claim: "
        "promote, approved by alice"
    )


def test_the_report_tells_both(world: World) -> None:
    world.after(deploy, "15")
    by_hand(world, "17")
    deploy(world, "16")
    by_hand(world, "99", world.message().replace(":16", ":99"))
    for number, words in enumerate([(), ("--no-audit",)]):
        folder = world.folder / f"report{number}"
        world.run("report", "--html", str(folder), *words, check=0)
        page = (folder / "apps" / "shop.html").read_text()
        assert page.count("does not count") == 1
        assert page.count("hand@example.com, committed by mallory@example.com") >= 2


def test_a_report_says_that_somebody_answered_for_what_was_done(world: World) -> None:
    world.after(deploy, "15")
    world.image("17")
    world.write({"values-stage.yaml": VALUES.replace('tag: ""', 'tag: "17"')})
    world.run("adopt", "shop", "--env", "stage", "--reason", "urgent", check=0)
    world.run("report", "--html", str(world.folder / "report"), check=0)
    page = (world.folder / "report" / "audit.html").read_text()
    assert "No violation is open. 1 exception below" in page
    assert "Every change came from an operation" not in page
