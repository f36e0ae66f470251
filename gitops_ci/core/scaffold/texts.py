"""The files of the package that a scaffold is made from: YAML, templates of Helm, and texts with @@
before a name.
"""

import string
from pathlib import Path

_FILES = Path(__file__).parent / "files"


class _Text(string.Template):
    delimiter = "@@"  # $ belongs to the shell and to Groovy, braces to Helm and Argo CD


def template(name: str) -> str:
    return (_FILES / name).read_text(encoding="utf-8")


def render_template(name: str, **values: object) -> bytes:
    """Return a file with values in the place of ``@@name``."""
    return _Text(template(name)).substitute(values).encode()


def below(folder: str) -> dict[str, bytes]:
    """Return all files below a folder, by path."""
    root = _FILES / folder
    return {
        file.relative_to(root).as_posix(): file.read_bytes()
        for file in sorted(root.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
    }
