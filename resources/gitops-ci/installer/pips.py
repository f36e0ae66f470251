"""Virtual environments, and the pip that fills them as its configuration allows."""

import ast
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from installer.processes import run
from installer.words import Problem, say

# what the agent's configuration of pip may say: where packages are, and how they are reached
_SOURCES = frozenset({"index-url", "extra-index-url", "find-links", "no-index"})
_ROADS = frozenset(
    """
    proxy cert client-cert trusted-host timeout default-timeout retries keyring-provider
    cache-dir no-cache-dir use-feature
    """.split()
)
_RANKS = {"global": 0, "install": 1, ":env:": 2}
_SETTING = re.compile(r"^(global|install|:env:)\.([a-z-]+)=(['\"].*['\"])$", re.MULTILINE)
_OURS = {
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
    "PIP_ROOT_USER_ACTION": "ignore",
    "PIP_USE_PEP517": "1",  # older ones build otherwise without the package wheel
    "GIT_TERMINAL_PROMPT": "0",
}


@dataclass(frozen=True)
class Pip:
    """The pip of a virtual environment, the variables of its processes, and its own log."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path

    def install(self, *words: str, told: str = "") -> None:
        """Install packages; raises Problem with pip's own reason."""
        command = (*self.command, "install", "--quiet", "--log", str(self.log), *words)
        code, printed = run(*command, environment=self.environment, told=told)
        if printed:
            say(printed.rstrip())
        if code != 0:
            log = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
            raise Problem(reason(printed, log) or f"pip ended with exit code {code}")


def surroundings(variables: Mapping[str, str]) -> dict[str, str]:
    """Return variables without those that lead Python elsewhere, and without our own secrets."""
    foreign = ("PYTHON", "GITOPS_", "VIRTUAL_ENV", "__PYVENV")
    return {name: value for name, value in variables.items() if not name.startswith(foreign)}


def settings(printed: str, own_sources: bool) -> dict[str, str]:
    """Return the variables for what `pip config list` printed, as far as it counts.

    With sources of our own no others are asked: a name could mean another package there. What the
    configuration says about how to install (user, target, require-virtualenv) never counts.
    """
    counted = _ROADS if own_sources else _ROADS | _SOURCES
    found = [each for each in _SETTING.findall(printed) if each[1] in counted]
    found.sort(key=lambda each: _RANKS[each[0]])
    return {
        f"PIP_{name.upper().replace('-', '_')}": str(ast.literal_eval(value))
        for _, name, value in found
    }


def environment_of(command: tuple[str, ...], folder: Path, own_sources: bool) -> dict[str, str]:
    """Return the variables for a pip: those of the agent, and what counts of its configuration."""
    variables = surroundings(os.environ)
    # against a configuration that makes pip quiet, or sends it to another Python
    plain = ("-vvv", "--python", str(folder / "bin" / "python"))
    code, printed = run(*command, *plain, "config", "list", environment=variables)
    if code != 0:
        say(printed.rstrip())
        raise Problem(f"the configuration of pip can't be read: {reason(printed)}")
    others = {name: value for name, value in variables.items() if not name.startswith("PIP_")}
    return others | settings(printed, own_sources) | _OURS


def reason(printed: str, log: str = "") -> str:
    """Return what pip says went wrong: its last errors, and the first address that did not answer.

    The latter is in its log alone; without it a refused login reads as if there were no package.
    """
    errors = re.findall(r"^ERROR: (.+)$", printed, re.MULTILINE)
    refused = re.findall(r"Could not fetch URL (.+) - skipping$", log, re.MULTILINE)
    return "; ".join([*list(dict.fromkeys(errors))[-2:], *refused[:1]])


def make_environment(folder: Path) -> tuple[str, ...]:
    """Make a virtual environment; return the command of a pip for it."""
    # by its full name: after an upgrade of the agent `python3` is another one
    python = os.path.realpath(sys.executable)
    inside = (str(folder / "bin" / "python"), "-I", "-m")
    _made(python, "-I", "-m", "venv", "--without-pip", str(folder))
    if _has_ensurepip():
        _made(*inside, "ensurepip")
        return (*inside, "pip")
    # Debian splits it off Python; from 22.3 on the pip that is there does as well
    other = (python, "-I", "-m", "pip", "--python", inside[0])
    if run(*other, "--version", environment=surroundings(os.environ))[0] != 0:
        raise Problem(
            f"{python} can't make virtual environments",
            "install the package python3-venv on the agent (Debian, Ubuntu)",
        )
    return other


def _has_ensurepip() -> bool:
    spec = find_spec("ensurepip")
    return spec is not None and spec.origin is not None


def _made(*command: str) -> None:
    code, printed = run(*command, environment=surroundings(os.environ))
    if code != 0:
        say(printed.rstrip())
        raise Problem(reason(printed) or (printed.splitlines() or ["no virtual environment"])[-1])
