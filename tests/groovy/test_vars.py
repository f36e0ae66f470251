"""The vars under Jenkins' own CPS transformation, with the real program, a real Git server and a real registry."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import gitops_ci
from gitops_ci.image_maker import make_image
from tests.integration.images import witness
from tests.realparts import need
from tests.servers import argocd_follower, git_http, registry
from tests.surroundings import ROOT, TOOLS

USERS = {"jenkins": "p@ss:w/ord%1 $(touch pwned) 'x' \"y\""}


@pytest.fixture
def surroundings(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Start the servers, push the images, and say where everything is."""
    need("java", "mvn", "nginx", "fcgiwrap", "git http-backend", "docker-registry", "skopeo", "buildah")
    root = tmp_path / "repositories"
    root.mkdir()
    with (
        git_http.serve(root, users=USERS) as git,
        registry.serve(login=True) as images,
        argocd_follower.serve(root) as argocd,
    ):
        for tag in ("14", "15", "16"):
            make_image(tmp_path / "layout", tag, {}, {"app": tag.encode()})
            witness.copy(tmp_path / "layout", tag, images, f"shop:{tag}")
        yield {
            "VARS_ROOT": str(root),
            "VARS_GIT": git.url(""),
            "VARS_GIT_PASSWORD": USERS["jenkins"],
            "VARS_ARGOCD": argocd,
            "VARS_ARGOCD_TOKEN": argocd_follower.TOKEN,
            "VARS_REGISTRY": images.host,
            "VARS_REGISTRY_USER": registry.USER,
            "VARS_REGISTRY_PASSWORD": registry.PASSWORD,
            "VARS_VERSION": gitops_ci.__version__,
            "VARS_WHEELS": str(wheels(tmp_path / "wheels")),
        }


def wheels(folder: Path) -> Path:
    """Write packages that stand for other versions of the program."""
    folder.mkdir()
    for version in ("9.9.9", gitops_ci.__version__):
        info = f"gitops_ci-{version}.dist-info"
        with zipfile.ZipFile(folder / f"gitops_ci-{version}-py3-none-any.whl", "w") as wheel:
            wheel.writestr("stub_of_gitops.py", f"def run():\n    print('gitops-ci, version {version}')\n")
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: gitops-ci\nVersion: {version}\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/entry_points.txt", "[console_scripts]\ngitops-ci = stub_of_gitops:run\n")
            wheel.writestr(f"{info}/RECORD", "")
    return folder


def test_the_vars_behave_as_jenkins_runs_them(surroundings: dict[str, str], tmp_path: Path) -> None:
    local = TOOLS / "maven"
    command = ["mvn", "-q", "-B", f"-Dmaven.repo.local={local}", f"-DbuildDirectory={tmp_path}/target", "test"]
    path = os.pathsep.join([str(Path(sys.executable).parent), str(TOOLS), os.environ["PATH"]])
    done = subprocess.run(
        command,
        cwd=ROOT / "tests" / "groovy",
        env=os.environ | surroundings | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, (
        "\n".join(line for line in done.stdout.splitlines() if not line.startswith("\tat "))[-20_000:] + done.stderr
    )
    assert used(tmp_path) == listed(), "sandbox-signatures.txt has lines that no var needs any more"


def used(folder: Path) -> list[str]:
    """Return what the vars used of Java and Groovy in all builds; what is not listed was rejected already."""
    return (folder / "target" / "signatures.txt").read_text(encoding="utf-8").splitlines()


def listed() -> list[str]:
    """Return the reviewed signatures."""
    lines = (ROOT / "tests" / "groovy" / "sandbox-signatures.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]
