"""Each engine really builds and pushes, once.

`make test` does it with buildah; the slow tier adds docker, whose daemon has to be started, and
podman.
"""

from pathlib import Path

import pytest

from tests.integration.images import spying, witness
from tests.integration.images.command import build_alone, recorded
from tests.integration.images.conftest import commit, git
from tests.integration.images.engines import words_for
from tests.realparts import need
from tests.servers.registry import PASSWORD, USER, Registry

need("skopeo")

LOGIN = {"GITOPS_CI_REGISTRY_USERNAME": USER, "GITOPS_CI_REGISTRY_PASSWORD": PASSWORD}


@pytest.mark.parametrize(
    "engine",
    [
        pytest.param("docker", marks=pytest.mark.slow),
        pytest.param("podman", marks=pytest.mark.slow),
        "buildah",
    ],
)
def test_an_engine_builds_and_pushes_once_with_a_login_that_nobody_sees(
    engine: str,
    checkout: Path,
    tmp_path: Path,
    storage: Path,
    login_registry: Registry,
    request: pytest.FixtureRequest,
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    (checkout / "Dockerfile").write_text(
        "FROM scratch\nARG WORD\nLABEL word=$WORD\nCOPY hello /hello\n"
    )
    revision = commit(checkout, "Take a word")
    name = f"{engine}/app"
    words = [
        "app",
        "--image",
        f"{login_registry.host}/{name}",
        "--plain-http",
        login_registry.host,
        "--version",
        "1.4",
    ]
    words += ["--build-arg", "WORD=a b", *words_for(engine, storage, request)]
    environ = LOGIN | {"TMPDIR": str(temporary), "DOCKER_BUILDKIT": "0"}

    with spying.watching(temporary) as seen:
        first = build_alone(checkout, *words, **environ)
    assert first.code == 0, first.stderr
    assert first.result["changed"] is True
    digest = witness.digest(login_registry, f"{name}:15")
    assert recorded(checkout)["images"] == [
        {"repository": f"{login_registry.host}/{name}", "tag": "15", "digest": digest}
    ]
    assert recorded(checkout)["source_revision"] == revision
    labels = witness.labels(login_registry, f"{name}:15")
    assert labels["org.opencontainers.image.revision"] == revision
    assert labels["org.opencontainers.image.source"] == "https://git.example.com/team/app.git"
    assert labels["org.opencontainers.image.version"] == "1.4"
    assert labels["word"] == "a b"

    second = build_alone(checkout, *words, **environ)
    assert second.code == 0, second.stderr
    assert second.result["changed"] is False
    assert "reused" in second.result["message"]
    assert second.result["image"]["digest"] == digest

    commit(checkout, "Say something else")
    third = build_alone(checkout, *words, **environ)
    assert third.code == 1
    assert revision in third.result["message"]
    assert git(checkout, "rev-parse", "HEAD") in third.result["message"]
    assert witness.digest(login_registry, f"{name}:15") == digest

    assert seen == set()
    assert list(temporary.iterdir()) == []
    assert spying.leaks(tmp_path) | spying.leaks(storage) == set()
    for form in spying.FORMS:
        assert form.decode() not in first.stdout + first.stderr + second.stderr + third.stderr
