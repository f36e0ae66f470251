"""Worlds to look at."""

from tests.integration.operations.conftest import world

__all__ = ["world"]
