"""Merges, squashes, several applications, other branches, ranges and servers."""

import subprocess
from pathlib import Path

import pytest

from tests.integration.audit.test_audit import ALICE, audit, deploy, findings
from tests.integration.operation.world import VALUES, World
from tests.realparts import need
from tests.servers import git_http

BOTH = """\
version: 1
apps:
  "*": {path: "apps/{app}", images: [{repository: "%(registry)s", tag: image.tag, digest: image.digest}]}
environments:
  dev: {}
  stage: {from: dev}
  prod: {from: stage, approval: {approvers: [alice]}}
"""
BRANCHES = """\
version: 1
apps:
  shop: {path: ".", images: [{repository: "%(registry)s", tag: image.tag, digest: image.digest}]}
environments:
  dev: {values: values-dev.yaml}
  stage: {values: values-stage.yaml, from: dev, branch: release}
"""


def clone_of(world: World) -> Path:
    """Return a checkout of main in which a person merges."""
    clone = world.folder / "clone"
    subprocess.run(["git", "clone", "--quiet", str(world.bare), str(clone)], check=True)
    return clone


def git(clone: Path, *words: str) -> str:
    """Run git in a checkout."""
    return subprocess.run(
        ["git", "-C", str(clone), *words], check=True, capture_output=True, text=True
    ).stdout.strip()


def propose(world: World) -> Path:
    """Leave a promotion to production on a branch, and go on on main meanwhile; return a checkout
    of main.
    """
    deploy(world, "15")
    world.image("16")
    world.ok("update", "shop", "--env", "dev", "--tag", "16")
    world.ok("promote", "shop", "--to", "stage")
    base = world.head()
    world.ok("promote", "shop", "--to", "prod", *ALICE)
    world.git("update-ref", "refs/heads/proposal", world.head())
    world.git("update-ref", "refs/heads/main", base)
    world.write({"README.md": "meanwhile\n"})
    return clone_of(world)


@pytest.mark.parametrize("way", ["merge", "squash", "rebase"])
def test_a_proposal_counts_however_it_is_merged(world: World, way: str) -> None:
    """The operation is behind the merge, or its trailers are in the squash, or it has another
    id.
    """
    clone = world.after(propose)
    if way == "merge":
        git(clone, "merge", "--no-ff", "--message", "Merge proposal", "origin/proposal")
    elif way == "squash":
        git(clone, "merge", "--squash", "origin/proposal")
        git(clone, "commit", "--no-edit")
    else:
        git(clone, "rebase", "--quiet", "main", "origin/proposal")
    git(clone, "push", "--quiet", "origin", "HEAD:main")
    assert "16" in world.text("values-prod.yaml")
    assert findings(world) == []


def test_a_merge_that_brings_a_hand_edit_names_the_commit(world: World) -> None:
    """The hand edit is behind the merge."""
    world.after(deploy, "15")
    clone = clone_of(world)
    git(clone, "switch", "--quiet", "-c", "feature")
    (clone / "values-prod.yaml").write_text(VALUES.replace('tag: ""', 'tag: "99"'))
    git(clone, "commit", "--quiet", "--all", "--message", "a hotfix")
    by_hand = git(clone, "rev-parse", "HEAD")
    git(clone, "switch", "--quiet", "main")
    git(clone, "merge", "--no-ff", "--message", "Merge feature", "feature")
    git(clone, "push", "--quiet", "origin", "main")
    found = [each for each in audit(world, code=3)["findings"] if each["severity"] == "violation"]
    assert [(each["kind"], each["commit"]) for each in found] == [("hand-edit", by_hand)]


def test_an_evil_merge_is_a_hand_edit(world: World) -> None:
    """The merge itself has a value that none of its parents has."""
    clone = world.after(propose)
    git(clone, "merge", "--no-ff", "--no-commit", "origin/proposal")
    (clone / "values-prod.yaml").write_text(VALUES.replace('tag: ""', 'tag: "66"'))
    git(clone, "commit", "--quiet", "--all", "--message", "Merge proposal")
    git(clone, "push", "--quiet", "origin", "main")
    assert findings(world, code=3) == [("violation", "hand-edit", "shop prod")]


def test_several_applications_in_one_commit(world: World) -> None:
    """The plan covers all of them, and so does its id; a "*" application that is added with a tag
    is found.
    """
    files = {
        f"apps/{app}/values-{env}.yaml": VALUES
        for app in ("one", "two")
        for env in ("dev", "stage", "prod")
    }
    world.write(
        {**files, "gitops.yaml": BOTH % {"registry": world.registry}},
        gone=("values-dev.yaml", "values-stage.yaml"),
    )
    world.image("15")
    begin = world.head()
    world.ok("update", "one", "two", "--env", "dev", "--tag", "15")
    world.ok("promote", "--all", "--to", "stage")
    world.ok("promote", "--all", "--to", "prod", *ALICE)
    assert findings(world, "--since", begin) == []
    world.write({"apps/three/values-prod.yaml": VALUES.replace('tag: ""', 'tag: "15"')})
    assert findings(world, "--since", begin, code=3) == [("violation", "hand-edit", "three prod")]
    assert findings(world, "one", "--since", begin) == []


def test_a_squash_of_several_operations(world: World) -> None:
    """Their trailers stand one below the other."""
    world.after(deploy, "15")
    base = world.head()
    deploy(world, "16")
    world.git("update-ref", "refs/heads/topic", world.head())
    world.git("update-ref", "refs/heads/main", base)
    clone = clone_of(world)
    git(clone, "merge", "--squash", "origin/topic")
    git(clone, "commit", "--no-edit")
    git(clone, "push", "--quiet", "origin", "HEAD:main")
    # the commits whose rules the later ones had read stayed on the topic
    assert findings(world) == [
        ("notice", "old-policy", "shop stage"),
        ("notice", "old-policy", "shop prod"),
    ]


def test_environments_on_other_branches_with_the_chart_that_comes_along(world: World) -> None:
    """A promotion to another branch carries the chart; its plan and its origin are proven too."""
    world.write(
        {
            "gitops.yaml": BRANCHES % {"registry": world.registry},
            "charts/Chart.yaml": "name: shop\n",
        }
    )
    world.git("update-ref", "refs/heads/release", world.head())
    begin = world.head()
    world.image("15")
    world.ok("update", "shop", "--env", "dev", "--tag", "15")
    world.write({"charts/Chart.yaml": "name: shop\nversion: 2\n"})
    world.image("16")
    world.ok("update", "shop", "--env", "dev", "--tag", "16")
    world.run("promote", "shop", "--to", "stage", check=0)
    assert world.text("charts/Chart.yaml", "release").endswith("version: 2")
    assert findings(world, "--since", begin) == []
    world.write({"values-stage.yaml": VALUES.replace('tag: ""', 'tag: "17"')}, branch="release")
    assert findings(world, "--since", begin, code=3) == [("violation", "hand-edit", "shop stage")]


def test_a_chart_that_reaches_production_on_the_same_branch_is_told(world: World) -> None:
    """Argo CD renders the new chart everywhere at once."""
    world.after(deploy, "15")
    world.write({"charts/templates/deployment.yaml": "kind: Deployment\n"})
    assert findings(world) == [("notice", "chart-unpromoted", "shop stage, prod")]


def test_an_old_policy_is_found(world: World) -> None:
    """A promotion without approval that names the policy before the approval was asked for."""
    with_approval = world.text("gitops.yaml") + "\n"
    without = with_approval.replace("approval: {approvers: [alice, bob], distinct: true}, ", "")
    world.write({"gitops.yaml": without})
    begin = world.head()
    world.image("15")
    world.ok("update", "shop", "--env", "dev", "--tag", "15")
    world.ok("promote", "shop", "--to", "stage")
    world.ok("promote", "shop", "--to", "prod")
    message, values = world.message(), world.text("values-prod.yaml") + "\n"
    world.git("update-ref", "refs/heads/main", world.git("rev-parse", "main~1"))
    world.write({"gitops.yaml": with_approval})
    world.write({"values-prod.yaml": values}, message)
    kinds = [
        kind
        for severity, kind, _ in findings(world, "--since", begin, code=3)
        if severity == "violation"
    ]
    assert kinds[0] == "old-policy"
    assert "gate" in kinds


def test_a_range_in_a_checkout_judges_what_is_proposed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pipeline of a pull request: what is on main already does not count."""
    world.after(deploy, "15")
    world.write({"values-dev.yaml": VALUES.replace('tag: ""', 'tag: "13"')})
    clone = clone_of(world)
    git(clone, "switch", "--quiet", "-c", "feature")
    (clone / "values-stage.yaml").write_text(VALUES.replace('tag: ""', 'tag: "14"'))
    git(clone, "commit", "--quiet", "--all", "--message", "promote by hand")
    git(clone, "checkout", "--quiet", "--detach")
    monkeypatch.chdir(clone)
    ran = world.run("audit", "--range", "origin/main..HEAD", repo=".", check=3)
    assert [each["environment"] for each in ran.result["findings"]] == ["stage"]
    assert ran.result["commits"] == 1
    assert "order (14 never ran in dev)" in ran.result["findings"][0]["message"]
    git(clone, "reset", "--quiet", "--hard", "origin/main")
    world.run("audit", "--range", "origin/main..HEAD", repo=".", check=0)
    for wrong, code in (
        ("nonsense", 2),
        ("a...b", 2),
        ("no-such..HEAD", 1),
        ("0123456789..HEAD", 1),
    ):
        world.run("audit", "--range", wrong, repo=".", check=code)


def test_a_shallow_clone_and_a_rewritten_history_are_told_in_words(world: World) -> None:
    """A cut-off history proves nothing."""
    world.after(deploy, "15")
    shallow = world.folder / "shallow"
    subprocess.run(
        ["git", "clone", "--quiet", "--depth", "1", f"file://{world.bare}", str(shallow)],
        check=True,
    )
    assert "shallow clone" in world.run("audit", repo=str(shallow), check=1).err
    assert (
        "was the history rewritten"
        in world.run("audit", "--since", "0123456789abcdef", check=1).err
    )
    assert "not a Git repository" in world.run("audit", repo=str(world.folder), check=1).err


def test_a_server_sends_the_history_without_contents_that_nobody_needs(world: World) -> None:
    """Over HTTP with a login; the audit in place finds the same."""
    need("nginx", "fcgiwrap", "git http-backend")
    world.after(deploy, "15")
    world.write(
        {
            "big.bin": bytes(range(256)) * 8000,
            "values-prod.yaml": VALUES.replace('tag: ""', 'tag: "99"'),
        }
    )
    with git_http.serve(world.folder, users={"jenkins": "word"}) as http:
        url = http.url("gitops.git", "jenkins:word")
        ran = world.run("audit", repo=url, check=3)
        assert ran.result["findings"] == audit(world, code=3)["findings"]
        assert http.traffic() < 100_000
        old = world.git("rev-parse", "main~1")
        assert (
            world.run("audit", "--range", f"{old}..main", repo=url, check=3).result["commits"] == 1
        )
    with git_http.serve(world.folder, filters=False, protocol_v2=False) as http:
        assert (
            world.run("audit", repo=http.url("gitops.git"), check=3).result["findings"]
            == ran.result["findings"]
        )


def test_images_that_no_longer_exist_are_found(world: World) -> None:
    """Somebody cleaned the registry up."""
    world.after(deploy, "15")
    assert ("violation", "image-missing", "shop prod") not in findings(world, "--images")
    for blob in (Path(world.registry.removeprefix("oci:")) / "blobs").rglob("*"):
        if blob.is_file():
            blob.unlink()
    index = Path(world.registry.removeprefix("oci:")) / "index.json"
    index.write_text('{"schemaVersion": 2, "manifests": []}')
    assert [
        kind for severity, kind, _ in findings(world, "--images", code=3) if severity == "violation"
    ] == ["image-missing"]
