"""Which source of an application is the GitOps repository: the same repository has many
spellings.
"""

import re
from urllib.parse import unquote

import msgspec

_SCP = re.compile(r"(?:[^/@:]+@)?(?P<host>[^/:@]+):(?P<path>(?!//).*)")
_URL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[^/@]*@)?(?P<host>\[[^\]]*\]|[^/:]*)(?P<port>:\d+)?(?P<path>/.*)?",
    re.I,
)
_USUAL = {"http": ":80", "https": ":443", "ssh": ":22", "git": ":9418"}


def same_repository(one: str, two: str) -> bool:
    """Tell whether two URLs name one repository, whatever the protocol, user, case of the host, or
    ``.git``.

    Ports count between URLs of one protocol: those of ssh and https on one host differ for one
    repository.
    """
    first, second = _parts(one), _parts(two)
    if not first.path or (first.host, first.path) != (second.host, second.path):
        return False
    return first.kind != second.kind or first.port == second.port


class _Parts(msgspec.Struct, frozen=True):
    kind: str
    host: str
    port: str
    path: str


def _parts(url: str) -> _Parts:
    text = url.strip()
    match = _URL.fullmatch(text)
    if match:
        scheme, port = match["scheme"].lower(), match["port"] or ""
        kind = "http" if scheme in {"http", "https"} else scheme
        return _Parts(
            kind,
            match["host"].lower(),
            "" if port == _USUAL.get(scheme) else port,
            _path(match["path"] or ""),
        )
    short = _SCP.fullmatch(text)
    return (
        _Parts("ssh", short["host"].lower(), "", _path(short["path"]))
        if short
        else _Parts("file", "", "", _path(text))
    )


def _path(text: str) -> str:
    return "/".join(part for part in unquote(text).split("/") if part and part != "~").removesuffix(
        ".git"
    )
