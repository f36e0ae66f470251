"""Pure: the hash of a document that people approve, in which what is not set does not count."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def digest(document: Any) -> str:
    """Return the SHA-256 of a document without its keys that are None.

    A key that a later version adds is None wherever nobody sets it: it leaves every hash as it is.
    """
    return plain_digest(_without_unset(document))


def plain_digest(document: Any) -> str:
    """Return the SHA-256 of a document as it is, as version 0.1 made it."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _without_unset(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_unset(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_unset(item) for item in value]
    return value
