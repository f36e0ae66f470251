"""``build`` with buildah against a real registry: once, or not at all."""

import base64
import json
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from gitops_ci.demo.images import make_image
from gitops_ci.model.build import REVISION
from tests.integration.images import witness
from tests.integration.images.command import Ran, build, build_alone, recorded, start
from tests.integration.images.conftest import git
from tests.integration.images.engines import words_for
from tests.patience import ended_late
from tests.realparts import need
from tests.servers.processes import free_port
from tests.servers.registry import PASSWORD, USER, Registry

need("skopeo", "buildah")


@pytest.fixture
def options(open_registry: Registry, storage: Path, request: pytest.FixtureRequest) -> list[str]:
    """Return the options to build with buildah and push to the open registry."""
    return ["--plain-http", open_registry.host, *words_for("buildah", storage, request)]


def programs(folder: Path, **scripts: str) -> str:
    """Write shell scripts as programs and return a PATH that finds them first."""
    folder.mkdir(exist_ok=True)
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return f"{folder}:/usr/local/bin:/usr/bin:/bin:/usr/sbin"


def test_a_tag_that_does_not_say_its_revision_is_left_alone(
    checkout: Path, tmp_path: Path, open_registry: Registry, options: list[str]
) -> None:
    make_image(tmp_path / "layout", "15", {}, {"other": b"other"})
    witness.copy(tmp_path / "layout", "15", open_registry, "foreign/app:15")
    digest = witness.digest(open_registry, "foreign/app:15")
    ran = build(checkout, "--image", f"{open_registry.host}/foreign/app", *options)
    assert ran.code == 1
    assert "does not say from which revision" in ran.result["message"]
    assert "building" not in ran.stderr
    assert witness.digest(open_registry, "foreign/app:15") == digest
    assert not (checkout / "release.json").exists()


@pytest.mark.parametrize("moment", ["bud", "push"])
@pytest.mark.parametrize("same_revision", [True, False])
def test_a_tag_that_another_build_takes_meanwhile_is_reused_or_refused(
    checkout: Path,
    tmp_path: Path,
    open_registry: Registry,
    options: list[str],
    moment: str,
    same_revision: bool,
) -> None:
    name = f"race/{moment}-{same_revision}".lower()
    revision = git(checkout, "rev-parse", "HEAD") if same_revision else "9" * 40
    twin = make_image(tmp_path / "layout", "twin", {REVISION: revision}, {"twin": b"twin"})
    copy = (
        f"skopeo copy -q --preserve-digests --dest-tls-verify=false oci:{tmp_path}/layout:twin "
        f"docker://{open_registry.host}/{name}:15"
    )
    real = shutil.which("buildah")
    path = programs(
        tmp_path / "bin",
        buildah=f'{real} "$@" || exit\ncase " $* " in *" {moment} "*) {copy} ;; esac',
    )
    ran = build(checkout, "--image", f"{open_registry.host}/{name}", *options, PATH=path)
    assert witness.digest(open_registry, f"{name}:15") == twin
    if same_revision:
        assert ran.code == 0, ran.stderr
        assert recorded(checkout)["images"][0]["digest"] == twin
    else:
        assert ran.code == 1
        assert "9" * 40 in ran.result["message"]
        assert not (checkout / "release.json").exists()


def test_nothing_is_built_while_the_registry_can_not_be_asked(
    checkout: Path, storage: Path, request: pytest.FixtureRequest
) -> None:
    host = f"127.0.0.1:{free_port()}"
    words = [
        "--image",
        f"{host}/app",
        "--plain-http",
        host,
        *words_for("buildah", storage, request),
    ]
    ran = build(checkout, *words)
    assert ran.code == 4
    assert ran.result["category"] == "unavailable"
    assert host in ran.result["message"]
    assert "building" not in ran.stderr
    assert list(storage.iterdir()) == []


def test_a_build_that_fails_says_the_last_words_of_the_engine(
    checkout: Path, open_registry: Registry, options: list[str]
) -> None:
    (checkout / "Dockerfile").write_text("FROM scratch\nCOPY missing-file /\n")
    ran = build(checkout, "--image", f"{open_registry.host}/broken/app", *options)
    assert ran.code == 1
    assert "missing-file" in ran.result["message"]
    assert "Traceback" not in ran.stderr


def test_an_own_authority_is_trusted_by_the_engine_too(
    checkout: Path, tls_registry: Registry, storage: Path, request: pytest.FixtureRequest
) -> None:
    words = ["--image", f"{tls_registry.host}/own/app", "--ca-file", str(tls_registry.ca_file)]
    ran = build(checkout, *words, *words_for("buildah", storage, request))
    assert ran.code == 0, ran.stderr
    assert ran.result["image"]["digest"] == witness.digest(tls_registry, "own/app:15")


def test_several_images_of_one_build_end_in_one_release(
    checkout: Path, open_registry: Registry, options: list[str]
) -> None:
    for name in ("web", "worker", "web"):
        assert (
            build(
                checkout, "shop", "--image", f"{open_registry.host}/several/{name}", *options
            ).code
            == 0
        )
    record = recorded(checkout)
    assert [image["repository"].rpartition("/")[2] for image in record["images"]] == [
        "worker",
        "web",
    ]
    assert record["app"] == "shop"
    assert record["source_authors"] == ["dave@example.com", "eve@example.com"]


def test_a_new_build_begins_a_new_release(
    checkout: Path, open_registry: Registry, options: list[str]
) -> None:
    assert build(checkout, "--image", f"{open_registry.host}/next/web", *options).code == 0
    later = {"BUILD_NUMBER": "16", "BUILD_URL": "https://jenkins.example.com/job/app/16/"}
    assert (
        build(checkout, "--image", f"{open_registry.host}/next/worker", *options, **later).code == 0
    )
    assert [image["tag"] for image in recorded(checkout)["images"]] == ["16"]


def test_a_dry_run_leaves_everything_as_it_is(
    checkout: Path, open_registry: Registry, options: list[str], storage: Path
) -> None:
    ran = build(checkout, "--image", f"{open_registry.host}/dry/app", "--dry-run", *options)
    assert ran.code == 0, ran.stderr
    assert ran.result["dry_run"] is True
    assert "would be built with buildah" in ran.result["message"]
    assert not (checkout / "release.json").exists()
    missing = build(
        checkout, "--pushed", f"{open_registry.host}/dry/app:15", "--plain-http", open_registry.host
    )
    assert missing.code == 1


def test_options_come_from_the_environment_too(
    checkout: Path, open_registry: Registry, options: list[str]
) -> None:
    (checkout / "Dockerfile").write_text(
        "FROM scratch\nARG A\nARG B\nLABEL a=$A b=$B\nCOPY hello /\n"
    )
    environ = {
        "GITOPS_CI_IMAGE": f"{open_registry.host}/environ/app",
        "GITOPS_CI_TAG": "{branch}-{git_sha:7}",
        "GITOPS_CI_BRANCH_NAME": "feature/x",
        "GITOPS_CI_BUILD_ARG": "A=one two\nB=$(id)",
    }
    ran = build(checkout, *options, **environ)
    assert ran.code == 0, ran.stderr
    tag = f"feature-x-{git(checkout, 'rev-parse', 'HEAD')[:7]}"
    assert ran.result["image"]["tag"] == tag
    labels = witness.labels(open_registry, f"environ/app:{tag}")
    assert (labels["a"], labels["b"]) == ("one two", "$(id)")


def test_changes_that_are_not_committed_are_warned_of(
    checkout: Path, open_registry: Registry, options: list[str]
) -> None:
    (checkout / "hello").write_text("changed\n")
    ran = build(checkout, "--image", f"{open_registry.host}/dirty/app", *options)
    assert ran.code == 0
    assert "hello" in ran.stderr
    assert "has not" in ran.stderr
    assert ["hello" in warning for warning in ran.result["warnings"]] == [True]


def test_without_a_checkout_the_revision_has_to_be_given(
    checkout: Path, tmp_path: Path, open_registry: Registry, options: list[str]
) -> None:
    bare = tmp_path / "bare"
    shutil.copytree(checkout, bare, ignore=shutil.ignore_patterns(".git"))
    words = ["--image", f"{open_registry.host}/bare/app", *options]
    ran = build(bare, *words)
    assert ran.code == 2
    assert "--revision" in ran.result["message"]
    assert build(bare, *words, GIT_COMMIT="7" * 40).code == 0
    assert recorded(bare)["source_revision"] == "7" * 40


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        ([], 2, "--pushed"),
        (
            ["--image", "registry.example.com/app", "--pushed", "registry.example.com/app:1"],
            2,
            "either",
        ),
        (["--image", "registry.example.com/app:15"], 1, "repository"),
        (["--image", "../../etc"], 1, "repository"),
        (["--image", "registry.example.com/app", "--tag", "-rf"], 2, "tag"),
        (["--image", "registry.example.com/app", "--tag", "a\nb"], 2, "tag"),
        (["--image", "registry.example.com/app", "--tag", "{build_nummer}"], 2, "{build_number}"),
        (["--image", "registry.example.com/app", "--digest", "sha256:1"], 2, "--pushed"),
        (["--image", "registry.example.com/app", "--build-arg", "novalue"], 2, "NAME=VALUE"),
        (["--image", "registry.example.com/app", "--build-url", "javascript:alert(1)"], 2, "http"),
        (["--image", "registry.example.com/app", "--version", "1\n2"], 1, "version"),
        (["a\x1bb", "--image", "registry.example.com/app"], 1, "app"),
        (["--image", "registry.example.com/app", "--plain-http", "http://x/"], 2, "HOST:PORT"),
        (["--pushed", "registry.example.com/app"], 2, "NAME:TAG"),
        (["--pushed", "registry.example.com/app:1", "--digest", "latest"], 1, "sha256:"),
        (["--image", "oci:folder"], 2, "--pushed"),
    ],
)
def test_wrong_words_are_refused_before_anything_is_asked(
    checkout: Path, words: list[str], code: int, hint: str
) -> None:
    ran = build(checkout, *words)
    assert ran.code == code, ran.stderr
    assert hint in ran.result["message"]


def test_a_build_argument_can_not_steer_the_engine(
    checkout: Path, open_registry: Registry, options: list[str]
) -> None:
    ran = build(
        checkout,
        "--image",
        f"{open_registry.host}/steer/app",
        *options,
        "--build-arg",
        "LD_PRELOAD=/tmp/x.so",
    )
    assert ran.code == 2
    assert "LD_PRELOAD" in ran.result["message"]


def test_one_build_is_for_one_platform(
    checkout: Path, open_registry: Registry, options: list[str]
) -> None:
    ran = build(
        checkout,
        "--image",
        f"{open_registry.host}/arch/app",
        *options,
        "--platform",
        "linux/amd64,linux/arm64",
    )
    assert ran.code == 2
    assert "--pushed" in ran.result["message"]


@pytest.mark.parametrize(
    ("option", "value"), [("--context", "missing"), ("--context", "hello"), ("--file", "missing")]
)
def test_a_context_or_dockerfile_that_is_not_there_is_named(
    checkout: Path, open_registry: Registry, options: list[str], option: str, value: str
) -> None:
    ran = build(checkout, "--image", f"{open_registry.host}/lost/app", *options, option, value)
    assert ran.code == 2
    assert f"{option} {value}" in ran.result["message"]


def test_no_engine_at_all_is_said_with_what_to_install(
    checkout: Path, tmp_path: Path, open_registry: Registry
) -> None:
    (tmp_path / "bin").mkdir()
    git_itself = shutil.which("git")
    assert git_itself
    (tmp_path / "bin" / "git").symlink_to(git_itself)
    words = ["--image", f"{open_registry.host}/none/app", "--plain-http", open_registry.host]
    ran = build(checkout, *words, PATH=str(tmp_path / "bin"))
    assert ran.code == 1
    for engine in ("docker", "podman", "buildah"):
        assert f"{engine}: not installed" in ran.result["message"]


def test_the_first_engine_that_works_is_taken(
    checkout: Path, tmp_path: Path, open_registry: Registry
) -> None:
    path = programs(tmp_path / "bin", docker="echo no daemon; exit 1", podman="exit 0")
    ran = build(
        checkout,
        "--image",
        f"{open_registry.host}/first/app",
        "--plain-http",
        open_registry.host,
        "--dry-run",
        PATH=path,
    )
    assert "would be built with podman" in ran.result["message"]


def test_a_base_image_behind_a_stored_login_can_still_be_pulled(
    checkout: Path,
    tmp_path: Path,
    open_registry: Registry,
    login_registry: Registry,
    options: list[str],
) -> None:
    make_image(tmp_path / "layout", "1", {REVISION: "8" * 40}, {"base": b"base"})
    witness.copy(tmp_path / "layout", "1", login_registry, "base/app:1")
    pair = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    (tmp_path / "config.json").write_text(
        json.dumps({"auths": {login_registry.host: {"auth": pair}}})
    )
    (checkout / "Dockerfile").write_text(f"FROM {login_registry.host}/base/app:1\nCOPY hello /\n")
    words = ["--image", f"{open_registry.host}/onbase/app", *options]
    login = {"GITOPS_CI_REGISTRY_USERNAME": "somebody", "GITOPS_CI_REGISTRY_PASSWORD": "else-where"}
    ran = build(checkout, *words, DOCKER_CONFIG=str(tmp_path), **login)
    assert ran.code == 0, ran.stderr
    assert witness.labels(open_registry, "onbase/app:15")[REVISION] == git(
        checkout, "rev-parse", "HEAD"
    )


def test_a_tag_that_another_build_moved_inside_the_engine_is_not_recorded_as_ours(
    checkout: Path, tmp_path: Path, open_registry: Registry, options: list[str]
) -> None:
    real = shutil.which("buildah")
    storage = " ".join(
        word
        for word in options
        if word.startswith("--root") or word.startswith("--runroot") or "vfs" in word
    )
    retag = (
        f"{real} {storage} bud --isolation chroot -t {open_registry.host}/moved/app:15 --label "
        f"{REVISION}={'9' * 40} . >&2"
    )
    path = programs(
        tmp_path / "bin", buildah=f'{real} "$@" || exit\ncase " $* " in *" bud "*) {retag} ;; esac'
    )
    ran = build(checkout, "--image", f"{open_registry.host}/moved/app", *options, PATH=path)
    assert ran.code == 1
    assert "9" * 40 in ran.result["message"]
    assert not (checkout / "release.json").exists()


def test_a_docker_daemon_that_is_not_there_is_named(
    checkout: Path, tmp_path: Path, open_registry: Registry
) -> None:
    need("docker")
    words = ["--image", f"{open_registry.host}/none/app", "--plain-http", open_registry.host]
    ran = build(
        checkout,
        *words,
        "--engine",
        "docker",
        "--engine-option",
        f"--host=unix://{tmp_path}/nothing",
    )
    assert ran.code == 1
    assert "nothing" in ran.result["message"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("denied: requested access to the resource is denied", 1),
        ("unauthorized: authentication required", 1),
        ("http: server gave HTTP response to HTTPS client", 1),
        ("dial tcp 10.0.0.1:443: connect: connection refused", 4),
        ("received unexpected HTTP status: 503 Service Unavailable", 4),
        ("something else", 1),
    ],
)
def test_a_push_that_fails_says_why(
    checkout: Path, tmp_path: Path, open_registry: Registry, words: str, code: int
) -> None:
    script = f'case "$1" in push) echo "{words}" >&2; exit 125 ;; esac'
    path = programs(tmp_path / "bin", podman=script)
    options = [
        "--image",
        f"{open_registry.host}/denied/app",
        "--plain-http",
        open_registry.host,
        "--engine",
        "podman",
    ]
    ran = build(checkout, *options, PATH=path)
    assert ran.code == code
    assert words in ran.result["message"]
    assert not (checkout / "release.json").exists()


@dataclass(frozen=True)
class Endless:
    """A build whose engine never ends: how it is called, and what the engine leaves if nobody ends
    it.
    """

    words: tuple[str, ...]
    environ: dict[str, str]
    temporary: Path
    child: Path

    def begun(self) -> bool:
        """Tell whether the engine is at work; the shell makes the file before it writes."""
        return self.child.exists() and bool(self.child.read_text())

    def left_nothing(self) -> bool:
        """Tell whether the engine's own child is gone, and every file."""
        return not running(self.child.read_text().strip()) and list(self.temporary.iterdir()) == []


@pytest.fixture
def endless(tmp_path: Path, open_registry: Registry) -> Endless:
    """A build with a podman that sleeps."""
    child, temporary = tmp_path / "child", tmp_path / "tmp"
    temporary.mkdir()
    script = f'case "$1" in build) sleep 600 & echo $! > {child}; wait ;; esac'
    path = programs(tmp_path / "bin", podman=script)
    words = (
        "--image",
        f"{open_registry.host}/long/app",
        "--plain-http",
        open_registry.host,
        "--engine",
        "podman",
    )
    login = {"GITOPS_CI_REGISTRY_USERNAME": "u", "GITOPS_CI_REGISTRY_PASSWORD": "pppp"}
    return Endless(words, {"PATH": path, "TMPDIR": str(temporary), **login}, temporary, child)


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGTERM, 143), (signal.SIGINT, 130)],
    ids=["terminated", "interrupted"],
)
def test_no_engine_is_left_behind(
    checkout: Path, endless: Endless, number: signal.Signals, code: int
) -> None:
    with start(checkout, *endless.words, **endless.environ) as run:
        wait_for(endless.begun)
        run.send_signal(number)
        _, stderr = run.communicate(timeout=60)
    assert run.returncode == code, stderr
    wait_for(endless.left_nothing)


def test_no_engine_is_left_behind_when_the_time_is_over(checkout: Path, endless: Endless) -> None:
    def run(seconds: int) -> Ran:
        return build_alone(checkout, *endless.words, "--timeout", f"{seconds}s", **endless.environ)

    assert ended_late(run, lambda _: endless.begun()).code == 1
    wait_for(endless.left_nothing)


def running(process: str) -> bool:
    """Tell whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    assert condition()
