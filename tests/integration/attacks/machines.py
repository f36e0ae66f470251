"""Machines beside the server: with a clock of their own, and a copy of the repository."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gitops_ci.usecases import clock
from tests.integration.attacks.attacked import ALICE, AttackedRepository
from tests.integration.checks.conftest import Clock


@pytest.fixture
def time(attacked: AttackedRepository, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the server and of honest machines, from when the repository is ready on."""
    begin = clock.now()
    time = Clock(monkeypatch)
    time.set(begin)
    return time


def ask(attacked: AttackedRepository, rule: str) -> None:
    """Give production another rule; the pipeline signs it where there are signers."""
    rules = attacked.world.text("gitops.yaml")
    changed = rules.replace("from: stage", f"from: stage, {rule}", 1)
    if "branch: release" in rules or "signers" in rules:
        head, _, prod = rules.partition("  prod: ")
        changed = f"{head}  prod: {prod.replace('from: stage', f'from: stage, {rule}', 1)}"
    commit = attacked.commit({"gitops.yaml": changed + "\n"}, onto=attacked.world.head("main"))
    if attacked.signed:
        pipeline = ("user.name=Pipeline", "user.email=pipeline@example.com", "commit.gpgSign=true")
        settings = [word for setting in pipeline for word in ("-c", setting)]
        attacked.git(*settings, "commit", "--quiet", "--amend", "--no-edit", "--reset-author")
        commit = attacked.git("rev-parse", "HEAD")
    attacked.slip_in(commit, "main")


@contextmanager
def elsewhere(attacked: AttackedRepository) -> Iterator[Path]:
    """Yield a copy of the repository on a machine with a clock of its own."""
    copy = attacked.world.folder / "copy.git"
    shutil.copytree(attacked.world.bare, copy)
    yield copy
    attacked.git("fetch", "--quiet", str(copy), f"+refs/heads/{attacked.branch}:refs/heads/made")


def promote(attacked: AttackedRepository, copy: Path, to: str) -> None:
    approved = ALICE if to == "prod" else ()
    attacked.world.run("promote", "shop", "--to", to, *approved, repo=str(copy), check=0)


def made(attacked: AttackedRepository) -> str:
    return attacked.git("rev-parse", "refs/heads/made")
