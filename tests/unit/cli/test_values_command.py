"""The commands ``values get`` and ``values set``."""

import json
import os
import stat
from pathlib import Path

import pytest

from gitops_ci.cli import main
from tests import documents

BEFORE = b"# ours\r\nimage:\r\n  repository: app\r\n  tag: v1   # set by CI\r\n"


@pytest.fixture
def values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "values.yaml"
    file.write_bytes(BEFORE)
    return file


def test_get_prints_one_value_a_line(values: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["values", "get", "values.yaml", "image.tag", "image.repository"]) == 0
    assert capsys.readouterr().out == "v1\napp\n"


def test_get_prints_json(values: Path, capsys: pytest.CaptureFixture[str]) -> None:
    values.write_bytes(b"a: v1\nb:\n")
    assert main(["values", "get", "values.yaml", "a", "b", "--output", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    documents.check(document, ["values", "get"])
    assert (document["ok"], document["operation"], document["values"]) == (
        True,
        "values get",
        {"a": "v1", "b": None},
    )


def test_get_names_what_a_mistyped_key_stands_for(
    values: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["values", "get", "values.yaml", "image.tga"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "values.yaml, line 3: there is no image.tga in image" in captured.err
    assert "did you mean image.tag?" in captured.err


def test_set_changes_the_file_and_shows_the_change(
    values: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main(["values", "set", "values.yaml", "image.tag=15", "image.repository=host:5000/app"])
        == 0
    )
    assert (
        values.read_bytes()
        == b'# ours\r\nimage:\r\n  repository: host:5000/app\r\n  tag: "15"   # set by CI\r\n'
    )
    assert (
        '-  tag: v1   # set by CI\n+  repository: host:5000/app\n+  tag: "15"   # set by CI\n'
        in capsys.readouterr().out
    )


def test_set_again_is_nothing_to_do(values: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inode = values.stat().st_ino
    assert (
        main(["values", "set", "values.yaml", "image.tag=v1", "--result-file", "result.json"]) == 0
    )
    assert (values.read_bytes(), values.stat().st_ino) == (BEFORE, inode)
    assert "nothing to do" in capsys.readouterr().out
    document = json.loads(Path("result.json").read_text())
    assert (document["ok"], document["changed"], document["category"], document["diff"]) == (
        True,
        False,
        "unchanged",
        "",
    )


def test_a_key_is_added_behind_many_blanks(values: Path) -> None:
    blanks = " " * 200
    values.write_text('{"image": {"tag": "15"' + f"\n{blanks}" + "}}\n")
    assert main(["values", "set", "values.yaml", "image.digest=sha256:1", "--create"]) == 0
    assert json.loads(values.read_text()) == {"image": {"tag": "15", "digest": "sha256:1"}}


def test_a_key_that_comes_through_a_merge_is_an_error_of_the_values(values: Path) -> None:
    values.write_text("base: &base {tag: '1'}\nimage:\n  <<: *base\n  digest: ''\n")
    assert (
        main(["values", "set", "values.yaml", "image.tag=2", "--result-file", "result.json"]) == 1
    )
    document = json.loads(Path("result.json").read_text())
    assert document["category"] == "values"
    assert "comes through a merge (<<) from line 1" in document["message"]


def test_a_dry_run_leaves_the_file_alone(values: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["values", "set", "values.yaml", "image.tag=v2", "--dry-run", "--output", "json"]) == 0
    )
    document = json.loads(capsys.readouterr().out)
    documents.check(document, ["values", "set"])
    assert "+  tag: v2   # set by CI" in document["diff"]
    assert (document["dry_run"], document["changed"], values.read_bytes()) == (True, False, BEFORE)


def test_a_missing_key_is_only_created_when_asked_for(values: Path) -> None:
    assert main(["values", "set", "values.yaml", "image.digest=sha256:0"]) == 1
    assert values.read_bytes() == BEFORE
    assert main(["values", "set", "values.yaml", "image.digest=sha256:0", "--create"]) == 0
    assert values.read_bytes() == BEFORE + b"  digest: sha256:0\r\n"


def test_the_environment_passes_one_setting_a_line(
    values: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITOPS_CI_FILE", "values.yaml")
    monkeypatch.setenv("GITOPS_CI_SETTING", "image.tag=v2 with blanks\nimage.repository=other")
    assert main(["values", "set"]) == 0
    assert values.read_bytes() == BEFORE.replace(b"v1", b"v2 with blanks").replace(b"app", b"other")


def test_a_failure_reaches_the_result_file_and_not_the_values(values: Path) -> None:
    values.write_bytes(b"image:\n  tag: &t v1\nother: *t\n")
    assert (
        main(["values", "set", "values.yaml", "image.tag=v2", "--result-file", "result.json"]) == 1
    )
    document = json.loads(Path("result.json").read_text())
    documents.check(document, ["values", "set"])
    assert (document["ok"], document["exit_code"], document["category"]) == (False, 1, "values")
    assert "values.yaml, line 2: image.tag is anchored" in document["message"]
    assert values.read_bytes() == b"image:\n  tag: &t v1\nother: *t\n"


@pytest.mark.parametrize("setting", ["image.tag", "=v2", "image..tag=v2"])
def test_a_wrong_setting_is_a_usage_error(values: Path, setting: str) -> None:
    assert main(["values", "set", "values.yaml", setting]) == 2


def test_two_values_for_one_key_are_a_usage_error(values: Path) -> None:
    assert main(["values", "set", "values.yaml", "image.tag=a", "image.tag=b"]) == 2
    assert values.read_bytes() == BEFORE


@pytest.mark.parametrize("file", ["nothing.yaml", ".", "no/values.yaml", "a\0b"])
def test_a_file_that_cannot_be_read_is_named(
    values: Path, capsys: pytest.CaptureFixture[str], file: str
) -> None:
    assert main(["values", "set", file, "a=b"]) == 1
    assert "can't be read" in capsys.readouterr().err


def test_a_named_pipe_does_not_hold_the_command(values: Path) -> None:
    os.mkfifo("pipe")
    assert main(["values", "get", "pipe", "a"]) == 1


def test_the_mode_stays_and_nothing_is_left_behind(values: Path) -> None:
    values.chmod(0o640)
    assert main(["values", "set", "values.yaml", "image.tag=v2"]) == 0
    assert stat.S_IMODE(values.stat().st_mode) == 0o640
    assert [path.name for path in values.parent.iterdir()] == ["values.yaml"]


def test_a_symbolic_link_stays_and_its_target_is_written(values: Path) -> None:
    Path("folder").mkdir()
    link = Path("folder/link.yaml")
    link.symlink_to("../values.yaml")
    assert main(["values", "set", str(link), "image.tag=v2"]) == 0
    assert link.is_symlink()
    assert values.read_bytes() == BEFORE.replace(b"v1", b"v2")


def test_control_characters_of_a_value_do_not_reach_the_terminal(
    values: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    values.write_bytes(b'a: "x\\e[31m"\n')
    assert main(["values", "get", "values.yaml", "a"]) == 0
    assert "\x1b" not in capsys.readouterr().out
