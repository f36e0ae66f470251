"""Which source of an application is the GitOps repository: the same repository has many
spellings.
"""

import re
from urllib.parse import unquote

import msgspec

from gitops_ci.core.rollout.document import Live

_SCP = re.compile(r"(?:[^/@:]+@)?(?P<host>[^/:@]+):(?P<path>(?!//).*)")
_URL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[^/@]*@)?(?P<host>\[[^\]]*\]|[^/:]*)(?P<port>:\d+)?(?P<path>/.*)?",
    re.I,
)
_USUAL = {"http": ":80", "https": ":443", "ssh": ":22", "git": ":9418"}


def sources_of_repository(live: Live, repository: str) -> tuple[int, ...]:
    """Return which sources are the GitOps repository: of several, those that the values files are
    taken from.

    A single source needs no comparison of URLs: that it is this repository shows in its commits.
    """
    if len(live.sources) == 1:
        return () if live.sources[0].packed else (0,)
    fitting = [
        (index, source.ref)
        for index, source in enumerate(live.sources)
        if same_repository(source.repository, repository)
    ]
    used = _used_refs(live)
    referred = [(index, ref) for index, ref in fitting if ref and ref in used]
    return tuple(index for index, _ in referred or fitting)


def _used_refs(live: Live) -> set[str]:
    """Return the names of sources that values files are taken from: ``$NAME/path``."""
    files = [file for source in live.sources for file in source.values if file.startswith("$")]
    return {file.partition("/")[0].removeprefix("$") for file in files}


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
        kind = "http" if scheme == "https" else scheme
        port = "" if port == _USUAL.get(scheme) else port
        return _Parts(kind, match["host"].lower(), port, _path(match["path"] or ""))
    short = _SCP.fullmatch(text)
    if short:
        return _Parts("ssh", short["host"].lower(), "", _path(short["path"]))
    return _Parts("file", "", "", _path(text))


def _path(text: str) -> str:
    parts = [part for part in unquote(text).split("/") if part and part != "~"]
    return "/".join(parts).removesuffix(".git")
