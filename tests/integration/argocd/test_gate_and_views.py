"""The gate argocd, and what Argo CD runs beside what is wanted."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.argocd.recorded import at
from tests.integration.operation.world import World
from tests.servers.argocd import FakeArgocd
from tests.servers.faults import Reply, Silence
from tests.servers.processes import free_port


@pytest.fixture
def gated(deployed: World, server: FakeArgocd) -> World:
    """Stage asks Argo CD whether dev runs the release."""
    text = deployed.text("gitops.yaml").replace(
        "stage: {values: values-stage.yaml, from: dev}",
        "stage: {values: values-stage.yaml, from: dev, argocd: true, override: {argocd: [carol]}}",
    )
    deployed.write({"gitops.yaml": f"{text}\nargocd: {{server: '{server.url}'}}\n"})
    return deployed


PROMOTE = ("promote", "shop", "--to", "stage")


def live(name: str, commit: str, app: str = "shop-dev", *images: str) -> dict[str, Any]:
    """Return a recording under the name of an application of the tests."""
    document: dict[str, Any] = at(name, commit)
    document["metadata"]["name"] = app
    document["status"]["summary"]["images"] = list(images)
    return document


def test_what_runs_well_in_the_environment_before_passes(gated: World, server: FakeArgocd) -> None:
    server.play("shop-dev", at("08", gated.head()))
    ran = gated.run(*PROMOTE, check=0)
    assert ran.gates["argocd"] == "passed"
    assert "argocd=passed" in gated.message()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("07", "Progressing"),
        ("11", "Degraded"),
        ("16", "the sync failed"),
        ("14", "it does not sync by itself"),
        ("17", "ComparisonError"),
    ],
)
def test_what_does_not_run_well_there_is_refused(
    gated: World, server: FakeArgocd, name: str, words: str
) -> None:
    server.play("shop-dev", at(name, gated.head()))
    ran = gated.refused(*PROMOTE)
    assert words in next(gate["reason"] for gate in ran.result["gates"] if gate["gate"] == "argocd")


def test_another_release_that_runs_there_does_not_count(gated: World, server: FakeArgocd) -> None:
    server.play("shop-dev", at("08", gated.git("rev-parse", "main~2")))
    ran = gated.refused(*PROMOTE)
    assert "with 14, waits for 15" in ran.result["message"]
    server.play("shop-dev", at("08", gated.head()))
    gated.refused(*PROMOTE, "--tag", "14")


def test_an_argo_cd_that_does_not_answer_is_unavailable_and_one_that_refuses_is_final(
    gated: World, server: FakeArgocd, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.play("shop-dev", at("08", gated.head()))
    server.always = Reply(503)
    gated.refused(*PROMOTE, code=4)
    server.always = Silence()
    gated.refused(*PROMOTE, "--timeout", "2s", code=4)
    server.always = None
    server.controller_answers = False
    gated.refused(*PROMOTE, "--timeout", "2s", code=4)
    server.controller_answers = True
    monkeypatch.setenv("GITOPS_CI_ARGOCD_TOKEN", "a-wrong-token")
    gated.refused(*PROMOTE, code=1)
    server.apps.clear()
    gated.refused(*PROMOTE, code=1)


def test_somebody_named_for_it_may_pass_it_and_the_audit_names_that(
    gated: World, server: FakeArgocd
) -> None:
    server.play("shop-dev", at("11", gated.head()))
    ran = gated.run(
        *PROMOTE, "--override", "argocd", "--requested-by", "carol", "--reason", "known", check=0
    )
    assert ran.gates["argocd"] == "overridden"
    found = gated.run("audit").result["findings"]
    assert any(each["kind"] == "override" and "argocd" in each["message"] for each in found)


def test_explain_and_status_name_the_gate(gated: World, server: FakeArgocd) -> None:
    server.play("shop-dev", live("11", gated.head(), "shop-dev", "r.example.com/other:1"))
    ran = gated.run("explain", "shop", "--env", "stage", check=0)
    assert ran.result["blocked"]
    assert ran.gates["argocd"] == "refused"
    assert "--override argocd" in ran.out
    assert "argocd" not in gated.run("status", check=0).out
    ran = gated.run("status", "--argocd", check=0)
    assert "argocd: dev does not run 15" in ran.out


def test_an_update_into_an_environment_without_one_before_is_not_judged(deployed: World) -> None:
    text = deployed.text("gitops.yaml").replace(
        "dev: {values: values-dev.yaml}", "dev: {values: values-dev.yaml, argocd: true}"
    )
    deployed.write({"gitops.yaml": text})
    deployed.image("16")
    ran = deployed.ok("update", "shop", "--env", "dev", "--tag", "16")
    assert "argocd" not in ran.gates


def test_status_shows_what_runs_beside_what_is_wanted(deployed: World, server: FakeArgocd) -> None:
    head = deployed.head()
    registry = deployed.registry.removeprefix("oci:")
    server.play("shop-dev", live("07", head, "shop-dev", "registry.local/x:1"))
    ran = deployed.run("status", "--argocd", "--argocd-server", server.url, check=0)
    dev, stage, _ = ran.result["standings"]
    assert (dev["live"]["sync"], dev["live"]["health"], dev["live"]["revision"]) == (
        "Synced",
        "Progressing",
        head,
    )
    assert dev["live"]["url"] == f"{server.url}/applications/shop-dev"
    assert "no application shop-stage" in stage["live"]["problem"]
    assert "ARGO CD" in ran.out
    assert "Synced Progressing" in ran.out
    assert len(server.seen) == 1
    assert registry not in server.seen[0]
    assert deployed.run("status", check=0).result["standings"][0]["live"] is None


def test_what_a_list_does_not_tell_is_asked_for_by_name(
    deployed: World, server: FakeArgocd
) -> None:
    server.play("shop-dev", live("17", deployed.head()))
    ran = deployed.run("status", "--argocd", "--argocd-server", server.url, check=0)
    assert (
        "values-nope.yaml: no such file or directory"
        in ran.result["standings"][0]["live"]["problem"]
    )
    assert len(server.seen) == 2


def test_an_argo_cd_that_does_not_answer_is_a_note(deployed: World, server: FakeArgocd) -> None:
    url = f"http://localhost:{free_port()}"
    ran = deployed.run("status", "--argocd", "--argocd-server", url, check=0)
    assert "refuses the connection" in ran.out
    assert any("refuses the connection" in warning for warning in ran.result["warnings"])


def test_the_report_shows_both_side_by_side(
    deployed: World, server: FakeArgocd, tmp_path: Path
) -> None:
    server.play("shop-dev", live("11", deployed.head(), "shop-dev", "r.example.com/<b>shop:14"))
    words = (
        "report",
        "--html",
        str(tmp_path / "report"),
        "--no-audit",
        "--argocd",
        "--argocd-server",
    )
    deployed.run(*words, server.url, check=0)
    page = (tmp_path / "report/apps/shop.html").read_text()
    assert "Synced Degraded" in page
    assert "&lt;b&gt;shop:14" in page
    assert f'href="{server.url}/applications/shop-dev"' in page
    assert "Synced Degraded" in (tmp_path / "report/index.html").read_text()
    deployed.run(*words, f"http://localhost:{free_port()}", check=0)
    assert "refuses the connection" in (tmp_path / "report/index.html").read_text()


def test_doctor_looks_at_argo_cd_where_it_is_named(
    gated: World, server: FakeArgocd, monkeypatch: pytest.MonkeyPatch
) -> None:
    for env in ("dev", "stage", "prod"):
        server.play(f"shop-{env}", live("08", gated.head(), f"shop-{env}"))

    def said() -> dict[str, object]:
        file = gated.folder / "doctor.json"
        from gitops_ci.cli import main

        main(["doctor", "--repo", str(gated.bare), "--result-file", str(file)])
        gated.capture.readouterr()
        return next(
            check
            for check in json.loads(file.read_text())["checks"]
            if check["subject"] == "Argo CD"
        )

    assert (said()["state"], said()["message"]) == (
        "ok",
        f"{server.url} (v3.5.1) shows all 3 applications to this token",
    )
    del server.apps["shop-prod"]
    assert said()["state"] == "warning"
    monkeypatch.setenv("GITOPS_CI_ARGOCD_TOKEN", "a-wrong-token")
    assert said()["state"] == "error"
