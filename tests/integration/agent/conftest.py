"""Agents of a test, and what the library carries for them."""

from pathlib import Path

import pytest

from tests.integration.agent import stubs
from tests.integration.agent.agent import Agent


@pytest.fixture
def agent(tmp_path: Path) -> Agent:
    """An agent on which nothing is installed."""
    return Agent(tmp_path / "agent")


@pytest.fixture(scope="session")
def carried(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The resources of a library that carries a program which depends on nothing."""
    folder = tmp_path_factory.mktemp("carried")
    return stubs.carry(folder / "resources", stubs.wheel(folder, mark="carried"))
