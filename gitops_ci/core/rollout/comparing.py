"""Comparisons that fail: what is wrong for good, and what may pass because Argo CD can't reach
something now.
"""

import re
from collections.abc import Iterable

import msgspec

REMEDY = "mend what Argo CD names: chart, values file, or the application's source"
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_KINDS = {"ComparisonError", "InvalidSpecError", "UnknownError", "HydrationError"}
_PASSES = re.compile(
    r"code = (Unavailable|DeadlineExceeded|ResourceExhausted|Canceled)|connection "
    r"(refused|reset|error)|i/o timeout"
    r"|context deadline|no such host|server misbehaving|network is unreachable|no route to "
    r"host|TLS handshake timeout"
    r"|unexpected EOF|status code: (429|5\d\d)|returned error: (429|5\d\d)|Too Many "
    r"Requests|Bad Gateway|Service Unavailable"
    r"|Gateway Time|failed to (load|get) live state|cluster cache|failed to sync cluster",
    re.IGNORECASE,
)


class ComparisonError(msgspec.Struct, frozen=True):
    """Why a comparison failed; ``definite``: it will fail again until somebody changes
    something.
    """

    words: str
    definite: bool


def is_commit(revision: str) -> bool:
    """Tell whether a revision is a commit.

    After a failed comparison it is the text of the target revision.
    """
    return bool(_COMMIT.fullmatch(revision))


def comparison_error(conditions: Iterable[tuple[str, str]]) -> ComparisonError | None:
    """Return what keeps an application from being compared."""
    for kind, message in conditions:
        if kind in _KINDS:
            return ComparisonError(f"{kind}: {message}", not _PASSES.search(message))
    return None
