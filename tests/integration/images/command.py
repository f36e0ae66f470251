"""Runs ``gitops-ci build`` as a process, as a Jenkins job does."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.program import COMMAND, Run


@dataclass(frozen=True)
class Ran:
    """How a run ended."""

    code: int
    stdout: str
    stderr: str

    @property
    def result(self) -> dict[str, Any]:
        """Return the result document that ``--output json`` prints."""
        return json.loads(self.stdout)


def start(folder: Path, *words: str, **environ: str) -> Run:
    """Start the command in a folder, build number 15."""
    command = [*COMMAND, "build", "--output", "json", *words]
    jenkins = {"BUILD_NUMBER": "15", "BUILD_URL": "https://jenkins.example.com/job/app/15/"}
    return Run(command, cwd=folder, env=os.environ | jenkins | environ)


def build(folder: Path, *words: str, **environ: str) -> Ran:
    """Run the command to its end."""
    with start(folder, *words, **environ) as process:
        stdout, stderr = process.communicate(timeout=180)
    return Ran(process.returncode, stdout, stderr)


def recorded(folder: Path) -> dict[str, Any]:
    """Return the content of the release file."""
    return json.loads((folder / "release.json").read_text())
