"""Answers of a real Argo CD v3.5.1, cut to what a waiter looks at, with commits of a test in the
place of those recorded.
"""

import json
import re
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "recordings"
_COMMIT = re.compile(r"[0-9a-f]{40}")


def body(name: str, **commits: str) -> Any:
    """Return the body of a recording by the beginning of its file's name; ``r508090d=COMMIT``
    replaces a commit.
    """
    text = json.dumps(whole(name)["body"])
    for short, commit in commits.items():
        text = re.sub(f"{short.removeprefix('r')}[0-9a-f]{{33}}", commit, text)
    return json.loads(text)


def whole(name: str) -> dict[str, Any]:
    """Return a recording with its status."""
    found = [
        each
        for each in sorted(FOLDER.iterdir())
        if each.stem == name or each.stem.startswith(f"{name}-")
    ]
    assert len(found) == 1, found
    document: dict[str, Any] = json.loads(found[0].read_text(encoding="utf-8"))
    return document


def at(name: str, new: str, old: str = "0" * 40) -> Any:
    """Return a recording with ``new`` as the commit that it compared, and ``old`` in the place of
    every other one.
    """
    document = whole(name)["body"]
    sync = document["status"]["sync"]
    now = sync.get("revision")
    return json.loads(
        _COMMIT.sub(lambda match: new if match.group() == now else old, json.dumps(document))
    )
