"""The gate render: helm has to render the chart as it will be, with the values as they will be; the
difference can be shown.
"""

import os
import re
import time
from pathlib import Path

import pytest

from gitops_ci.adapters import helm
from gitops_ci.base.deadline import Deadline
from gitops_ci.model.release import Known
from tests.integration.operation.world import World
from tests.patience import ended_late
from tests.program import COMMAND, Run
from tests.realparts import need

need("helm")

CONFIG = """\
version: 1
apps:
  shop: {path: "%(path)s", images: [{repository: r.example.com/shop, tag: image.tag}]}
environments:
  dev: {values: values-dev.yaml, verify_digest: "off"%(dev)s}
  stage: {values: values-stage.yaml, from: dev, verify_digest: "off"%(stage)s}
"""
VALUES = 'image:\n  tag: "1"\nreplicas: 2\n'
CHART = "apiVersion: v2\nname: shop\nversion: 1.0.0\n"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: "{{ .Release.Name }}", namespace: "{{ .Release.Namespace }}"}
spec:
  replicas: {{ .Values.replicas }}
  image: r.example.com/shop:{{ required "image.tag is required" .Values.image.tag }}
"""
SECRET = """\
apiVersion: v1
kind: Secret
metadata: {name: login}
stringData: {user: shop, password: "word-of-{{ .Values.image.tag }}"}
"""


def charted(
    world: World,
    *,
    folder: str = "charts/",
    path: str = ".",
    dev: str = ", render: true",
    stage: str = "",
) -> None:
    """Write an application with a chart, and the policy of dev and stage."""
    inside = "" if path == "." else f"{path}/"
    files: dict[str, str | bytes] = {
        "gitops.yaml": CONFIG % {"path": path, "dev": dev, "stage": stage},
        **{f"{inside}values-{name}.yaml": VALUES for name in ("dev", "stage")},
        f"{inside}{folder}Chart.yaml": CHART,
        f"{inside}{folder}templates/deployment.yaml": DEPLOYMENT,
    }
    world.write(files, "chart")


def update(world: World, *words: str) -> tuple[str, ...]:
    return ("update", "shop", "--env", "dev", "--tag", "2", *words)


def reason(world: World, *words: str, code: int = 3) -> str:
    """Return what the gate says when it refuses."""
    gates = world.refused(*words, code=code).result["gates"]
    return next(f"{gate['reason']} {gate['remedy']}" for gate in gates if gate["gate"] == "render")


@pytest.mark.parametrize(
    ("folder", "path"), [("charts/", "."), ("", "apps/shop"), ("charts/", "apps/shop")]
)
def test_what_renders_is_published(world: World, folder: str, path: str) -> None:
    charted(world, folder=folder, path=path)
    assert world.ok(*update(world)).gates["render"] == "passed"
    assert "render=passed" in next(
        line for line in world.trailers() if line.startswith("Gitops-Gate")
    )


def test_a_template_that_fails_refuses_in_the_words_of_helm(world: World) -> None:
    charted(world)
    world.write({"charts/templates/broken.yaml": "a: {{ .Values.database.host }}\n"})
    told = reason(world, *update(world))
    assert "charts/templates/broken.yaml" not in told
    assert "shop/templates/broken.yaml:1" in told
    assert "nil pointer evaluating interface {}.host" in told
    assert "values-dev.yaml" in told
    assert "\n" not in told
    assert str(world.folder) not in told


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        (
            "templates/x.yaml",
            '{{ required "database.host is required" .Values.host }}',
            "database.host is required",
        ),
        ("templates/x.yaml", "a: b\n c: : d", "YAML parse error on shop/templates/x.yaml"),
        ("templates/x.yaml", "{{ fail .Values.nothing", "parse error at (shop/templates/x.yaml:1)"),
        (
            "Chart.yaml",
            CHART
            + 'dependencies: [{name: redis, version: "1", repository: "https://x.invalid"}]\n',
            "redis",
        ),
        ("Chart.yaml", "name: [", "Chart.yaml"),
        ("values.schema.json", '{"required": ["database"]}', "database"),
        ("templates/x.yaml", '{{ fail "\x1b[31mred\u202e" }}', r"\x1b[31mred\u202e"),
    ],
)
def test_what_helm_finds_wrong_is_told(world: World, file: str, content: str, words: str) -> None:
    charted(world)
    world.write({f"charts/{file}": content})
    assert words in reason(world, *update(world))


def test_the_values_as_they_will_be_are_rendered(world: World) -> None:
    charted(world)
    world.write(
        {
            "charts/templates/x.yaml": '{{ if eq .Values.image.tag "2" }}{{ fail '
            '"no 2 here" }}{{ end }}'
        }
    )
    assert "no 2 here" in reason(world, *update(world))
    world.ok("update", "shop", "--env", "dev", "--tag", "3")


def test_an_application_without_a_chart_is_refused(world: World) -> None:
    charted(world)
    world.write({}, gone=("charts/Chart.yaml",))
    assert "there is no chart in the root of the repository to render" in reason(
        world, *update(world)
    )


def test_of_long_words_the_place_and_the_cause_are_kept(world: World) -> None:
    charted(world)
    nested = "".join(
        f'{{{{ define "deep{each}" }}}}{{{{ include "deep{each + 1}" . }}}}{{{{ end }}}}'
        for each in range(30)
    )
    world.write(
        {
            "charts/templates/x.yaml": nested
            + '{{ define "deep30" }}{{ .Values.no.cause }}{{ end }}{{ include "deep0" . }}'
        }
    )
    told = reason(world, *update(world))
    assert "template: shop/templates/x.yaml:1" in told
    assert "nil pointer evaluating interface {}.cause" in told
    assert len(told) < 1_000


def test_a_run_that_is_ended_leaves_no_helm_behind(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    charted(world)
    program(
        monkeypatch,
        tmp_path,
        f"echo $$ > {tmp_path}/started; mv {tmp_path}/started {tmp_path}/child; sleep 600",
    )
    with Run([*COMMAND, *update(world), "--repo", str(world.bare)]) as process:
        while not (tmp_path / "child").exists():
            assert process.poll() is None
            time.sleep(0.02)
        process.terminate()
        process.communicate(timeout=30)
    assert process.returncode == 143
    assert gone(int((tmp_path / "child").read_text()))
    assert left(world) == []


def test_links_and_charts_that_are_too_large_are_refused(world: World) -> None:
    charted(world, path="apps/shop")
    world.write({"apps/shop/charts/templates/link.yaml": "/etc/passwd"}, modes="120000")
    assert "apps/shop/charts/templates/link.yaml is a link" in reason(world, *update(world))
    world.write({}, gone=("apps/shop/charts/templates/link.yaml",))
    world.write({"apps/shop/charts/big.bin": b"0" * 5_000_001})
    assert "big.bin is larger than 5 MB" in reason(world, *update(world))
    world.write({}, gone=("apps/shop/charts/big.bin",))
    world.write({f"apps/shop/charts/files/{number}": str(number) for number in range(2_001)})
    assert "has more than 2000 files" in reason(world, *update(world))


def test_a_vendored_chart_is_kept_byte_for_byte(world: World) -> None:
    charted(world)
    packed = packed_chart()
    world.write({"charts/charts/redis-1.0.0.tgz": packed})
    world.write(
        {
            "charts/Chart.yaml": CHART
            + 'dependencies: [{name: redis, version: "1.0.0", repository: "https://x.invalid"}]\n'
        }
    )
    ran = world.ok(*update(world, "--show-rendered"))
    assert ran.gates["render"] == "passed"


def test_without_helm_the_operation_fails_and_says_what_to_install(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    charted(world)
    without_helm(monkeypatch, tmp_path)
    told = reason(world, *update(world), code=1)
    assert "helm is not installed" in told
    assert "install helm" in told


def test_a_helm_that_hangs_is_ended_with_all_it_started(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    charted(world)
    program(monkeypatch, tmp_path, f"sleep 600 & echo $! > {tmp_path}/child; wait")
    child = tmp_path / "child"

    def refuse(seconds: int) -> str:
        ran = world.refused(*update(world, "--timeout", f"{seconds}s"), code=4)
        return str(ran.result["gates"])

    told = ended_late(refuse, lambda _: child.exists() and bool(child.read_text()))
    assert re.search(r"helm did not end within the \d+ s of --timeout", told)
    assert gone(int(child.read_text()))
    assert left(world) == []


def test_helm_sees_nothing_of_this_machine(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    charted(world)
    monkeypatch.setenv("GIT_PASSWORD_OF_SOMEBODY", "hush")
    monkeypatch.setenv("HELM_PLUGINS", "/of/somebody")
    monkeypatch.setenv("https_proxy", "http://user:hush@proxy.invalid")
    program(monkeypatch, tmp_path, f"env > {tmp_path}/seen; echo a: 1")
    world.ok(*update(world))
    seen = (tmp_path / "seen").read_text()
    assert "hush" not in seen
    assert "/of/somebody" not in seen
    assert f"HOME={os.environ['HOME']}\n" not in seen


def test_nothing_is_left_in_the_temporary_folder(world: World) -> None:
    charted(world)
    world.ok(*update(world, "--show-rendered"))
    world.write({"charts/templates/x.yaml": "{{ fail"})
    world.refused("update", "shop", "--env", "dev", "--tag", "3")
    assert left(world) == []


def test_a_chart_that_never_ends_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(
        monkeypatch,
        tmp_path,
        "yes 'a: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'",
    )
    rendered = helm.template([job()], Deadline.after(60))[0]
    assert rendered.fact == Known("helm rendered more than 20 MB")
    assert rendered.text == ""


def test_several_charts_are_rendered_each_with_its_own_result() -> None:
    jobs = [
        job(release=f"r{number}", template="{{ fail .Release.Name }}" if number % 2 else DEPLOYMENT)
        for number in range(5)
    ]
    made = helm.template(jobs, Deadline.after(60))
    assert [each.fact == Known(None) for each in made] == [True, False, True, False, True]
    assert isinstance(made[3].fact, Known)
    assert "r3" in str(made[3].fact.value)
    assert "namespace: prod" in made[4].text.replace('"', "")


@pytest.mark.parametrize(
    "path", ["../out.yaml", "/etc/out.yaml", "templates/../../out.yaml", "a//b", "x" * 300]
)
def test_no_file_of_a_chart_leaves_it(path: str, tmp_path: Path) -> None:
    made = helm.template([job(files={path: b"a: 1"})], Deadline.after(60))[0]
    assert isinstance(made.fact, Known)
    assert "file of the chart" in str(made.fact.value)


@pytest.mark.parametrize(
    "app", ["shop", "Shop_1.x", "9", "A" * 100, "a.b", "x-", "a" * 52 + "-" + "b" * 40]
)
def test_every_name_of_an_application_is_a_release_for_helm(app: str) -> None:
    made = helm.template([job(release=helm.release_name(app))], Deadline.after(60))[0]
    assert made.fact == Known(None), made


def test_names_that_only_differ_in_their_end_stay_different() -> None:
    assert helm.release_name("a" * 99 + "1") != helm.release_name("a" * 99 + "2")


def test_the_difference_of_the_manifests_is_shown_without_secrets(world: World) -> None:
    charted(world, dev="")
    world.write({"charts/templates/secret.yaml": SECRET})
    ran = world.run("plan", *update(world, "--show-rendered"), check=0)
    shown = ran.result["rendered_diff"]
    assert "-  image: r.example.com/shop:1\n+  image: r.example.com/shop:2\n" in shown
    assert "+++ b/shop/dev/Deployment/dev/shop" in shown
    assert "+  password: (hidden, changed)" in shown
    assert "word-of" not in ran.out + str(ran.result)
    assert shown in ran.out
    assert "render" not in ran.gates
    assert world.run("plan", *update(world), check=0).result["rendered_diff"] is None


@pytest.mark.parametrize("words", [("--to-tag", "2"), ()])
def test_a_rollback_and_a_promotion_show_it_too(world: World, words: tuple[str, ...]) -> None:
    charted(world, stage=", render: true")
    world.ok(*update(world))
    world.ok("update", "shop", "--env", "dev", "--tag", "3")
    promoted = world.ok("promote", "shop", "--to", "stage", "--show-rendered")
    assert "+  image: r.example.com/shop:3" in promoted.result["rendered_diff"]
    assert promoted.gates["render"] == "passed"
    back = world.ok("rollback", "shop", "--env", "dev", *words, "--show-rendered")
    assert "+  image: r.example.com/shop:2" in back.result["rendered_diff"]


def test_what_did_not_render_before_is_said_and_stops_nothing(world: World) -> None:
    charted(world)
    world.write(
        {
            "charts/templates/x.yaml": '{{ if eq .Values.image.tag "1" }}{{ fail '
            '"no 1 here" }}{{ end }}'
        }
    )
    ran = world.ok(*update(world, "--show-rendered"))
    assert ran.result["rendered_diff"] == ""
    assert any(
        "shop as it was is not rendered" in each and "no 1 here" in each
        for each in ran.result["warnings"]
    )


def test_without_helm_a_difference_is_not_shown_and_the_operation_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    charted(world, dev="")
    without_helm(monkeypatch, tmp_path)
    assert any(
        "helm is not installed" in each
        for each in world.ok(*update(world, "--show-rendered")).result["warnings"]
    )


def test_a_chart_that_comes_along_is_rendered_as_it_will_be(world: World) -> None:
    charted(world, path="apps/shop", dev="", stage=", branch: release, render: true")
    world.git("branch", "release", "main")
    world.write(
        {
            "apps/shop/charts/templates/deployment.yaml": DEPLOYMENT.replace(
                "Deployment", "StatefulSet"
            )
        }
    )
    world.ok(*update(world))
    shown = world.run("plan", "promote", "shop", "--to", "stage", "--show-rendered", check=0)
    assert "+kind: StatefulSet" in shown.result["rendered_diff"]
    assert "-kind: Deployment" in shown.result["rendered_diff"]
    world.write({"apps/shop/charts/templates/extra/broken.yaml": "{{ fail .Chart.Version }}"})
    world.ok("update", "shop", "--env", "dev", "--tag", "3")
    assert "1.0.0" in reason(world, "promote", "shop", "--to", "stage")
    world.run("promote", "shop", "--to", "stage", "--tag", "2", check=0)


def test_a_broken_chart_on_the_target_is_mended_by_the_one_that_comes(world: World) -> None:
    charted(world, path="apps/shop", dev="", stage=", branch: release, render: true")
    world.write({"apps/shop/charts/templates/broken/one.yaml": "{{ fail"})
    world.git("branch", "release", "main")
    world.write({}, gone=("apps/shop/charts/templates/broken/one.yaml",))
    world.ok(*update(world))
    assert world.run("promote", "shop", "--to", "stage", check=0).gates["render"] == "passed"


def job(
    release: str = "shop", template: str = DEPLOYMENT, files: dict[str, bytes] | None = None
) -> helm.HelmJob:
    chart = {"Chart.yaml": CHART.encode(), "templates/a.yaml": template.encode(), **(files or {})}
    return helm.HelmJob(release, "prod", chart, VALUES.encode())


def packed_chart() -> bytes:
    """Return a packed chart, as `helm dependency update` puts it into charts/."""
    import io
    import tarfile

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in (
            ("Chart.yaml", b"apiVersion: v2\nname: redis\nversion: 1.0.0\n"),
            ("templates/r.yaml", b"kind: Redis\n"),
        ):
            entry = tarfile.TarInfo(f"redis/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def program(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    """Put a helm of our own before the real one."""
    file = folder / "bin" / "helm"
    file.parent.mkdir()
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{file.parent}{os.pathsep}{os.environ['PATH']}")


def without_helm(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Leave git alone on PATH."""
    import shutil

    (folder / "bin").mkdir()
    (folder / "bin" / "git").symlink_to(shutil.which("git") or "")
    monkeypatch.setenv("PATH", str(folder / "bin"))


def gone(pid: int) -> bool:
    """Tell whether a process ends; it may take a moment until its parent has seen that."""
    for _ in range(100):
        try:
            if Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


def left(world: World) -> list[str]:
    return [each.name for each in (world.folder / "temporary").iterdir()]
