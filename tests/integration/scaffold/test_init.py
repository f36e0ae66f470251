"""`gitops-ci init` as a person runs it: into new, empty and used folders, and never over
anything.
"""

import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pytest_mock import MockerFixture

from gitops_ci.core.config import reader
from tests.integration.conftest import git
from tests.integration.scaffold.conftest import Commands


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder, that of Git's own apart."""
    files = (
        file
        for file in folder.rglob("*")
        if file.is_file() and ".git" not in file.relative_to(folder).parts
    )
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def test_no_option_is_needed_and_what_nobody_gave_is_listed(
    commands: Commands, tmp_path: Path
) -> None:
    place = tmp_path / "new" / "Manual App-helm"
    result = commands.run("init", str(place))
    assert set(tree(place)) == set(result["files"])
    assert "argocd/manual-app-prod.yaml" in result["files"]
    assert git(place, "symbolic-ref", "HEAD") == "refs/heads/main"
    assert git(place, "status", "--porcelain")
    assert stat.S_IMODE((place / "checks/dev.sh").stat().st_mode) & stat.S_IXUSR
    assert [each["option"] for each in result["placeholders"]] == ["--repo", "--image"]
    for each in result["placeholders"]:
        assert each["value"] in commands.text
        for where in each["places"]:
            path, _, line = where.rpartition(":")
            assert each["value"] in (place / path).read_text().splitlines()[int(line) - 1]
            assert where in commands.text
    assert all(step in commands.text for step in result["next_steps"])
    assert "manual-app" in reader.read((place / "gitops.yaml").read_bytes()).apps


def test_nothing_is_listed_that_was_given(commands: Commands, tmp_path: Path) -> None:
    words = (
        "--image",
        "registry.example.com/shop",
        "--repo",
        "git@git.example.com:team/shop.git",
        "--approver",
        "alice=a@example.com",
    )
    result = commands.run("init", str(tmp_path / "shop"), *words)
    assert result["placeholders"] == []
    config = reader.read((tmp_path / "shop/gitops.yaml").read_bytes())
    approval = config.environments["prod"].approval
    assert approval
    assert approval.approvers == ("alice",)
    assert config.people == {"alice": ("a@example.com",)}
    assert (
        "repoURL: git@git.example.com:team/shop.git"
        in (tmp_path / "shop/argocd/shop-dev.yaml").read_text()
    )


def test_a_dry_run_lists_and_writes_nothing(commands: Commands, tmp_path: Path) -> None:
    result = commands.run("init", str(tmp_path / "shop"), "--dry-run")
    assert "gitops.yaml" in result["files"]
    assert (result["changed"], result["dry_run"]) == (False, True)
    assert not (tmp_path / "shop").exists()


def test_the_first_commit_has_everything_and_the_branches_that_the_strategy_needs(
    commands: Commands, tmp_path: Path
) -> None:
    place = tmp_path / "shop"
    result = commands.run("init", str(place), "--strategy", "release-branch", "--first-commit")
    assert git(place, "status", "--porcelain") == ""
    assert set(git(place, "ls-files").splitlines()) == set(result["files"])
    assert git(place, "for-each-ref", "--format=%(refname) %(objectname)").splitlines() == [
        f"refs/heads/{name} {result['commit']}" for name in ("main", "release")
    ]


def test_without_an_author_nothing_is_written(
    commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\n\tuseConfigOnly = true\n")
    monkeypatch.setenv("HOME", str(home))
    commands.run("init", str(tmp_path / "shop"), "--first-commit", code=1)
    assert "does not know whose commit" in commands.text
    assert not (tmp_path / "shop").exists()


def test_an_inherited_git_dir_names_no_other_repository(
    commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    subprocess.run(["git", "init", "-q", str(other)], check=True)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    commands.run("init", str(tmp_path / "shop"), "--first-commit")
    monkeypatch.delenv("GIT_DIR")
    assert (tmp_path / "shop/.git").is_dir()
    assert git(other, "for-each-ref") == ""


def test_a_fresh_clone_keeps_its_readme_and_gives_its_address(
    commands: Commands, tmp_path: Path
) -> None:
    place = tmp_path / "shop-helm"
    subprocess.run(["git", "init", "-q", "-b", "main", str(place)], check=True)
    git(
        place,
        "remote",
        "add",
        "origin",
        "https://dave:a-secret-word@git.example.com/team/shop-helm.git",
    )
    (place / "README.md").write_text("ours\n")
    (place / "LICENSE").write_text("MIT\n")
    result = commands.run("init", str(place))
    assert result["kept"] == ["README.md"]
    assert (place / "README.md").read_text() == "ours\n"
    text = (place / "argocd/shop-dev.yaml").read_text()
    assert "repoURL: https://git.example.com/team/shop-helm.git" in text
    assert [each["option"] for each in result["placeholders"]] == ["--image"]
    assert not [path for path, content in tree(place).items() if b"a-secret-word" in content]


@pytest.mark.parametrize(
    "path", ["gitops.yaml", "charts/templates/service.yaml", "values-prod.yaml"]
)
def test_what_is_there_is_named_and_nothing_is_written(
    path: str, commands: Commands, tmp_path: Path
) -> None:
    place = tmp_path / "shop"
    subprocess.run(["git", "init", "-q", str(place)], check=True)
    (place / path).parent.mkdir(parents=True, exist_ok=True)
    (place / path).write_text("precious\n")
    before = tree(place)
    commands.run("init", str(place), code=2)
    assert path in commands.text
    assert tree(place) == before


def test_a_second_run_changes_nothing(commands: Commands, tmp_path: Path) -> None:
    commands.run("init", str(tmp_path / "shop"))
    before = tree(tmp_path / "shop")
    commands.run("init", str(tmp_path / "shop"), "--port", "9000", code=2)
    assert tree(tmp_path / "shop") == before


def test_a_link_does_not_lead_out_of_the_folder(commands: Commands, tmp_path: Path) -> None:
    place, elsewhere = tmp_path / "shop", tmp_path / "elsewhere"
    subprocess.run(["git", "init", "-q", str(place)], check=True)
    elsewhere.mkdir()
    (place / "charts").symlink_to(elsewhere)
    (place / "values-dev.yaml").symlink_to(elsewhere / "gone")
    commands.run("init", str(place), code=2)
    assert "values-dev.yaml" in commands.text
    assert "charts" in commands.text
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("made", ["file", "full"])
def test_a_file_and_a_used_folder_are_refused(
    made: str, commands: Commands, tmp_path: Path
) -> None:
    place = tmp_path / "shop"
    if made == "file":
        place.write_text("x")
    else:
        place.mkdir()
        (place / "thesis.doc").write_text("x")
    commands.run("init", str(place), code=2)
    assert "shop" in commands.text
    assert made == "file" or os.listdir(place) == ["thesis.doc"]


def test_what_was_written_is_taken_away_when_the_rest_cannot_be(
    commands: Commands, tmp_path: Path, mocker: MockerFixture
) -> None:
    opened = os.open

    def full(path: str, *words: Any, **more: Any) -> int:
        if str(path).endswith("values-stage.yaml"):
            raise OSError(28, "No space left on device", str(path))
        return opened(path, *words, **more)

    mocker.patch("os.open", side_effect=full)
    commands.run("init", str(tmp_path / "deep/er/shop"), code=1)
    assert "No space left on device" in commands.text
    assert not (tmp_path / "deep").exists()


def test_a_folder_in_another_repository_is_mentioned(commands: Commands, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path / "source")], check=True)
    result = commands.run("init", str(tmp_path / "source/shop-helm"))
    assert "lies in another repository" in result["warnings"][0]


def test_one_more_application_needs_a_repository_of_many(
    commands: Commands, tmp_path: Path
) -> None:
    commands.run("init", str(tmp_path / "nothing"), "--add-app", "shop", code=2)
    assert not (tmp_path / "nothing").exists()
    commands.run("init", str(tmp_path / "one"))
    before = tree(tmp_path / "one")
    commands.run("init", str(tmp_path / "one"), "--add-app", "shop", code=2)
    assert 'no application "*"' in commands.text
    assert tree(tmp_path / "one") == before


def test_one_more_application_gets_a_values_file_for_every_environment_there_is(
    commands: Commands, tmp_path: Path
) -> None:
    place = tmp_path / "gitops"
    commands.run("init", str(place), "--layout", "many")
    policy = (place / "gitops.yaml").read_text()
    (place / "gitops.yaml").write_text(
        policy.replace(
            "argocd:\n", '  prod-us: {from: stage, values: "values/{env}.yaml"}\nargocd:\n', 1
        )
    )
    result = commands.run("init", str(place), "--add-app", "shop")
    values = {path for path in result["files"] if "/values" in path and "/charts/" not in path}
    assert values == {
        f"apps/shop/{name}"
        for name in (
            "values-dev.yaml",
            "values-stage.yaml",
            "values-prod.yaml",
            "values/prod-us.yaml",
        )
    }
    assert (place / "apps/shop/values/prod-us.yaml").read_text().startswith("# prod-us\nimage:\n")


HOSTILE = (
    " ",
    "-",
    "--upload-pack=x",
    "../x",
    "a\nb",
    "a b",
    "a'b",
    'a"b',
    "$(id)",
    "`id`",
    "a\\b",
    "é",
    "\u202ex",
    "a" * 5000,
    "{{ .x }}",
    "@@app",
)
OPTIONS = (
    "--app",
    "--add-app",
    "--image",
    "--repo",
    "--argocd-server",
    "--argocd-namespace",
    "--destination-server",
    "--health-path",
    "--branch",
    "--approver",
)
# names of people are words of any language, quoted where they are written
HARMLESS = {
    "--approver": ("-", "../x", "a b", "a'b", 'a"b', "$(id)", "`id`", "a\\b", "é", "{{ .x }}")
}


@pytest.mark.parametrize("word", HOSTILE)
@pytest.mark.parametrize("option", OPTIONS)
def test_hostile_words_are_usage_errors_and_write_nothing(
    option: str, word: str, commands: Commands, tmp_path: Path
) -> None:
    if word in HARMLESS.get(option, ()):
        commands.run("init", str(tmp_path / "shop"), f"{option}={word}")
        files = tree(tmp_path / "shop")
        approval = reader.read(files["gitops.yaml"]).environments["prod"].approval
        assert approval
        assert approval.approvers == ((word,) if option == "--approver" else None)
    else:
        commands.run("init", str(tmp_path / "shop"), f"{option}={word}", code=2)
        assert not (tmp_path / "shop").exists()
    assert "\u202e" not in commands.text


@pytest.mark.parametrize(
    ("option", "word", "said"),
    [
        ("--image", "registry.example.com/shop:15", "has a tag"),
        ("--image", "registry.example.com/shop@sha256:" + "a" * 64, "has a tag or a digest"),
        ("--image", "oci:/srv/layout", "folder of this machine"),
        ("--repo", "https://dave:a-secret-word@git.example.com/x.git", "user or a password"),
        ("--repo", "/srv/git/shop.git", "not the URL of a Git server"),
        ("--repo", "ext::sh -c id", "names a program (::)"),
        ("--argocd-server", "https://admin:a-secret-word@argocd.example.com", "--argocd-server"),
        ("--branch", "release", "feeds another environment"),
        ("--approver", "alice=nobody", "no e-mail address"),
        ("--port", "0", "--port"),
    ],
)
def test_what_is_wrong_is_said(
    option: str, word: str, said: str, commands: Commands, tmp_path: Path
) -> None:
    more = ("--strategy", "release-branch") if option == "--branch" else ()
    commands.run("init", str(tmp_path / "shop"), option, word, *more, code=2)
    assert said in commands.text
    assert "a-secret-word" not in commands.text
    assert not (tmp_path / "shop").exists()


def test_two_approvers_with_one_address_are_refused(commands: Commands, tmp_path: Path) -> None:
    commands.run(
        "init",
        str(tmp_path / "shop"),
        "--approver",
        "alice=a@example.com",
        "--approver",
        "bob=a@example.com",
        code=2,
    )
    assert "stands for" in commands.text
