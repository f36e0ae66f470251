"""Makes an environment of one Python with the libraries of one row, and the checkout in it."""

from pathlib import Path

from scripts.matrix.plan import Libraries
from scripts.matrix.uv import uv

_STEPS: dict[Libraries, tuple[tuple[str, ...], ...]] = {
    "lock": (
        ("--require-hashes", "--no-deps", "-r", "requirements/build.txt"),
        ("--require-hashes", "--no-deps", "--no-build-isolation", "-r", "requirements/dev.txt"),
        ("--no-deps", "--no-build-isolation", "--editable", "."),
    ),
    "lowest": (("--resolution", "lowest-direct", "--editable", ".", "--group", "dev"),),
    "newest": (("--upgrade", "--refresh", "--editable", ".", "--group", "dev"),),
}


class NotMadeError(Exception):
    """The libraries can't be installed; says in uv's words why."""


def make(folder: Path, python: str, libraries: Libraries) -> Path:
    """Make an environment in a folder and return its interpreter; raises NotMadeError."""
    interpreter = folder / "bin" / "python"
    _do("venv", "--quiet", "--python", python, str(folder))
    for step in _STEPS[libraries]:
        _do("pip", "install", "--quiet", "--python", str(interpreter), *step)
    _do("pip", "check", "--python", str(interpreter))
    return interpreter


def _do(*arguments: str) -> None:
    done = uv(*arguments)
    if done.returncode:
        raise NotMadeError(done.stderr.strip())
