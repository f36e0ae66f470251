"""Argo CD's manifests: decoded strictly by Argo CD's own schemas, and with no right that they don't
need.
"""

import functools
import gzip
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from gitops_ci.core.config import reader
from gitops_ci.core.scaffold import repository
from tests.surroundings import ROOT
from tests.unit.core.scaffold.repositories import REPO, VARIANTS, read, settings

# beside the project, or beside the folder that holds its worktrees
CRDS = next(
    (
        place
        for above in (ROOT.parent, ROOT.parent.parent)
        if (place := above / "shared/argocd/crds").is_dir()
    ),
    None,
)
KINDS = {
    "Application": "application",
    "ApplicationSet": "applicationset",
    "AppProject": "appproject",
}

every_variant = pytest.mark.parametrize(("layout", "strategy"), VARIANTS)


@functools.cache
def schema(kind: str) -> Any:
    """Return the schema of a kind, in which unknown fields are errors, as kubectl has them."""
    if CRDS is None:
        pytest.skip("not there: ../shared/argocd/crds")
    file = CRDS / f"{KINDS[kind]}-crd.yaml"
    text = (
        file.read_text()
        if file.exists()
        else gzip.decompress(Path(f"{file}.gz").read_bytes()).decode()
    )
    (version,) = yaml.load(text, yaml.CSafeLoader)["spec"]["versions"]
    return strict(version["schema"]["openAPIV3Schema"])


def strict(node: Any) -> Any:
    """Forbid what a schema does not name, and read OpenAPI's words for what JSON Schema does not
    know.
    """
    if isinstance(node, list):
        return [strict(each) for each in node]
    if not isinstance(node, dict):
        return node
    closed = {key: strict(value) for key, value in node.items()}
    if isinstance(closed.get("properties"), dict) and not closed.get(
        "x-kubernetes-preserve-unknown-fields"
    ):
        closed.setdefault("additionalProperties", False)
        if "metadata" in closed["properties"] and "spec" in closed["properties"]:
            closed["properties"]["metadata"] = {
                "type": "object"
            }  # of Kubernetes, not of this schema
    return closed


def manifests(layout: str, strategy: str) -> list[Any]:
    files = repository(settings(layout, strategy))
    return [read(content) for path, content in files.items() if path.startswith("argocd/")]


def applications(layout: str, strategy: str) -> dict[str, Any]:
    """Return environment -> specification of the application, those of a set as its template makes
    them.
    """
    found = {}
    for each in manifests(layout, strategy):
        if each["kind"] == "Application":
            found[each["metadata"]["name"].rpartition("-")[2]] = each["spec"]
        elif each["kind"] == "ApplicationSet":
            git, listed = each["spec"]["generators"][0]["matrix"]["generators"]
            assert git["git"]["directories"] == [{"path": "apps/*"}]
            for element in listed["list"]["elements"]:
                text = yaml.safe_dump(each["spec"]["template"]["spec"])
                for name, value in {
                    "path.path": "apps/manual-app",
                    "env": element["env"],
                    "revision": element["revision"],
                }.items():
                    text = text.replace(f"{{{{ .{name} }}}}", value)
                found[element["env"]] = yaml.safe_load(text)
    return found


@every_variant
def test_every_manifest_passes_the_strict_schema_of_argo_cd(layout: str, strategy: str) -> None:
    found = manifests(layout, strategy)
    assert {each["kind"] for each in found} == {
        "AppProject",
        "Application" if layout == "one" else "ApplicationSet",
    }
    for each in found:
        jsonschema.Draft7Validator(schema(each["kind"])).validate(each)


@pytest.mark.parametrize("kind", KINDS)
def test_the_strict_schema_finds_a_mistyped_field(kind: str) -> None:
    layout = "many" if kind == "ApplicationSet" else "one"
    manifest = next(each for each in manifests(layout, "promotion") if each["kind"] == kind)
    manifest["spec"]["sycnPolicy"] = {}
    assert not jsonschema.Draft7Validator(schema(kind)).is_valid(manifest)


@every_variant
def test_each_environment_has_its_namespace_values_and_branch(layout: str, strategy: str) -> None:
    found = applications(layout, strategy)
    assert list(found) == ["dev", "stage", "prod"]
    folder = "apps/manual-app/charts" if layout == "many" else "charts"
    for env, spec in found.items():
        assert spec["destination"]["namespace"] == env
        assert spec["source"]["path"] == folder
        assert spec["source"]["helm"]["valueFiles"] == [f"../values-{env}.yaml"]
        assert spec["syncPolicy"]["automated"] == {"prune": True, "selfHeal": True}
        assert "CreateNamespace=true" in spec["syncPolicy"]["syncOptions"]
    config = reader.read(repository(settings(layout, strategy))["gitops.yaml"])
    for env, spec in found.items():
        environment = config.environments[env]
        assert spec["source"]["targetRevision"] == (
            "*" if environment.tag else environment.branch or "main"
        )


@every_variant
def test_the_project_allows_these_applications_and_nothing_else(layout: str, strategy: str) -> None:
    (project,) = [each for each in manifests(layout, strategy) if each["kind"] == "AppProject"]
    spec = project["spec"]
    assert spec["sourceRepos"] == [REPO]
    places = {(each["server"], each["namespace"]) for each in spec["destinations"]}
    assert places == {("https://kubernetes.default.svc", env) for env in ("dev", "stage", "prod")}
    assert spec["clusterResourceWhitelist"] == [{"group": "", "kind": "Namespace"}]
    assert "*" not in {each["kind"] for each in spec["namespaceResourceWhitelist"]}
    (role,) = spec["roles"]
    assert role["policies"] == [
        "p, proj:manual-app:ci-wait, applications, get, manual-app/*, allow"
    ]
    for spec in applications(layout, strategy).values():
        assert spec["project"] == project["metadata"]["name"]
        assert spec["source"]["repoURL"] == REPO


def test_removing_an_application_by_mistake_takes_nothing_out_of_production() -> None:
    prod = next(
        each
        for each in manifests("one", "promotion")
        if each["metadata"]["name"] == "manual-app-prod"
    )
    assert "finalizers" not in prod["metadata"]
    (made,) = [each for each in manifests("many", "promotion") if each["kind"] == "ApplicationSet"]
    assert made["spec"]["syncPolicy"] == {"preserveResourcesOnDeletion": True}
