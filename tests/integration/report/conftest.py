"""A world to report on, and a browser to look with."""

from collections.abc import Iterator

import pytest

from gitops_ci.report.html.folder import write
from gitops_ci.report.html.site import files
from tests.integration.operation.conftest import world
from tests.realparts import need
from tests.servers import pages
from tests.servers.browser import Browser, chromium
from tests.unit.report.sample import content

__all__ = ["world"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a window of a real browser."""
    need("chromium", "chromedriver")
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a sample report as Jenkins would."""
    folder = tmp_path_factory.mktemp("report") / "html"
    write(files(content(40)), folder)
    with pages.serve(folder) as url:
        yield url
