"""Runs ``gitops-ci build`` as a Jenkins job does: in this process, or in one of its own."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import documents, in_process
from tests.program import COMMAND, Run

BUILD = ("build", "--output", "json")
JENKINS = {"BUILD_NUMBER": "15", "BUILD_URL": "https://jenkins.example.com/job/app/15/"}


@dataclass(frozen=True)
class Ran:
    """How a run ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def result(self) -> dict[str, Any]:
        """Return the result document that ``--output json`` prints."""
        document: dict[str, Any] = json.loads(self.stdout)
        documents.check(document, BUILD)
        return document


def start(folder: Path, *words: str, **environ: str) -> Run:
    """Start a process with the command in a folder, build number 15."""
    return Run([*COMMAND, *BUILD, *words], cwd=folder, env=os.environ | JENKINS | environ)


def build(folder: Path, *words: str, **environ: str) -> Ran:
    """Run the command to its end."""
    ended = in_process.run([*BUILD, *words], folder, os.environ | JENKINS | environ)
    return Ran(ended.code, ended.out.decode(), ended.err.decode())


def build_alone(folder: Path, *words: str, **environ: str) -> Ran:
    """Run the command to its end in a process of its own."""
    with start(folder, *words, **environ) as process:
        stdout, stderr = process.communicate(timeout=180)
    return Ran(process.returncode, stdout, stderr)


def recorded(folder: Path) -> dict[str, Any]:
    """Return the content of the release file."""
    document: dict[str, Any] = json.loads((folder / "release.json").read_text())
    return document
