"""Worlds to look at."""

from tests.integration.operation.conftest import world

__all__ = ["world"]
