"""Commits that claim operations: what is left out, made up, or not done is caught."""

from tests.integration.attacks.attacked import FILE, AttackedRepository
from tests.integration.audit.test_audit import audit
from tests.integration.audit.test_merges import commit_of, on_release
from tests.integration.operation.world import World


def claim(attacked: AttackedRepository, **trailers: str) -> str:
    """Return the message of a promotion to production with some trailers beside its usual ones; of
    what is empty there is none.
    """
    lines = {"Operation": "promote", "App": "shop", "Environment": "prod", "From": "stage"}
    lines |= {"Image": image(attacked), "Plan": f"2:{'0' * 64}", "Policy": attacked.world.head()}
    lines |= {"Requested-By": "carol", "Approved-By": "alice"} | trailers
    text = "".join(f"Gitops-{name}: {value}\n" for name, value in lines.items() if value)
    return f"promote(shop): stage -> prod 16\n\n{text}"


def image(attacked: AttackedRepository) -> str:
    """Return the image that the newest operation names."""
    return attacked.git(
        "log", "-1", "--format=%(trailers:key=Gitops-Image,valueonly)", attacked.head
    )


def test_a_promotion_without_its_plan_is_caught(attacked: AttackedRepository) -> None:
    """Nothing could be held against it."""
    attacked.deploy("16", to="stage")
    files = {FILE: attacked.text("values-stage.yaml")}
    commit = attacked.commit(files, claim(attacked, Plan=""))
    attacked.is_caught(commit, "missing-trailers", "has no Gitops-Plan")


def test_rules_that_nobody_has_are_caught(attacked: AttackedRepository) -> None:
    """The commit whose gitops.yaml is named is in no history."""
    attacked.deploy("16", to="stage")
    files = {FILE: attacked.text("values-stage.yaml")}
    commit = attacked.commit(files, claim(attacked, Policy="a" * 40))
    attacked.is_caught(commit, "old-policy", "is not in the history of main")


def test_a_claim_of_what_stands_there_already_is_caught(attacked: AttackedRepository) -> None:
    """An empty commit that would be the newest record of production."""
    commit = attacked.commit({}, claim(attacked))
    attacked.is_caught(commit, "forged", "it changes nothing there")


def carried(world: World, chart: str) -> str:
    """Bring 16 to the release branch with a chart; return the commit that the chart is from."""
    world.write({"charts/Chart.yaml": chart})
    world.image("16")
    world.ok("update", "shop", "--env", "dev", "--tag", "16")
    world.run("promote", "shop", "--to", "stage", check=0)
    return world.head()


def test_a_chart_that_is_not_the_one_of_its_commit_is_found(world: World) -> None:
    """All else is as the program would do it with that chart, the id of the plan too."""
    world.after(on_release)
    main, release = world.head(), world.head("release")
    evil = carried(world, "name: evil\n")
    tree, words = world.git("rev-parse", "release^{tree}"), world.message("release")
    world.git("update-ref", "refs/heads/main", main)
    world.git("update-ref", "refs/heads/release", release)
    honest = carried(world, "name: shop\nversion: 2\n")
    forged = commit_of(world, tree, release, message=words.replace(evil, honest))
    world.git("update-ref", "refs/heads/release", forged)
    found = audit(world, code=3)["findings"]
    messages = [each["message"] for each in found if each["severity"] == "violation"]
    assert messages == [f"charts of its chart is not what commit {honest[:12]} has"]
