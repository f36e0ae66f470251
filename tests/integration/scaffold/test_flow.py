"""init, push, build 15 to production and back to 14: over a real Git server and a real registry,
rendered by the real Helm.
"""

import subprocess

import pytest
import yaml

from tests.integration.conftest import git
from tests.integration.scaffold.conftest import Place
from tests.realparts import need

BY = ("--requested-by", "carol", "--approved-by", "alice")


def folder_of(variant: tuple[str, str], app: str = "manual-app") -> str:
    return f"apps/{app}" if variant[0] == "many" else "."


def versioned(variant: tuple[str, str], version: str) -> tuple[str, ...]:
    return ("--version", version) if variant == ("one", "release-branch") else ()


def refs(variant: tuple[str, str], version: str) -> dict[str, str]:
    """Return which branch or tag Argo CD takes in each environment."""
    if variant[1] == "promotion":
        return dict.fromkeys(("dev", "stage", "prod"), "main")
    return {
        "dev": "main",
        "stage": "release",
        "prod": "production" if variant[0] == "many" else f"v{version}",
    }


def image_in(place: Place, variant: tuple[str, str], env: str, version: str = "1.0") -> str:
    """Return the image and the replicas of the deployment as Argo CD would apply it."""
    folder = place.checkout(refs(variant, version)[env]) / folder_of(variant)
    text = place.rendered(folder, f"manual-app-{env}", f"values-{env}.yaml")
    (deployment,) = [each for each in yaml.safe_load_all(text) if each["kind"] == "Deployment"]
    assert deployment["spec"]["replicas"] > 0
    image: str = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
    return image


def bring(place: Place, variant: tuple[str, str], tag: str, version: str) -> str:
    digest = place.image("manual-app", tag)
    place.operate("update", "manual-app", "--env", "dev", "--tag", tag)
    place.operate("promote", "manual-app", "--to", "stage")
    place.operate("promote", "manual-app", "--to", "prod", *BY, *versioned(variant, version))
    return digest


def test_a_build_goes_to_production_and_back_and_the_audit_finds_nothing(
    place: Place, variant: tuple[str, str]
) -> None:
    first = bring(place, variant, "14", "1.0")
    second = bring(place, variant, "15", "1.1")
    image = f"{place.registry.host}/team/manual-app"
    for env in ("dev", "stage", "prod"):
        assert image_in(place, variant, env, "1.1") == f"{image}:15@{second}"
    place.operate(
        "rollback",
        "manual-app",
        "--env",
        "prod",
        *BY,
        "--reason",
        "orders get lost",
        *versioned(variant, "1.2"),
    )
    assert image_in(place, variant, "prod", "1.2") == f"{image}:14@{first}"
    assert image_in(place, variant, "stage") == f"{image}:15@{second}"
    found = place.run("audit")["findings"]
    assert {(each["severity"], each["kind"]) for each in found} == {
        ("notice", "approver-unverified")
    }  # nobody signs here
    assert place.run("status")["warnings"] == []


def test_production_is_not_entered_without_the_approver(
    place: Place, variant: tuple[str, str]
) -> None:
    place.image("manual-app", "14")
    place.operate("update", "manual-app", "--env", "dev", "--tag", "14")
    place.operate("promote", "manual-app", "--to", "stage")
    words = ("promote", "manual-app", "--to", "prod", *versioned(variant, "1.0"), "--requested-by")
    place.operate(*words, "carol", code=3)
    place.operate(*words, "carol", "--approved-by", "bob", code=3)
    place.operate(*words, "alice", "--approved-by", "alice", code=3)


@pytest.mark.parametrize("variant", [("one", "release-branch")], ids=["one"], indirect=True)
def test_only_the_chart_goes_along_with_a_release(place: Place, variant: tuple[str, str]) -> None:
    bring(place, variant, "14", "1.0")
    for path in ("charts/values.yaml", "argocd/project.yaml", "checks/dev.sh", "README.md"):
        file = place.work / path
        file.write_text(file.read_text() + "# changed\n")
    git(place.work, "pull", "--quiet", "--rebase", "--autostash", place.url, "main")
    git(
        place.work,
        "commit",
        "--quiet",
        "--all",
        "--message",
        "Change the chart, and what is around it",
    )
    git(place.work, "push", "--quiet", place.url, "main")
    place.image("manual-app", "15")
    place.operate("update", "manual-app", "--env", "dev", "--tag", "15")
    place.operate("promote", "manual-app", "--to", "stage")
    changed = git(place.bare, "diff", "--name-only", "v1.0", "release").split()
    assert changed == ["charts/values.yaml", "values-stage.yaml"]


@pytest.mark.parametrize("variant", [("many", "promotion")], ids=["many"], indirect=True)
def test_one_more_application_is_added_and_promoted(place: Place, variant: tuple[str, str]) -> None:
    image = f"{place.registry.host}/team/shop"
    words = (
        "init",
        str(place.work),
        "--add-app",
        "shop",
        "--image",
        image,
        "--port",
        "3000",
        "--first-commit",
    )
    written = place.commands.run(*words)
    assert all(path.startswith("apps/shop/") for path in written["files"])
    git(place.work, "push", "--quiet", place.url, "main")
    place.commands.run(*words, code=2)
    digest = place.image("shop", "1")
    place.operate("update", "shop", "--env", "dev", "--tag", "1")
    place.operate("promote", "shop", "--to", "stage")
    text = place.rendered(place.checkout("main") / "apps/shop", "shop-stage", "values-stage.yaml")
    assert f'image: "{image}:1@{digest}"' in text
    assert "containerPort: 3000" in text
    assert place.run("audit")["findings"] == []


def test_helm_lints_every_environment_before_and_after_the_first_release(
    place: Place, variant: tuple[str, str]
) -> None:
    need("helm")

    def lint(folder: str, env: str) -> None:
        words = [
            "helm",
            "lint",
            "--strict",
            f"{folder}/charts",
            "--values",
            f"{folder}/values-{env}.yaml",
        ]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
        assert "WARNING" not in done.stdout

    for env in ("dev", "stage", "prod"):
        lint(f"{place.work}/{folder_of(variant)}", env)
    bring(place, variant, "14", "1.0")
    for env, ref in refs(variant, "1.0").items():
        lint(f"{place.checkout(ref)}/{folder_of(variant)}", env)
