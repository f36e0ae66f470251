"""What a newer version wrote, in the hands of this one: read, or refused in words."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import gitops_ci
from gitops_ci.adapters.files.release_file import read_release_file
from gitops_ci.base.errors import ConfigError, ImageError, UsageError
from gitops_ci.cli import main
from gitops_ci.core.config import reader
from tests.integration.release import recording
from tests.integration.release.recording import CONFIGURATION, Desk, digest


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Make a repository with one application that was delivered."""
    made = Desk(tmp_path)
    path = "apps/shop/values-dev.yaml"
    values = recording.VALUES.format(app="shop", env="dev", digest=digest("1"))
    made.begin({"gitops.yaml": CONFIGURATION, path: values})
    return made


def publish_as_newer(desk: Desk, change: Callable[[str], str]) -> None:
    """Deliver, with the message of a later version instead of ours."""
    before = desk.git("rev-parse", "main").decode().strip()
    desk.publish("update", "shop", "--env", "dev", "--tag", "9", "--digest", digest("9"))
    message = change(desk.git("log", "-1", "--format=%B", "main").decode().strip())
    tree = desk.git("rev-parse", "main^{tree}").decode().strip()
    commit = desk.git("commit-tree", tree, "-p", before, "-F", "-", stdin=message.encode())
    desk.git("update-ref", "refs/heads/main", commit.decode().strip())


def test_a_record_with_more_in_it_counts_as_before(desk: Desk) -> None:
    publish_as_newer(desk, lambda message: f"{message}\nGitops-Canary: 10%\n")
    assert desk.run("audit")["message"].startswith("audit: 0 violations")
    (entry,) = desk.run("history", "shop", "--env", "dev")["entries"]
    assert (entry["operation"], entry["release"]["tag"]) == ("update", "9")


def test_a_gate_that_this_version_does_not_know_is_no_reason_to_doubt(desk: Desk) -> None:
    newer = "Gitops-Gate: scanned=passed "
    publish_as_newer(desk, lambda message: message.replace("Gitops-Gate: ", newer))
    assert desk.run("audit")["message"].startswith("audit: 0 violations")


def test_an_operation_that_this_version_does_not_know_is_not_vouched_for(desk: Desk) -> None:
    newer = "Gitops-Operation: canary"
    publish_as_newer(desk, lambda message: message.replace("Gitops-Operation: update", newer))
    audit = desk.run("audit")
    assert audit["exit_code"] == 3
    messages = [each["message"] for each in audit["findings"] if each["kind"] == "forged"]
    assert f"gitops-ci {gitops_ci.__version__} knows no operation canary" in messages
    assert desk.run("status")["exit_code"] == 0


def written(tmp_path: Path, **changed: object) -> Path:
    """Write a release file with other keys."""
    file = tmp_path / "release.json"
    release = json.loads(recording.release_file("shop", "15"))
    file.write_text(json.dumps(release | changed), encoding="utf-8")
    return file


def test_a_release_file_with_more_in_it_is_read(tmp_path: Path) -> None:
    file = written(tmp_path, sbom="https://example.com/sbom.json")
    assert read_release_file(file) == read_release_file(written(tmp_path))


def test_a_release_file_of_a_newer_schema_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError) as raised:
        read_release_file(written(tmp_path, schema=2))
    assert "schema 2 is not known, only 1" in raised.value.message
    assert raised.value.remedy == "use the gitops-ci that wrote it"


def test_a_gitops_yaml_of_a_newer_version_is_refused() -> None:
    newer = CONFIGURATION.replace("version: 1", "version: 2")
    with pytest.raises(ConfigError) as raised:
        reader.read(newer.encode())
    own = f"{gitops_ci.__version__}, which reads version 1"
    said = f"gitops.yaml:1: version: this file is for a newer gitops-ci than {own}"
    assert raised.value.message == said
    assert raised.value.remedy == "use the newer one"


@pytest.mark.parametrize("version", ["0", "-1", "true", "one", "1.0", '"2"'])
def test_what_is_no_later_version_is_a_mistake(version: str) -> None:
    with pytest.raises(ConfigError) as raised:
        reader.read(CONFIGURATION.replace("version: 1", f"version: {version}").encode())
    assert raised.value.message.startswith("gitops.yaml:1: version: ")
    assert "newer" not in str(raised.value)


def test_a_key_of_a_newer_version_is_refused_and_told_from_a_slip() -> None:
    with pytest.raises(ConfigError) as raised:
        reader.read(CONFIGURATION.replace("soak: 4h", "canary: 10").encode())
    assert "environments.prod.canary: the key 'canary' is not known" in raised.value.message
    newer = f"; a newer gitops-ci than {gitops_ci.__version__} may know it"
    assert raised.value.remedy.endswith(newer)
    with pytest.raises(ConfigError) as raised:
        reader.read(CONFIGURATION.replace("soak: 4h", "soack: 4h").encode())
    assert raised.value.remedy == "did you mean soak?"


def test_a_variable_of_a_newer_version_ends_the_run(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GITOPS_CI_ZEBRA", "1")
    assert main(["status", "--repo", "nowhere"]) == UsageError.exit_code
    said = capsys.readouterr().err
    assert "the environment variable GITOPS_CI_ZEBRA is not known" in said
    assert f"a newer gitops-ci than {gitops_ci.__version__} may read it" in said
