"""`make lint` fails on an import that the layers of pyproject.toml don't allow."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.surroundings import ROOT

LAYERS = "each layer imports only what lies below it"
ADAPTERS = "adapters never import each other"
NOTHING_OUTSIDE = "core and model touch nothing outside"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the package and of the contracts."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(
        ROOT / "gitops_ci", tmp_path / "gitops_ci", ignore=shutil.ignore_patterns("__pycache__")
    )
    return tmp_path


def lint(checkout: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [str(program), "--no-cache", "--no-logo"],
        cwd=checkout,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def add_import(checkout: Path, module: str, line: str) -> None:
    file = checkout / (module.replace(".", "/") + ".py")
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{line}\n", encoding="utf-8")


def test_the_package_keeps_its_layers_and_the_check_leaves_no_file(checkout: Path) -> None:
    before = sorted(checkout.rglob("*"))
    done = lint(checkout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(path for path in checkout.rglob("*") if path.name != "__pycache__") == before


@pytest.mark.parametrize(
    ("contract", "imports"),
    [
        (
            LAYERS,
            [
                ("gitops_ci.base.errors", "gitops_ci.model.names"),
                ("gitops_ci.model.names", "gitops_ci.core.plan"),
                ("gitops_ci.core.plan", "gitops_ci.adapters.helm"),
                ("gitops_ci.adapters.credentials", "gitops_ci.core.ledger"),
                ("gitops_ci.report.build", "gitops_ci.usecases.build"),
                ("gitops_ci.usecases.init", "gitops_ci.cli.init"),
            ],
        ),
        (LAYERS, [("gitops_ci.usecases.check", "gitops_ci.report.check")]),
        (
            ADAPTERS,
            [
                ("gitops_ci.adapters.helm", "gitops_ci.adapters.git.values"),
                ("gitops_ci.adapters.http.client", "gitops_ci.adapters.registry.client"),
            ],
        ),
        (
            NOTHING_OUTSIDE,
            [
                ("gitops_ci.core.plan", "socket"),
                ("gitops_ci.model.names", "os"),
                ("gitops_ci.core.ledger", "gitops_ci.base.processes"),
            ],
        ),
    ],
)
def test_a_forbidden_import_fails_and_is_named(
    checkout: Path, contract: str, imports: list[tuple[str, str]]
) -> None:
    for importer, imported in imports:
        add_import(checkout, importer, f"def late():\n    import {imported}")
    done = lint(checkout)
    assert done.returncode == 1
    assert f"{contract} BROKEN" in done.stdout
    assert [
        f"{importer} -> {imported}"
        for importer, imported in imports
        if f"{importer} -> {imported} (l." not in done.stdout
    ] == []


@pytest.mark.parametrize(("folder", "contract"), [("hosts", LAYERS), ("adapters/hosts", ADAPTERS)])
def test_a_new_room_needs_its_place(checkout: Path, folder: str, contract: str) -> None:
    room = checkout / "gitops_ci" / folder
    room.mkdir()
    (room / "__init__.py").touch()
    done = lint(checkout)
    assert done.returncode == 1
    assert f"{contract} BROKEN" in done.stdout
