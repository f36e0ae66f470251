"""checks/dev.sh, run by dash: real images in a real Docker, the real Helm, a real server; only
kubectl has to be played.

The slow tier adds the image in a Docker daemon of its own.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_ci.core.scaffold import ScaffoldApplication, Settings, repository
from tests.integration.images.conftest import dockerd as dockerd
from tests.realparts import need
from tests.servers.faults import Reply
from tests.servers.handler import Handler, Plain, serving
from tests.servers.processes import free_port

SOON = "5"  # seconds, for what comes and then stays wrong
# plays kubectl: what it says of the deployment, how the rollout ends, and a forward to a server
# that is there
KUBECTL = """\
#!/bin/sh
echo "$*" >>"$CALLS"
case "$*" in
    *" get deployment "*) printf '%s' "$LIVE" ;;
    *" rollout status "*) exit "$ROLLOUT" ;;
    *" port-forward "*)
        if [ -z "$FORWARDED" ]; then echo 'error: services "shop-dev" not found' >&2; exit 1; fi
        echo "Forwarding from 127.0.0.1:$FORWARDED -> 8080"
        exec sleep 60 ;;
esac
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A repository of `init` on disk."""
    app = ScaffoldApplication("shop", "registry.example.com/shop")
    for path, content in repository(
        Settings(app, "shop", "https://git.example.com/shop-helm.git")
    ).items():
        (tmp_path / "gitops" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "gitops" / path).write_bytes(content)
    return tmp_path / "gitops"


@pytest.fixture
def application() -> Iterator[int]:
    """The port of an application that is well at /healthz alone."""

    with serving(Healthy, Plain) as served:
        yield served.port


class Healthy(Handler):
    def do_GET(self) -> None:
        self.reply(Reply(200 if self.path == "/healthz" else 503))


def check(
    place: Path, *words: str, path: str | None = None, **environ: str
) -> "subprocess.CompletedProcess[str]":
    """Run the checks, patient as on a slow machine unless ``PATIENCE`` says how long to wait for
    what never comes.
    """
    temporary = place.parent / "tmp"
    temporary.mkdir(exist_ok=True)
    given = {"PATIENCE": "60", "ROLLOUT_PATIENCE": "60", "TMPDIR": str(temporary)} | environ
    done = subprocess.run(
        ["dash" if shutil.which("dash") else "sh", str(place / "checks/dev.sh"), *words],
        env={**os.environ, **given, "PATH": path or os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert list(temporary.iterdir()) == []
    return done


def with_kubectl(place: Path, **said: str) -> dict[str, str]:
    folder = place.parent / "bin"
    folder.mkdir(exist_ok=True)
    (folder / "kubectl").write_text(KUBECTL)
    (folder / "kubectl").chmod(0o755)
    said = {"LIVE": "", "ROLLOUT": "0", "FORWARDED": ""} | said
    return {
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "CALLS": str(place.parent / "calls"),
        **said,
    }


def kube(place: Path, **said: str) -> "subprocess.CompletedProcess[str]":
    patience = {name: said.pop(name) for name in ("PATIENCE", "ROLLOUT_PATIENCE") if name in said}
    environ = with_kubectl(place, **said) | patience
    return check(
        place, "service", path=environ.pop("PATH"), IMAGE="registry.example.com/shop:15", **environ
    )


@pytest.mark.slow  # a Docker daemon of its own
def test_an_image_is_run_as_the_chart_runs_it(place: Path, tmp_path: Path, dockerd: str) -> None:
    need("sample-app")
    build = tmp_path / "build"
    build.mkdir()
    shutil.copy(shutil.which("sample-app") or "", build / "app")
    environ = {**os.environ, "DOCKER_BUILDKIT": "0"}
    docker = ["docker", "--host", dockerd]
    port = str(free_port())
    for tag, entry in {"good": '["/app"]', "dies": '["/app", "die"]'}.items():
        (build / "Dockerfile").write_text(
            f"FROM scratch\nCOPY app /app\nENV PORT={port}\nENTRYPOINT {entry}\n"
        )
        subprocess.run(
            [*docker, "build", "-q", "-t", f"shop:{tag}", str(build)],
            check=True,
            env=environ,
            capture_output=True,
        )
    # this daemon has no bridge: the host's network in place of a published port
    given = {"ENGINE": " ".join(docker), "RUN_OPTIONS": "--network host"}

    good = check(place, "image", IMAGE="shop:good", PORT=port, **given)
    assert good.returncode == 0, good.stderr
    assert (
        good.stdout
        == f"ok    image: shop:good starts as user 10001 and answers on port {port} at /healthz\n"
    )
    wrong = check(place, "image", IMAGE="shop:good", PORT=str(free_port()), PATIENCE="0", **given)
    assert wrong.returncode == 1
    assert "runs, but on port" in wrong.stderr
    assert "nothing answers" in wrong.stderr
    lost = check(
        place, "image", IMAGE="shop:good", PORT=port, HEALTH_PATH="/nowhere", PATIENCE=SOON, **given
    )
    assert lost.returncode == 1
    assert "the answer is HTTP 404" in lost.stderr
    dies = check(place, "image", IMAGE="shop:dies", PORT=port, **given)
    assert dies.returncode == 1
    assert "no database" in dies.stderr
    assert "ended by itself" in dies.stderr
    absent = check(place, "image", IMAGE="127.0.0.1:1/shop:absent", PORT=port, **given)
    assert absent.returncode == 1
    assert "does not start" in absent.stderr
    left = subprocess.run(
        [*docker, "ps", "--all", "--quiet"], check=True, capture_output=True, text=True
    )
    assert left.stdout == ""


def test_what_is_missing_is_said_and_is_no_failed_check(place: Path, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "dash", "mktemp", "rm", "date", "sed", "cat"):
        if found := shutil.which(name):
            (tools / name).symlink_to(found)
    assert (
        "neither curl nor wget"
        in check(place, "service", path=str(tools), SERVICE_URL="http://127.0.0.1:1").stderr
    )
    (tools / "curl").symlink_to("/bin/true")
    for words, said in {
        ("image",): "neither docker nor podman",
        ("chart", str(place)): "helm is not installed",
        ("service",): "kubectl is not installed",
        (): "say what",
    }.items():
        done = check(place, *words, path=str(tools), IMAGE="shop:15")
        assert done.returncode == 2, done.stderr
        assert said in done.stderr
    assert "IMAGE is not set" in check(place, "image").stderr


def test_a_published_port_is_asked_where_the_engine_says(
    place: Path, application: int, tmp_path: Path
) -> None:
    # no engine can publish ports on a machine without a bridge: this one only says so
    engine = tmp_path / "engine"
    said = f"port) echo 127.0.0.1:{application} ;; inspect) echo true ;; esac"
    engine.write_text(f'#!/bin/sh\necho "$*" >>"$CALLS"\ncase $1 in {said}\n')
    engine.chmod(0o755)
    done = check(place, "image", IMAGE="shop:15", ENGINE=str(engine), CALLS=str(tmp_path / "calls"))
    assert done.returncode == 0, done.stderr
    run, *_, removed = (tmp_path / "calls").read_text().splitlines()
    hardened = (
        "--user 10001:10001 --read-only --tmpfs /tmp --cap-drop ALL --security-opt "
        "no-new-privileges shop:15"
    )
    assert run.endswith(f"--publish 127.0.0.1::8080 {hardened}")
    assert removed.startswith("rm -f check-shop-")


def test_the_chart_is_rendered_with_the_image_that_was_built(place: Path) -> None:
    need("helm")
    good = check(place, "chart", str(place), IMAGE="localhost:5000/shop:15")
    assert good.returncode == 0, good.stderr
    assert "the container's port is 8080" in good.stdout
    assert "not 3000" in check(place, "chart", str(place), PORT="3000").stderr
    bad = check(place, "chart", str(place), IMAGE="shop:-x")
    assert bad.returncode == 1
    assert "helm lint finds mistakes" in bad.stderr
    (place / "values-dev.yaml").write_text("imag: {}\n")
    assert check(place, "chart", str(place)).returncode == 1
    assert "there is no chart" in check(place, "chart", str(place / "nowhere")).stderr


def test_a_service_is_asked_at_its_address(place: Path, application: int) -> None:
    good = check(place, "service", SERVICE_URL=f"http://127.0.0.1:{application}/")
    assert good.returncode == 0, good.stderr
    ill = check(
        place,
        "service",
        SERVICE_URL=f"http://127.0.0.1:{application}",
        HEALTH_PATH="/ready",
        PATIENCE="0",
    )
    assert ill.returncode == 1
    assert "the answer is HTTP 503" in ill.stderr
    nowhere = f"http://127.0.0.1:{free_port()}"
    assert "nothing answers" in check(place, "service", SERVICE_URL=nowhere, PATIENCE="0").stderr


def test_wget_asks_where_there_is_no_curl(place: Path, application: int, tmp_path: Path) -> None:
    need("wget")
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("sh", "dash", "mktemp", "rm", "date", "sed", "sleep", "tail", "wget"):
        if found := shutil.which(name):
            (tools / name).symlink_to(found)
    url = f"http://127.0.0.1:{application}"
    assert check(place, "service", path=str(tools), SERVICE_URL=url).returncode == 0
    ill = check(
        place, "service", path=str(tools), SERVICE_URL=url, HEALTH_PATH="/ready", PATIENCE="0"
    )
    assert "HTTP 503" in ill.stderr


@pytest.mark.parametrize(
    "live", ["registry.example.com/shop:15", "registry.example.com/shop:15@sha256:" + "a" * 64]
)
def test_a_service_is_reached_through_kubectl_once_the_image_runs(
    live: str, place: Path, application: int
) -> None:
    done = kube(place, LIVE=live, FORWARDED=str(application))
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("ok    service: shop-dev answers in dev\n")
    calls = (place.parent / "calls").read_text().splitlines()
    assert [
        next(word for word in ("get", "rollout", "port-forward") if word in call) for call in calls
    ] == [
        "get",
        "rollout",
        "port-forward",
    ]
    assert all(call.startswith("--namespace dev ") for call in calls)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            {"LIVE": "registry.example.com/shop:14", "ROLLOUT_PATIENCE": "0"},
            "runs registry.example.com/shop:14, not registry.example.com/shop:15",
        ),
        (
            {"LIVE": "registry.example.com/shop:151", "ROLLOUT_PATIENCE": "0"},
            "runs registry.example.com/shop:151",
        ),
        ({"LIVE": "", "ROLLOUT_PATIENCE": "0"}, "runs nothing"),
        ({"LIVE": "registry.example.com/shop:15", "ROLLOUT": "1"}, "do not get ready"),
        ({"LIVE": "registry.example.com/shop:15", "FORWARDED": ""}, "can't reach service shop-dev"),
        (
            {"LIVE": "registry.example.com/shop:15", "FORWARDED": "1", "PATIENCE": SOON},
            "nothing answers",
        ),
    ],
)
def test_what_did_not_arrive_is_told(said: dict[str, str], words: str, place: Path) -> None:
    done = kube(place, **said)
    assert done.returncode == 1
    assert words in done.stderr


def test_no_forward_is_left_behind(place: Path, application: int) -> None:
    need("ps")
    kube(place, LIVE="registry.example.com/shop:15", FORWARDED=str(application))
    listed = subprocess.run(
        ["ps", "-eo", "args"], check=True, capture_output=True, text=True
    ).stdout
    assert f"{place.parent}/bin/kubectl" not in listed


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_the_script_can_be_read_by_every_shell(shell: str, place: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        assert (
            subprocess.run([shell, "-n", str(place / "checks/dev.sh")], check=False).returncode == 0
        )
