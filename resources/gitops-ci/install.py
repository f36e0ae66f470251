"""Installs gitops-ci for good: ``python3 install.py PLACE``; run.sh does so on agents.

PLACE becomes a symbolic link to a virtual environment beside it, when all is done and never before.
Where PLACE can be used already, nothing happens. The folder of this file has what the library
carries: wheel.b64, requirements.txt, and wheel.json, which says version, file and sha256 of the
wheel, and may say the SHA-256 of the lock as requirements.

Variables, each of which may be missing:

* GITOPS_VERSION: the version that it has to be; otherwise the one that is carried
* GITOPS_TOOL_SOURCE, GITOPS_TOOL_INDEX, GITOPS_TOOL_WHEELHOUSE: what ``tool:`` says
* GITOPS_TOOL_FOUND: the version on PATH, which is another one
* GITOPS_FOLDER: a folder of this run; the file ``problem`` in it says what went wrong
"""

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from installer import places, processes
from installer.request import requested
from installer.words import Problem, say

_FILES = Path(__file__).resolve().parent
_WAYS = (
    "put it on the agents' PATH, or give tool: [index: ...], for agents without any network"
    " tool: [wheelhouse: ...], or tool: [home: ...] with a folder to write to"
)


def main(arguments: list[str], variables: Mapping[str, str]) -> int:
    """Install, and return the exit code."""
    processes.note_signals()
    if len(arguments) != 1:
        say("usage: python3 install.py PLACE")
        return 2
    place = Path(arguments[0]).absolute()
    try:
        with tempfile.TemporaryDirectory(dir=variables.get("GITOPS_FOLDER")) as scratch:
            places.install(requested(place, variables, _FILES), Path(scratch))
    except processes.Ended as ended:
        return 128 + ended.number
    except (Problem, OSError) as problem:
        _report(place, problem, variables)
        return 1
    return 0


def _report(place: Path, problem: Exception, variables: Mapping[str, str]) -> None:
    """Say what went wrong in the log, and in the file that the build shows."""
    version = variables.get("GITOPS_VERSION", "")
    found = variables.get("GITOPS_TOOL_FOUND", "")
    other = f"gitops-ci {found} is on PATH, and this library needs {version}. " if found else ""
    words = f"{other}gitops-ci {version} can't be installed into {place}: {problem}"
    if not isinstance(problem, Problem) or problem.remedy is None:
        words += f"\n{_WAYS}"
    elif problem.remedy:
        words += f"\n{problem.remedy}"
    say(words)
    if variables.get("GITOPS_FOLDER"):
        Path(variables["GITOPS_FOLDER"], "problem").write_text(f"{words}\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
