"""A source repository beside the GitOps repository."""

from pathlib import Path

import pytest

from tests.integration.operations.conftest import world
from tests.integration.source.checkout import Checkout, make_checkout

__all__ = ["checkout", "world"]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A source checkout with one commit on main."""
    return make_checkout(tmp_path / "source")
