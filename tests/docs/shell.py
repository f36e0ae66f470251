"""Runs a line of a page: in this process where it only calls the program, else in a shell."""

import re
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests import in_process

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_MEANT_FOR_A_SHELL = frozenset("$`*?[]~|&;<>()!\\")


@dataclass(frozen=True)
class Ran:
    """How a command ended; ``output`` as a page would show it."""

    code: int
    output: str


def run(text: str, folder: Path, environ: Mapping[str, str]) -> Ran:
    """Run a line in a folder, with both streams in one text, as a log has them."""
    call = call_of(text)
    if call is None:
        return _in_a_shell(text, folder, environ)
    own, words = call
    ended = in_process.run(words, folder, {**environ, **own}, together=True)
    return Ran(ended.code, ended.out.decode())


def call_of(text: str) -> tuple[dict[str, str], list[str]] | None:
    """Return variables and arguments of a line that only calls the program, None of any other."""
    if _MEANT_FOR_A_SHELL & set(text):
        return None
    words = shlex.split(text, comments=True)
    own: dict[str, str] = {}
    while words and (assignment := _ASSIGNMENT.fullmatch(words[0])):
        own[assignment[1]] = assignment[2]
        del words[0]
    return (own, words[1:]) if words[:1] == ["gitops-ci"] else None


def _in_a_shell(text: str, folder: Path, environ: Mapping[str, str]) -> Ran:
    done = subprocess.run(
        ["sh", "-c", text],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=180,
        check=False,
    )
    return Ran(done.returncode, done.stdout)
