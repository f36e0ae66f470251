"""An operation's commit holds its own change: whatever else reaches the cluster under its name is a
violation, what a reviewer changed beside it a notice.
"""

import pytest

from tests.integration.audit.test_audit import ALICE, audit, deploy, findings
from tests.integration.audit.test_server_hook import Server, server
from tests.integration.operation.world import VALUES, World

__all__ = ["server"]

DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nimage: evil.example.com/shop:99\n"
DEPLOYED = {
    "a template of the chart": {"charts/templates/d.yaml": "image: {{ .Values.evil }}\n"},
    "the values of the chart": {"charts/values.yaml": "image: {tag: '99'}\n"},
    "a manifest": {"more/d.yaml": DEPLOYMENT},
    "a manifest as JSON": {"more/d.json": '{"apiVersion": "v1", "kind": "Pod"}'},
    "a manifest that is hard to read": {
        "more/d.yml": 'a: 1\n---\n{"\\x6bind": b, "apiVersion": c}\n'
    },
    "one that can't be read": {"more/d.yaml": "kind: [\n"},
    "a chart elsewhere": {"other/Chart.yaml": "name: other\n", "other/templates/d.txt": "x"},
    "kustomize": {"more/kustomization.yaml": "images: [{name: shop, newTag: '99'}]\n"},
}
OTHER: dict[str, dict[str, str | tuple[str, str]]] = {
    "a text": {"README.md": "hello\n"},
    "the pipeline": {".gitlab-ci.yml": "image: alpine\n"},
    "other keys of the file": {"values-dev.yaml": ("replicas: 2", "replicas: 3")},
    "other keys of another file": {"values-prod.yaml": ("replicas: 2", "replicas: 3")},
}


def update_with(world: World, files: dict[str, str], reference: str = "main") -> str:
    """Make an update whose commit holds more than it says, on a branch; return its commit."""
    world.image("16")
    before = world.head()
    world.ok("update", "shop", "--env", "dev", "--tag", "16")
    message, text = world.message(), world.text("values-dev.yaml") + "\n"
    world.git("update-ref", "refs/heads/main", before)
    world.git("update-ref", f"refs/heads/{reference}", before)
    return world.write({"values-dev.yaml": text, **files}, message, branch=reference)


def own(found: list[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """Return severity and place of the findings that this page is about."""
    return [(severity, place) for severity, kind, place in found if kind == "beside-operation"]


def test_an_operation_as_the_program_makes_it_is_clean(world: World) -> None:
    world.after(deploy, "15")
    update_with(world, {})
    assert own(findings(world)) == []


@pytest.mark.parametrize("way", DEPLOYED)
def test_what_reaches_the_cluster_beside_an_operation_is_a_violation(
    world: World, way: str
) -> None:
    world.after(deploy, "15")
    update_with(world, DEPLOYED[way])
    assert own(findings(world, code=3)) == [("violation", "shop dev")]
    message = audit(world, code=3)["findings"][-1]["message"]
    assert "the commit by hand@example.com that records update also changes" in message
    assert all(path in message for path in DEPLOYED[way])


@pytest.mark.parametrize("way", OTHER)
def test_what_a_reviewer_changed_beside_it_is_a_notice(world: World, way: str) -> None:
    world.after(deploy, "15")
    update_with(world, {})
    files = {
        path: text if isinstance(text, str) else (world.text(path) + "\n").replace(*text)
        for path, text in OTHER[way].items()
    }
    message, update = world.message(), world.text("values-dev.yaml") + "\n"
    world.git("update-ref", "refs/heads/main", "main~1")
    world.write({"values-dev.yaml": update, **files}, message)
    assert own(findings(world)) == [("notice", "shop dev")]


def test_a_value_of_another_environment_beside_it_has_no_operation(world: World) -> None:
    world.after(deploy, "15")
    update_with(world, {"values-prod.yaml": VALUES.replace('tag: ""', 'tag: "99"')})
    assert ("violation", "missing-trailers", "shop prod") in findings(world, code=3)


def test_it_is_found_behind_a_merge(world: World) -> None:
    world.after(deploy, "15")
    proposed = update_with(world, DEPLOYED["a manifest"], "proposal")
    world.write({"README.md": "meanwhile\n"})
    main = world.head()
    tree = world.git("merge-tree", "--write-tree", main, proposed).split()[0]
    merge = world.git("commit-tree", tree, "-p", main, "-p", proposed, "-m", "Merge proposal")
    world.git("update-ref", "refs/heads/main", merge)
    assert own(findings(world, code=3)) == [("violation", "shop dev")]


def test_trailers_of_nothing_hide_no_chart(world: World) -> None:
    """A commit with trailers was none that changes a chart unpromoted."""
    world.after(deploy, "15")
    claim = "chore\n\nGitops-Operation: update\nGitops-App: no\nGitops-Environment: dev\n"
    world.write(DEPLOYED["a template of the chart"], f"{claim}Gitops-Image: a:1\n")
    assert own(findings(world, code=3)) == [("violation", "no dev")]


def test_an_honest_promotion_of_a_chart_carries_it_alone(world: World) -> None:
    """Where environments are branches, the chart comes along; a chart beside it does not."""
    config = world.text("gitops.yaml").replace(
        "values-stage.yaml,", "values-stage.yaml, branch: release,"
    )
    world.write({"gitops.yaml": config, "charts/Chart.yaml": "name: shop\n"})
    world.git("update-ref", "refs/heads/release", world.head())
    world.write({"charts/templates/d.yaml": DEPLOYMENT})
    world.image("15")
    world.ok("update", "shop", "--env", "dev", "--tag", "15")
    world.run("promote", "shop", "--to", "stage", check=0)
    assert own(findings(world)) == []
    message, text = world.message("release"), world.text("values-stage.yaml", "release") + "\n"
    chart = {"charts/templates/d.yaml": DEPLOYMENT}
    for more, severity in ((chart, []), ({**chart, "argocd/a.yaml": DEPLOYMENT}, ["violation"])):
        world.git("update-ref", "refs/heads/release", "release~1")
        world.write({"values-stage.yaml": text, **more}, message, branch="release")
        found = findings(world, code=3 if severity else 0)
        assert [each for each, _ in own(found)] == severity


def test_the_hook_refuses_it(server: Server) -> None:
    world = server.world
    server.run("promote", "shop", "--to", "prod", *ALICE)
    message, text = world.message(), server.text("values-prod.yaml")
    world.git("update-ref", "refs/heads/main", "main~1")
    server.write({"values-prod.yaml": text, **DEPLOYED["a template of the chart"]}, message)
    words = server.push()
    assert "beside-operation" in words
    assert "charts/templates/d.yaml" in words


def test_charts_of_the_any_application_are_seen_too(world: World) -> None:
    config = world.text("gitops.yaml").replace('shop: {path: "."', '"*": {path: "apps/{app}"')
    files = {f"apps/shop/values-{env}.yaml": VALUES for env in ("dev", "stage", "prod")}
    world.write({"gitops.yaml": config, **files})
    begin = world.head()
    world.write({"apps/shop/charts/templates/d.yaml": DEPLOYMENT})
    assert findings(world, "--since", begin) == [("notice", "chart-unpromoted", "shop stage, prod")]
