"""One stem a command: whoever knows the command knows its file in every layer."""

import pytest

from gitops_ci.cli import COMMANDS
from tests.surroundings import ROOT

PACKAGE = ROOT / "gitops_ci"
# values edits a file with the core alone; the demo runs the other commands and prints by itself
WITHOUT_USE_CASE = {"values", "demo"}
WITHOUT_REPORT = {"demo"}


def modules(layer: str) -> set[str]:
    """Return the modules of a layer, and the folders in it that are one."""
    files = {path.stem for path in (PACKAGE / layer).rglob("*.py")}
    return files | {path.parent.name for path in (PACKAGE / layer).rglob("__init__.py")}


@pytest.mark.parametrize("stem", sorted(set(COMMANDS.values())))
def test_the_module_of_a_command_is_called_alike_in_every_layer(stem: str) -> None:
    assert (PACKAGE / "cli" / f"{stem}.py").is_file()
    assert stem in WITHOUT_REPORT or (PACKAGE / "report" / f"{stem}.py").is_file()
    assert stem in WITHOUT_USE_CASE or stem in modules("usecases")


def test_what_has_no_use_case_or_report_has_none() -> None:
    assert not WITHOUT_USE_CASE & modules("usecases")
    assert not WITHOUT_REPORT & modules("report")
