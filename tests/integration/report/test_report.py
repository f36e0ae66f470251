"""The command ``report`` on a real repository, and the folder that it writes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_mock import MockerFixture

from gitops_ci.base.errors import UsageError
from gitops_ci.report.html import folder as folders
from tests.integration.operation.world import VALUES, World


def test_a_report_shows_operations_drift_gates_and_findings(world: World, tmp_path: Path) -> None:
    world.image("15")
    world.ok("update", "shop", "--env", "dev", "--tag", "15")
    world.ok("promote", "shop", "--to", "stage", "--requested-by", "carol")
    world.write({"values-prod.yaml": VALUES.replace('tag: ""', 'tag: "14"')}, "by hand")
    ran = world.run("report", "--html", str(tmp_path / "report"), check=0)
    assert ran.result["files"] == 7
    assert ran.result["violations"] >= 1
    index = (tmp_path / "report/index.html").read_text()
    assert ">15<" in index and ">14<" in index and "drift" in index
    assert "approval" in (tmp_path / "report/gates.html").read_text()
    assert "hand-edit" in (tmp_path / "report/audit.html").read_text()
    page = (tmp_path / "report/apps/shop.html").read_text()
    assert "promote from dev" in page and "by hand" in page
    assert "Timeline of shop" in (tmp_path / "report/timelines/shop.svg").read_text()


def test_a_report_replaces_the_one_before_as_a_whole(world: World, tmp_path: Path) -> None:
    place = tmp_path / "report"
    world.run("report", "--html", str(place), "--no-audit", check=0)
    (place / "apps/old.html").write_text("old")
    ran = world.run("report", "--html", str(place), "--no-audit", check=0)
    assert ran.result["violations"] is None
    assert not (place / "apps/old.html").exists()
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".report")] == []
    assert place.stat().st_mode & 0o700 == 0o700


@pytest.mark.parametrize("content", ["index.html", "thesis.txt", "both"])
def test_a_folder_with_anything_else_is_left_alone(
    world: World, tmp_path: Path, content: str
) -> None:
    place = tmp_path / "report"
    place.mkdir()
    if content == "both":
        (place / folders.MARKER).touch()
    (place / content).write_text("mine")
    ran = world.run("report", "--html", str(place), check=2)
    assert "no report of gitops-ci" in ran.err
    assert (place / content).read_text() == "mine"


def test_the_current_folder_and_a_file_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("mine")
    for name in (".", "..", "file"):
        with pytest.raises(UsageError):
            folders.check_folder(Path(name))


def test_a_report_that_fails_half_way_leaves_the_old_one(tmp_path: Path) -> None:
    folders.write([("index.html", "old")], tmp_path / "report")

    def broken() -> Iterator[tuple[str, str]]:
        yield "index.html", "new"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        folders.write(broken(), tmp_path / "report")
    assert (tmp_path / "report/index.html").read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["report"]


def test_where_folders_can_not_be_exchanged_the_new_report_comes_too(
    tmp_path: Path, mocker: MockerFixture
) -> None:
    mocker.patch.object(folders, "_exchanged", return_value=False)
    for words in ("old", "new"):
        folders.write([("index.html", words)], tmp_path / "report")
    assert (tmp_path / "report/index.html").read_text() == "new"
    assert [each.name for each in tmp_path.iterdir()] == ["report"]
