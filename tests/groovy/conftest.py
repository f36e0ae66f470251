"""What the tests of the vars share in a worker: the servers, and the JVM that runs one test after
the other.
"""

import os
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import gitops_ci
from gitops_ci.demo.images import make_image
from tests.groovy import junit, world
from tests.groovy.java import HERE, POM, class_path, classes, jars
from tests.groovy.jvm import Jvm
from tests.groovy.signatures import Used
from tests.integration.images import witness
from tests.realparts import need
from tests.servers import argocd_follower, git_http, registry
from tests.surroundings import TOOLS

USERS = {"jenkins": "p@ss:w/ord%1 $(touch pwned) 'x' \"y\""}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the vars: workers take from each other what comes last, and each that takes one of these starts a JVM."""
    items.sort(key=lambda item: not item.path.is_relative_to(HERE))


@pytest.fixture(scope="session")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Start the servers, push the images, and say where everything is."""
    need(
        "java",
        "mvn",
        "nginx",
        "fcgiwrap",
        "git http-backend",
        "docker-registry",
        "skopeo",
        "buildah",
    )
    folder = tmp_path_factory.mktemp("servers")
    root = folder / "repositories"
    root.mkdir()
    with (
        git_http.serve(root, users=USERS) as git,
        registry.serve(login=True) as images,
        argocd_follower.serve(root) as argocd,
    ):
        for tag in ("14", "15", "16"):
            make_image(folder / "layout", tag, {}, {"app": tag.encode()})
            witness.copy(folder / "layout", tag, images, f"shop:{tag}")
        world.make(root / "template.git", images.host)
        yield {
            "VARS_ROOT": str(root),
            "VARS_GIT": git.url(""),
            "VARS_GIT_PASSWORD": USERS["jenkins"],
            "VARS_ARGOCD": argocd,
            "VARS_ARGOCD_TOKEN": argocd_follower.TOKEN,
            "VARS_REGISTRY": images.host,
            "VARS_REGISTRY_USER": registry.USER,
            "VARS_REGISTRY_PASSWORD": registry.PASSWORD,
            "VARS_WHEELS": str(wheels(folder / "wheels")),
        }


def wheels(folder: Path) -> Path:
    """Write packages that stand for other versions of the program."""
    folder.mkdir()
    for version in ("9.9.9", gitops_ci.__version__):
        info = f"gitops_ci-{version}.dist-info"
        with zipfile.ZipFile(folder / f"gitops_ci-{version}-py3-none-any.whl", "w") as wheel:
            wheel.writestr(
                "stub_of_gitops.py", f"def run():\n    print('gitops-ci, version {version}')\n"
            )
            wheel.writestr(
                f"{info}/METADATA", f"Metadata-Version: 2.1\nName: gitops-ci\nVersion: {version}\n"
            )
            wheel.writestr(
                f"{info}/WHEEL",
                "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            )
            wheel.writestr(
                f"{info}/entry_points.txt", "[console_scripts]\ngitops-ci = stub_of_gitops:run\n"
            )
            wheel.writestr(f"{info}/RECORD", "")
    return folder


@pytest.fixture(scope="session")
def jvm(surroundings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jvm]:
    """Keep a JVM for the tests of this worker: to start one and to compile the vars takes longer
    than most of the tests.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), str(TOOLS), os.environ["PATH"]])
    kept = Jvm(
        tmp_path_factory.mktemp("jvm"),
        class_path(classes(), *jars(POM)),
        os.environ | surroundings | {"PATH": path},
    )
    yield kept
    kept.close()


@pytest.fixture(scope="session")
def used(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Used:
    """Collect what the vars use, in a folder that all workers of this run see."""
    folder = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        folder = folder.parent
    return Used(folder / "signatures", junit.tests())
