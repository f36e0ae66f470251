"""What Jenkins wants of the files of a shared library."""

from tests.surroundings import ROOT


def test_each_var_has_its_help() -> None:
    names = {path.stem for path in (ROOT / "vars").glob("*.groovy")}
    assert {path.stem for path in (ROOT / "vars").glob("*.txt")} == names
