"""The Containerfile: built from a library as a release has it, and the image as a pod runs it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.agent import base_image, release
from tests.integration.agent.agent import INSTALLER, RESOURCES
from tests.integration.agent.stubs import VERSION
from tests.realparts import need
from tests.surroundings import ROOT

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Buildah:
    """The engine with a storage of its own."""

    folder: Path

    def __call__(self, *words: str) -> str:
        own = [
            f"--root={self.folder}/storage",
            f"--runroot={self.folder}/run",
            "--storage-driver=vfs",
        ]
        done = subprocess.run(
            ["buildah", *own, *words], capture_output=True, text=True, timeout=600, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def build(self, tag: str, context: Path, *words: str) -> str:
        return self("bud", "--isolation=chroot", "--pull-never", "--tag", tag, *words, str(context))


@pytest.fixture
def buildah(tmp_path: Path) -> Iterator[Buildah]:
    need("buildah")
    engine = Buildah(tmp_path)
    yield engine
    engine("rm", "--all")
    engine("rmi", "--all", "--force")


@pytest.fixture
def base(buildah: Buildah, tmp_path: Path) -> str:
    """The name of a base image that has all but the program."""
    context = tmp_path / "base"
    context.mkdir()
    base_image.make(context, os.path.realpath(sys.executable))
    (context / "Containerfile").write_text(
        "FROM scratch\nCOPY rootfs /\nENV PATH=/usr/local/bin:/usr/bin:/bin\n"
    )
    buildah.build("localhost/base", context)
    return "localhost/base"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A checkout of a release, with a wheelhouse in it."""
    folder = tmp_path / "library"
    resources = folder / "resources" / "gitops-ci"
    shutil.copytree(release.build(tmp_path / "release"), resources)
    (resources / "installer").mkdir()
    for name in ("run.sh", *INSTALLER):
        shutil.copy(RESOURCES / name, resources / name)
    shutil.copytree(release.wheelhouse(release.LOCK.read_text()), folder / "wheels")
    for name in ("Containerfile", ".dockerignore"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def test_the_image_runs_the_demo_as_a_pod_does(buildah: Buildah, base: str, library: Path) -> None:
    # whatever went out to a network would fail
    nowhere = [f"--build-arg={name}_proxy=http://127.0.0.1:9" for name in ("http", "https", "all")]
    given = [f"--build-arg=BASE={base}", "--build-arg=WHEELHOUSE=wheels", *nowhere]
    printed = buildah.build("localhost/agent", library, *given)
    assert f"gitops-ci, version {VERSION}\n" in printed
    container = buildah("from", "--pull-never", "localhost/agent").strip()
    assert (
        buildah("inspect", "--format", "{{.OCIv1.Config.User}}", "localhost/agent").strip()
        == "1000"
    )
    told = buildah(
        "run",
        "--isolation=chroot",
        container,
        "--",
        "sh",
        "-c",
        "id -u; touch /x /opt/x $HOME/x 2>&1; ls /tmp; gitops-ci demo",
    )
    assert told.startswith("1000\n")
    assert told.count("Permission denied") == 3
    assert "rollback" in told
    script = (RESOURCES / "run.sh").read_text()
    variables = {
        "GITOPS_NAMES": "",
        "GITOPS_COMMAND": "--version",
        "GITOPS_FOLDER": "/tmp/run",
        "GITOPS_VERSION": VERSION,
    }
    given = [f"--env={name}={value}" for name, value in variables.items()]
    assert (
        buildah("run", "--isolation=chroot", *given, container, "--", "sh", "-c", script)
        == f"gitops-ci, version {VERSION}\n"
    )
