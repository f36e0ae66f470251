"""What is committed can be used as a shared library of Jenkins."""

import subprocess

from tests.surroundings import ROOT


def test_the_repository_has_no_symbolic_links() -> None:
    """Newer versions of its Groovy Libraries plug-in refuse a checkout with one anywhere in it."""
    command = ["git", "ls-files", "--stage"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [line for line in listed.splitlines() if line.startswith(("120000", "160000"))] == []
