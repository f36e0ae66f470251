"""Places for runs of pytest within a run."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for temporary files whose path is short, as a system's is."""
    with tempfile.TemporaryDirectory(prefix="") as name:
        yield Path(name)
