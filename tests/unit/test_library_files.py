"""What Jenkins wants of the files of a shared library."""

import subprocess

from tests.surroundings import ROOT


def test_the_repository_has_no_symbolic_links() -> None:
    """Newer versions of its Groovy Libraries plug-in refuse a library with one anywhere in the checkout."""
    listed = subprocess.run(["git", "ls-files", "--stage"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [line for line in listed.splitlines() if line.startswith(("120000", "160000"))] == []


def test_each_var_has_its_help() -> None:
    names = {path.stem for path in (ROOT / "vars").glob("*.groovy")}
    assert {path.stem for path in (ROOT / "vars").glob("*.txt")} == names
