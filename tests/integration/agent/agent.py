"""An agent, and the runs of the script on it as gitopsCli makes them."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.integration.agent.stubs import VERSION
from tests.surroundings import ROOT

RESOURCES = ROOT / "resources" / "gitops-ci"
INSTALLER = (
    "install.py",
    *(f"installer/{each.name}" for each in sorted((RESOURCES / "installer").glob("*.py"))),
)
MISSING = 90


@dataclass(frozen=True)
class Ran:
    """How a run ended: with the words of the file that the build shows, and how many shells it
    took.
    """

    code: int
    out: str
    err: str
    problem: str
    shells: int


@dataclass
class Agent:
    """An agent with a Python and git, a home of its own, and no gitops-ci."""

    root: Path
    variables: dict[str, str] = field(default_factory=dict)
    before: Sequence[str] = ()
    """What every shell is started by, such as unshare."""

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def tools(self) -> Path:
        """Where installations are, unless `home:` says another folder."""
        return self.home / ".cache" / "gitops-ci"

    def program(self, name: str, text: str) -> None:
        """Write a program that is found before all others."""
        (self.root / "bin").mkdir(exist_ok=True)
        (self.root / "bin" / name).write_text(text)
        (self.root / "bin" / name).chmod(0o755)

    def call(
        self,
        command: str = "plan promote",
        *,
        tool: Mapping[str, str] | None = None,
        carried: Path | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> Ran:
        """Run a command as the vars do: install.py comes when the script asks for it, with the
        wheel where it fits.
        """
        folder = Path(tempfile.mkdtemp(prefix="run-", dir=self.root))
        environment = self.environment(command, folder, tool or {}, carried, variables or {})
        done = self.shell(environment)
        shells = 1
        if done.returncode == MISSING:
            bring(folder, carried)
            done = self.shell(environment)
            shells = 2
        problem = folder / "problem"
        words = problem.read_text() if problem.exists() else ""
        return Ran(done.returncode, done.stdout, done.stderr, words, shells)

    def environment(
        self,
        command: str,
        folder: Path,
        tool: Mapping[str, str],
        carried: Path | None,
        more: Mapping[str, str],
    ) -> dict[str, str]:
        """Return the variables of a run: those of the agent, and those that the vars set."""
        given = {f"GITOPS_TOOL_{name.upper()}": value for name, value in tool.items()}
        if carried:
            given["GITOPS_TOOL_CARRIED"] = (carried / "wheel.json").read_text().strip()
        own = {
            "PATH": os.pathsep.join([str(self.root / "bin"), *self._path()]),
            "HOME": str(self.home),
            "GITOPS_COMMAND": command,
            "GITOPS_FOLDER": str(folder),
            "GITOPS_VERSION": VERSION,
            "GITOPS_NAMES": " ".join(given),
        }
        return {**own, **self.variables, **given, **more}

    def shell(self, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """Run the script once."""
        command = [*self.before, "sh", str(RESOURCES / "run.sh")]
        return subprocess.run(
            command,
            env=dict(environment),
            cwd=self.root,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def _path(self) -> list[str]:
        """Return folders with the Python of the tests, and no gitops-ci."""
        own = self.root / "python"
        if not own.exists():
            own.mkdir()
            (own / "python3").symlink_to(os.path.realpath(sys.executable))
        folders = [
            each
            for each in os.environ["PATH"].split(os.pathsep)
            if not Path(each, "gitops-ci").exists()
        ]
        return [str(own), *folders]


def bring(folder: Path, carried: Path | None) -> None:
    """Write what the library brings into the folder of a run."""
    for name in INSTALLER:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(RESOURCES / name, folder / name)
    if carried:
        for file in carried.iterdir():
            shutil.copy(file, folder / file.name)
