"""Watches a run for secrets: command lines of all processes, and files in the temporary folder,
while it lasts.
"""

import base64
import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from tests.servers.registry import PASSWORD, USER

_PAIR = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
FORMS = tuple(
    form.encode()
    for form in (
        PASSWORD,
        quote(PASSWORD, safe=""),
        base64.b64encode(PASSWORD.encode()).decode(),
        _PAIR,
    )
)


@contextlib.contextmanager
def watching(temporary: Path, extra: str = "") -> Iterator[set[str]]:
    """Yield the set of places where a form of the password, or another text, was seen; it is
    complete after the block.
    """
    found: set[str] = set()
    forms = (*FORMS, extra.encode()) if extra else FORMS
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.005):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                _look(path, forms, found)
            found.update(leaks(temporary, forms))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def leaks(folder: Path, forms: tuple[bytes, ...] = FORMS) -> set[str]:
    """Return the files below a folder that hold one of the forms."""
    found: set[str] = set()
    with contextlib.suppress(OSError):
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                _look(path, forms, found)
    return found


def _look(path: Path, forms: tuple[bytes, ...], found: set[str]) -> None:
    with contextlib.suppress(OSError):
        content = path.read_bytes()
        if any(form in content for form in forms):
            found.add(f"{path}: {content[:300]!r}")
