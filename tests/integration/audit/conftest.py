"""Worlds whose history is audited, and a server before them."""

from collections.abc import Iterator

import pytest

from tests.integration.conftest import outlasting
from tests.integration.operation.conftest import world
from tests.integration.operation.snapshots import Snapshots
from tests.realparts import need
from tests.servers import git_http
from tests.servers.git_http import GitHttp

__all__ = ["world"]

LOGIN = {"jenkins": "a-secret-word"}


@pytest.fixture(scope="session")
def before_the_world(snapshots: Snapshots) -> Iterator[GitHttp]:
    """A server with a login; it serves the world of whichever test runs."""
    need("nginx", "fcgiwrap", "git http-backend")
    yield from outlasting(git_http.serve(snapshots.place, users=LOGIN))
