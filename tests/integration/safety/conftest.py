"""Worlds to attack."""

from tests.integration.operations.conftest import world

__all__ = ["world"]
