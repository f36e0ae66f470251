"""A plugin of pytest that keeps the name of the running test in a file: what a server starts, which
an earlier test has started, can't know it from its environment.
"""

import os
from pathlib import Path

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note which test is about to run in this worker."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    Path(f"{os.environ['MUTATIONS_LOG']}.{worker}").write_text(item.nodeid, encoding="utf-8")
