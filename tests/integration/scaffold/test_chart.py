"""The chart, rendered as Helm renders it."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops_ci.core import yaml_edit
from gitops_ci.core.scaffold import ENVIRONMENTS, ScaffoldApplication
from gitops_ci.model.key_path import parse_key_path
from tests.helm_batch import HelmError, Renderer
from tests.realparts import need
from tests.unit.core.scaffold.repositories import VARIANTS, folder, read, settings

DIGEST = "sha256:" + "ab" * 32
EVERYTHING = (
    "ingress.enabled=true",
    "ingress.host=shop.example.com",
    "ingress.className=nginx",
    "ingress.tlsSecret=shop-tls",
    "autoscaling.enabled=true",
    "imagePullSecrets={pull}",
    "secrets={database}",
    "env.LOG_LEVEL=debug",
)


class Chart:
    """The chart of a repository, rendered for one environment."""

    def __init__(self, helm: Renderer, place: Path, name: str = "manual-app") -> None:
        self.helm = helm
        self.place = place
        self.name = name

    def objects(self, env: str, *sets: str) -> dict[str, Any]:
        """Return kind -> object."""
        text = self.helm.render(
            self.place / "charts", f"{self.name}-{env}", [self.place / f"values-{env}.yaml"], sets
        )
        found = [each for each in yaml.safe_load_all(text) if each]
        by_kind = {each["kind"]: each for each in found}
        assert len(by_kind) == len(found)
        return by_kind

    def refused(self, env: str, *sets: str) -> str:
        """Return why there is nothing."""
        with pytest.raises(HelmError) as caught:
            self.objects(env, *sets)
        return str(caught.value)


def release(place: Path, env: str, tag: str = "15", digest: str = DIGEST) -> None:
    """Write a release as gitops-ci does."""
    file = place / f"values-{env}.yaml"
    keys = {parse_key_path("image.tag"): tag, parse_key_path("image.digest"): digest}
    file.write_bytes(yaml_edit.set_values(file.read_bytes(), keys, name=file.name))


@pytest.fixture
def chart(tmp_path: Path, helm: Renderer) -> Chart:
    """The chart of a repository in which 15 runs everywhere."""
    made = folder(settings(), tmp_path)
    for env in ENVIRONMENTS:
        release(made, env)
    return Chart(helm, made)


@pytest.mark.parametrize(("layout", "strategy"), VARIANTS)
def test_every_environment_renders_and_lints_before_its_first_release_without_a_pod(
    layout: str, strategy: str, tmp_path: Path, helm: Renderer
) -> None:
    need("helm")
    place = folder(settings(layout, strategy), tmp_path)
    for env in ENVIRONMENTS:
        assert Chart(helm, place).objects(env)["Deployment"]["spec"]["replicas"] == 0
        words = [
            "helm",
            "lint",
            "--strict",
            str(place / "charts"),
            "--values",
            str(place / f"values-{env}.yaml"),
        ]
        assert subprocess.run(words, capture_output=True, check=False).returncode == 0


def test_the_image_is_what_the_values_say_by_tag_and_digest(chart: Chart) -> None:
    for env, replicas in {"dev": 1, "stage": 2, "prod": 3}.items():
        spec = chart.objects(env)["Deployment"]["spec"]
        assert spec["replicas"] == replicas
        (container,) = spec["template"]["spec"]["containers"]
        assert container["image"] == f"registry.example.com/team/manual-app:15@{DIGEST}"
    release(chart.place, "dev", "1234567", "")
    (container,) = chart.objects("dev")["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "registry.example.com/team/manual-app:1234567"


def test_a_tag_that_was_emptied_stops_the_deployment_and_not_the_application(chart: Chart) -> None:
    release(chart.place, "prod", "")
    assert "image.tag is empty beside an image.digest" in chart.refused("prod")


def test_the_pod_has_no_rights_that_it_does_not_need(chart: Chart) -> None:
    found = chart.objects("prod")
    pod = found["Deployment"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["automountServiceAccountToken"] is False
    assert found["ServiceAccount"]["automountServiceAccountToken"] is False
    assert pod["serviceAccountName"] == found["ServiceAccount"]["metadata"]["name"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["requests"].keys() == {"cpu", "memory"}


def test_probes_and_service_meet_the_port_of_the_container(chart: Chart) -> None:
    found = chart.objects("dev")
    (container,) = found["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert container["ports"] == [{"name": "http", "containerPort": 3000}]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {"path": "/up", "port": "http"}
    assert [port["targetPort"] for port in found["Service"]["spec"]["ports"]] == ["http"]
    labels = found["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert found["Service"]["spec"]["selector"].items() <= labels.items()
    assert (
        found["Deployment"]["spec"]["selector"]["matchLabels"]
        == found["Service"]["spec"]["selector"]
    )
    assert labels["app.kubernetes.io/version"] == "15"
    assert "app.kubernetes.io/version" not in found["Service"]["spec"]["selector"]


def test_only_production_asks_that_not_all_pods_go_at_once(chart: Chart) -> None:
    assert "PodDisruptionBudget" not in chart.objects("dev")
    found = chart.objects("prod")
    assert (
        found["PodDisruptionBudget"]["spec"]["selector"] == found["Deployment"]["spec"]["selector"]
    )


def test_what_is_off_by_default_renders_when_it_is_switched_on_and_the_project_allows_every_kind(
    chart: Chart,
) -> None:
    assert chart.objects("prod").keys() == {
        "Deployment",
        "Service",
        "ServiceAccount",
        "PodDisruptionBudget",
    }
    found = chart.objects("prod", *EVERYTHING)
    assert "replicas" not in found["Deployment"]["spec"]
    assert found["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == "manual-app-prod"
    assert found["Ingress"]["spec"]["rules"][0]["host"] == "shop.example.com"
    assert found["Ingress"]["spec"]["tls"] == [
        {"hosts": ["shop.example.com"], "secretName": "shop-tls"}
    ]
    pod = found["Deployment"]["spec"]["template"]["spec"]
    assert pod["imagePullSecrets"] == [{"name": "pull"}]
    assert pod["containers"][0]["env"] == [{"name": "LOG_LEVEL", "value": "debug"}]
    assert pod["containers"][0]["envFrom"] == [{"secretRef": {"name": "database"}}]
    project = read((chart.place / "argocd/project.yaml").read_bytes())
    allowed = {
        (each["group"], each["kind"]) for each in project["spec"]["namespaceResourceWhitelist"]
    }
    used = {(each["apiVersion"].rpartition("/")[0], kind) for kind, each in found.items()}
    assert used <= allowed


@pytest.mark.parametrize(
    "mistake",
    [
        "replicaCount=3",
        "image.tags=15",
        "replicas=many",
        "port=80800",
        "image.tag=a b",
        "image.digest=sha256:12",
        "ingress.enabeld=true",
    ],
)
def test_a_mistyped_value_is_refused(chart: Chart, mistake: str) -> None:
    assert "values don't meet the specifications of the schema" in chart.refused("dev", mistake)


def test_a_tag_that_yaml_would_read_as_a_number_is_refused(chart: Chart) -> None:
    file = chart.place / "values-dev.yaml"
    file.write_text(file.read_text().replace('"15"', "15"))
    assert "specifications of the schema" in chart.refused("dev")


def test_the_schema_knows_every_default(chart: Chart) -> None:
    schema = json.loads((chart.place / "charts/values.schema.json").read_text())
    values = read((chart.place / "charts/values.yaml").read_bytes())
    assert values.keys() == schema["properties"].keys() - {"global"}
    for key, part in schema["properties"].items():
        if part.get("additionalProperties") is False:
            assert values[key].keys() <= part["properties"].keys()


@pytest.mark.parametrize("name", ["y", "no", "on", "null", "true", "e1", "a" * 47])
def test_a_name_that_yaml_reads_as_something_else_stays_a_name(
    name: str, tmp_path: Path, helm: Renderer
) -> None:
    place = folder(
        settings(application=ScaffoldApplication(name, f"registry.example.com/{name}")), tmp_path
    )
    release(place, "stage")
    found = Chart(helm, place, name).objects("stage")
    assert found["Service"]["metadata"]["name"] == f"{name}-stage"
    assert found["Deployment"]["metadata"]["labels"]["app.kubernetes.io/name"] == name
