"""Keeps secrets and control characters out of everything that is shown or stored."""

import base64
import re
from urllib.parse import quote, quote_plus

MASK = "****"
_SHORTEST = 3  # masking shorter strings would blank out half of every message
_secrets: set[str] = set()
_USER_INFO = re.compile(r"(?<=://)[^\s/'\"]*@")
# a field of a URL's query or fragment by whose name its value is a secret
_QUERY_FIELD = re.compile(
    r"([?&#;][\w.%-]*(?:token|secret|passw|signature|credential|api[-_]?key|auth)[\w.%-]*=)"
    r"[^\s&;#'\"<>]+",
    re.IGNORECASE,
)


def remember(*secrets: str | None) -> None:
    """Register secrets; their plain, URL-encoded and base64 forms are masked from now on."""
    for secret in secrets:
        if secret and len(secret) >= _SHORTEST:
            _secrets.update(_forms(secret))


def remember_login(username: str, password: str) -> None:
    """Register a password and the base64 form that HTTP basic authentication makes of the pair."""
    remember(password)
    _secrets.add(
        base64.b64encode(f"{username}:{password}".encode("utf-8", "surrogatepass")).decode()
    )


def redact(text: str) -> str:
    """Mask every registered secret in a text, and in URLs user information and what a query calls
    a secret.
    """
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return _QUERY_FIELD.sub(rf"\1{MASK}", _USER_INFO.sub("", text))


def printable(text: str) -> str:
    """Escape control and bidirectional characters, except newline and tab."""
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(_escape(char) if _unsafe(char) else char for char in text)


def safe(text: str) -> str:
    """Return a text that may be shown: without secrets and control characters."""
    return printable(redact(text))


def one_line(text: str) -> str:
    """Fold a text from outside into one printable line."""
    return printable(" ".join(text.split()))


def _forms(secret: str) -> set[str]:
    # a defect here would keep the error that holds the secret from its mask
    raw = secret.encode("utf-8", "surrogatepass")
    encoded = base64.b64encode(raw).decode()
    return {secret, quote(raw, safe=""), quote(raw), quote_plus(raw), encoded, encoded.rstrip("=")}


def _unsafe(char: str) -> bool:
    import unicodedata  # a large table, and almost every text is plainly printable

    return char not in "\n\t" and unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _escape(char: str) -> str:
    return char.encode("unicode_escape", "backslashreplace").decode("ascii")
