"""A controller for each test: the double, and the real one too where JENKINS_URL, JENKINS_USER and
JENKINS_TOKEN name it.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.integration.conftest import MakeRepository
from tests.integration.jobs.desk import FILES, Desk
from tests.integration.jobs.site import Site, place
from tests.servers import jenkins_stub
from tests.servers.jenkins_stub import Stub
from tests.surroundings import REAL_JENKINS

REAL = all(os.environ.get(name) for name in REAL_JENKINS.values())


@pytest.fixture
def stub() -> Iterator[Stub]:
    """The double."""
    with jenkins_stub.serve() as running:
        yield running


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Have every test that needs no more than a controller meet the real one too."""
    if "site" in metafunc.fixturenames:
        only_double = {"stub", "tls"} & set(metafunc.fixturenames)
        metafunc.parametrize(
            "site", ["double"] if only_double or not REAL else ["double", "real"], indirect=True
        )


@pytest.fixture
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A controller with a folder of this test's own."""
    folder = f"tests-of-gitops-ci-{os.getpid()}-{abs(hash(tmp_path)) % 10**8}"
    if request.param == "double":
        stub = request.getfixturevalue("stub")
        yield Site(stub.url, "admin", "token-of-admin", folder)
        return
    url, user, token = (os.environ[name] for name in REAL_JENKINS.values())
    found = Site(url.rstrip("/") + "/", user, token, folder, double=False)
    yield found
    with contextlib.suppress(requests.RequestException):
        requests.post(
            f"{found.url}{place(folder)}doDelete",
            auth=(user, token),
            timeout=60,
            allow_redirects=False,
        )


@pytest.fixture
def desk(
    site: Site,
    make_repository: MakeRepository,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Desk:
    """A GitOps repository with two applications, and the program with a login."""
    made = Desk(site, tmp_path, make_repository(FILES), capsys, monkeypatch)
    made.log_in(site.user, site.token)
    return made
