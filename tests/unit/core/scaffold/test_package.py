"""An installed package carries what a scaffold is made from."""

import zipfile
from pathlib import Path

import pytest

from tests.surroundings import ROOT

FILES = ROOT / "gitops_ci/core/scaffold/files"


def test_a_built_wheel_carries_every_file_of_the_scaffold(tmp_path: Path) -> None:
    wheel = pytest.importorskip("hatchling.builders.wheel", reason="not installed: hatchling")
    (built,) = wheel.WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(built) as archive:
        carried = {
            name for name in archive.namelist() if name.startswith("gitops_ci/core/scaffold/files/")
        }
    assert carried == {
        file.relative_to(ROOT).as_posix() for file in FILES.rglob("*") if file.is_file()
    }
    assert "gitops_ci/core/scaffold/files/chart/templates/_helpers.tpl" in carried
