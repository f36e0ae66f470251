"""What is committed can be used as a shared library of Jenkins."""

import subprocess

from tests.surroundings import ROOT


def test_the_repository_has_no_symbolic_links() -> None:
    """Newer versions of its Groovy Libraries plug-in refuse a library with one anywhere in the checkout."""
    listed = subprocess.run(["git", "ls-files", "--stage"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [line for line in listed.splitlines() if line.startswith(("120000", "160000"))] == []
