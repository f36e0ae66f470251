"""Runs git through GitPython, as bounded and as surely ended as every other child process."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gitops_ci.base import interrupts, processes
from gitops_ci.base.errors import GitError
from gitops_ci.base.processes import FinishedProcess
from gitops_ci.base.redaction import one_line, redact

# a program that can't be started, and no complaint about it; the words of `run` name git themselves
_WITHOUT_GIT = {"GIT_PYTHON_GIT_EXECUTABLE": os.devnull, "GIT_PYTHON_REFRESH": "quiet"}


def run(
    folder: Path, arguments: Sequence[str], seconds: float, environ: Mapping[str, str]
) -> FinishedProcess:
    """Run ``git`` in a folder; ``environ`` comes on top of this process's
    environment.

    Raises GitError where git can't be run, subprocess.TimeoutExpired when it did not end in time.
    """
    library = _library()
    try:
        with interrupts.hold_signals():
            handle = library.Git(str(folder)).execute(
                ["git", *arguments], as_process=True, env=dict(environ), start_new_session=True
            )
            process = processes.adopt(handle.proc)
            # GitPython waits without a limit for what a forgotten handle still holds
            handle.proc = None
    except (library.GitError, OSError, ValueError) as error:
        raise GitError(
            f"git can't be run: {one_line(redact(str(error)))}", remedy="install git"
        ) from error
    return processes.finish(process, seconds)


def _library() -> Any:
    """Import GitPython; without the `git version` that it runs as it is imported, which has no time
    limit.
    """
    before = {name: os.environ.get(name) for name in _WITHOUT_GIT}
    os.environ.update(_WITHOUT_GIT)
    try:
        import git
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    return git
