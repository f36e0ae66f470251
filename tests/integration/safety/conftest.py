"""Worlds to attack."""

from tests.integration.operation.conftest import world

__all__ = ["world"]
