"""The world of the demo: one folder with a source checkout, a GitOps repository and an image
layout, and commands run in it.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gitops_ci
from gitops_ci.base import processes, temporary
from gitops_ci.base.errors import Exit, GitError, GitopsError
from gitops_ci.base.processes import FinishedProcess
from gitops_ci.base.redaction import one_line
from gitops_ci.core import yaml_edit
from gitops_ci.core.scaffold import Approver, ScaffoldApplication, Settings, repository
from gitops_ci.core.scaffold.yaml_text import Path as YamlPath
from gitops_ci.core.scaffold.yaml_text import filled, flow
from gitops_ci.demo.images import make_image
from gitops_ci.model.build import REVISION
from gitops_ci.model.key_path import parse_key_path
from gitops_ci.model.release import Image, Release
from gitops_ci.report.formats.matrix import MatrixCell

APP = "manual-app"
GITOPS = "manual-app-helm.git"
LAYOUT = "registry/manual-app"
ENVIRONMENTS = ("dev", "stage", "prod")
FIRST = "14"  # what runs everywhere before the story begins

_REPO, _RESULT = "GITOPS_CI_REPO", "GITOPS_CI_RESULT_FILE"
_PRIVATE = ".demo"
_PATIENCE = 120.0  # seconds for one command
# all that is taken over from the caller; settings of Git, Jenkins, gitops-ci and proxies stay
# outside
_INHERITED = ("PATH", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH", "LANG", "LC_ALL")
_IDENTITY = (
    "[user]\n\tname = Jenkins\n\temail = jenkins@example.com\n[commit]\n\tgpgSign = "
    "false\n[init]\n\tdefaultBranch = main\n"
)
_TAG, _DIGEST = parse_key_path("image.tag"), parse_key_path("image.digest")
_SETTINGS = Settings(
    ScaffoldApplication(APP, f"oci:{LAYOUT}"),  # a layout on disk stands for the registry
    project=APP,
    repo=f"https://git.example.com/team/{GITOPS}",
    approvers=tuple(Approver(name, (f"{name}@example.com",)) for name in ("alice", "bob")),
)


@dataclass(frozen=True)
class DemoWorld:
    """Where the story plays; ``environment`` is that of every process started there."""

    folder: Path
    environment: Mapping[str, str] = field(repr=False)


def create(folder: Path) -> DemoWorld:
    """Fill an empty folder; raises GitError without a usable git, GitopsError when the folder can't
    be written.
    """
    if shutil.which("git") is None:
        raise GitError(
            "git is not installed, or not on PATH",
            remedy="install git 2.31 or newer: it is all that the demo needs",
        )
    world = DemoWorld(folder, _environment(folder))
    try:
        _make_private(folder)
        _make_source(world)
        _make_gitops(world, image(world, FIRST, "build 14"))
    except OSError as error:
        raise GitopsError(
            f"{folder} can't be filled: {error.strerror}",
            remedy="check TMPDIR, --keep and the disk",
        ) from error
    return world


def clean_up(folder: Path) -> None:
    """Remove what only the story needed."""
    temporary.remove_tree(folder / _PRIVATE)


def image(world: DemoWorld, tag: str, content: str) -> str:
    """Put an image into the layout and return its digest; it stands for what an engine builds and
    pushes.
    """
    revision = git(world, APP, "rev-parse", "HEAD")
    return make_image(
        world.folder / LAYOUT, tag, {REVISION: revision}, {"app/manual-app": content.encode()}
    )


def run(world: DemoWorld, words: list[str], expected: Exit) -> dict[str, Any]:
    """Run a gitops-ci command and return its result document; raises GitopsError when it ends in
    another way than expected.
    """
    # no child gets a variable of ours from its parent, as it may be a login: these two are none
    own = [f"{name}={world.environment[name]}" for name in (_REPO, _RESULT)]
    program = ["env", *own, sys.executable, "-m", "gitops_ci"]
    ended = _process(world, [*program, *words], world.folder)
    if ended.code != expected:
        output = one_line((ended.err or _text(ended))[-600:])
        raise _unexpected(
            f"gitops-ci {' '.join(words)} ended with {ended.code} and not {int(expected)}: "
            f"{output}",
            ended,
        )
    document: dict[str, Any] = json.loads(_result_file(world.folder).read_bytes())
    return document


def git(world: DemoWorld, repository: str, *words: str) -> str:
    """Run git in a repository of the world and return what it printed."""
    ended = _process(world, ["git", *words], world.folder / repository)
    if ended.code != 0:
        raise GitError(
            f"git {words[0]} failed: {one_line(ended.err[-600:])}",
            remedy="check the installation of git",
        )
    return _text(ended).strip()


def edit_by_hand(world: DemoWorld, environment: str, tag: str) -> None:
    """Change a tag as a person does who may push: a clone, an editor, a commit, a push."""
    work = f"{_PRIVATE}/work"
    git(world, work, "fetch", "--quiet", str(world.folder / GITOPS), "main")
    git(world, work, "checkout", "--quiet", "FETCH_HEAD")
    file = world.folder / work / f"values-{environment}.yaml"
    file.write_bytes(yaml_edit.set_values(file.read_bytes(), {_TAG: tag}, name=file.name))
    person = ("-c", "user.name=Erin", "-c", "user.email=erin@example.com")
    git(world, work, *person, "commit", "--quiet", "--all", "--message=Quick fix")
    git(world, work, "push", "--quiet", str(world.folder / GITOPS), "HEAD:main")


def running(world: DemoWorld) -> list[MatrixCell]:
    """Return what the GitOps repository says of each environment."""
    return [_cell(world, name) for name in ENVIRONMENTS]


def _cell(world: DemoWorld, environment: str) -> MatrixCell:
    file = f"values-{environment}.yaml"
    values = yaml_edit.read(
        git(world, GITOPS, "show", f"main:{file}").encode(), [_TAG, _DIGEST], name=file
    )
    tag, digest = (scalar.text if scalar else "" for scalar in (values[_TAG], values[_DIGEST]))
    commit = git(world, GITOPS, "log", "-1", "--format=%H", "main", "--", file)
    return MatrixCell(
        APP, environment, Release((Image(f"oci:{LAYOUT}", tag, digest or None),)), commit
    )


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment with a home, a login name and a temporary folder of its own."""
    private = folder / _PRIVATE
    # found from there too when it was started without an installation
    package = str(Path(gitops_ci.__file__).parent.parent)
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    return inherited | {
        "PYTHONPATH": os.pathsep.join(filter(None, (package, inherited.get("PYTHONPATH")))),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "HOME": str(private / "home"),
        "XDG_CONFIG_HOME": str(private / "home"),
        "TMPDIR": str(private / "tmp"),
        "LOGNAME": "jenkins",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
        _REPO: GITOPS,
        _RESULT: str(_result_file(folder)),
    }


def _result_file(folder: Path) -> Path:
    return folder / _PRIVATE / "result.json"


def _make_private(folder: Path) -> None:
    for name in ("home", "tmp"):
        (folder / _PRIVATE / name).mkdir(parents=True)
    (folder / _PRIVATE / "home" / ".gitconfig").write_text(_IDENTITY, encoding="utf-8")


def _make_source(world: DemoWorld) -> None:
    """Make the checkout that the images are built from."""
    checkout = world.folder / APP
    checkout.mkdir()
    (checkout / "Dockerfile").write_text("FROM scratch\nCOPY manual-app /app/\n", encoding="utf-8")
    git(world, APP, "init", "--quiet")
    git(world, APP, "add", ".")
    git(world, APP, "commit", "--quiet", "--author=Dave <dave@example.com>", "--message=Say hello")


def _make_gitops(world: DemoWorld, digest: str) -> None:
    """Make the bare GitOps repository in which every environment runs the first image."""
    work = world.folder / _PRIVATE / "work"
    files = repository(_SETTINGS)
    people: dict[YamlPath, Any] = {
        ("people", name): flow([f"{name}@example.com"]) for name in ("carol", "dave")
    }
    files["gitops.yaml"] = filled(files["gitops.yaml"].decode(), people)
    for name in (f"values-{each}.yaml" for each in ENVIRONMENTS):
        files[name] = yaml_edit.set_values(files[name], {_TAG: FIRST, _DIGEST: digest}, name=name)
    for path, content in files.items():
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).write_bytes(content)
    checkout = str(work.relative_to(world.folder))
    git(world, checkout, "init", "--quiet")
    git(world, checkout, "add", ".")
    git(world, checkout, "commit", "--quiet", f"--message=Run {APP} {FIRST} everywhere")
    git(world, "", "clone", "--quiet", "--bare", "--no-hardlinks", checkout, GITOPS)
    git(world, GITOPS, "remote", "remove", "origin")


def _process(world: DemoWorld, words: list[str], folder: Path) -> FinishedProcess:
    try:
        return processes.run(words, _PATIENCE, folder=folder, environ=world.environment)
    except subprocess.TimeoutExpired:
        raise GitopsError(
            f"{words[0]} did not end within {_PATIENCE:g} s",
            remedy="the machine is overloaded: try again",
        ) from None
    except OSError as error:
        raise GitopsError(
            f"{words[0]} can't be run: {error.strerror}", remedy="check the installation"
        ) from error


def _text(ended: FinishedProcess) -> str:
    return ended.out.decode("utf-8", "replace")


def _unexpected(message: str, ended: FinishedProcess) -> GitopsError:
    """Return the error for a command that left the story: most likely a defect of the tool."""
    error = GitopsError(
        message,
        remedy="run it with --keep DIR and look at what is there, and report it",
        category="demo",
    )
    if ended.code not in {Exit.FAILED, Exit.UNAVAILABLE}:
        error.exit_code = Exit.DEFECT
    return error
