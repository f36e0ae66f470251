"""Git's and the servers' own words: what they mean, and how they are told on.

The texts are those of git 2.31 to 2.55 under LC_ALL=C, of libcurl and OpenSSH, and what
Git servers answer (GitLab, GitHub, Gitea, Gerrit).
"""

import re

from gitops_ci.base.errors import GitError, GitopsError, UnavailableError
from gitops_ci.base.redaction import one_line, redact

_LOGIN = (
    "check the user and password or token (GITOPS_CI_GIT_USERNAME, GITOPS_CI_GIT_PASSWORD, "
    "GITOPS_CI_GIT_TOKEN)"
)
_RIGHTS = "ask for the right to read and write this repository, or use another account"
_TRUST = "give the certificate authority of the server with --ca-file"
_FULL_DISK = (
    r"no space left on device|disk quota|couldn't write '|failed to write new configuration|"
    r"unable to (write|create temporary) (new |loose |object )?(index |object )?file|"
    r"unable to write (sha1|pack|rev)|sha1 file .* write error"
)
_ROOM = "make room on the disk: here for TMPDIR, or where the repository is"
# (pattern, remedy): for good, the first that fits; looked at before what may pass
_FINAL = (
    (
        r"denying non-fast-forward|non-fast-forward updates",
        "the server lets no branch be replaced: delete the outdated one there, or give "
        "another --publish-branch",
    ),
    (
        r"hook declined",
        "the server's own rules refused the commit: satisfy them, or ask who runs the server",
    ),
    (
        r"protected branch|not allowed to push|denied by|deny updating",
        "ask for the right to push to this branch",
    ),
    (
        r"refusing to update checked out branch|branch is currently checked out",
        "push to a bare repository: give the URL of the server, or make one with `git clone "
        "--bare`",
    ),
    (
        r"dubious ownership|is owned by",
        "run as the owner of the folder, or `git config --global --add safe.directory <path>`",
    ),
    (
        r"host key verification failed",
        "add the server's key to ~/.ssh/known_hosts (ssh-keyscan), after checking it",
    ),
    (
        r"permission denied \(|too many authentication failures",
        "give ssh a key the server knows (ssh-agent, GIT_SSH_COMMAND)",
    ),
    (
        r"authentication failed|could not read (username|password)|returned error: "
        r"401|invalid credentials",
        _LOGIN,
    ),
    (
        r"returned error: 403|permission to .* denied|access denied|insufficient "
        r"permission|permission denied",
        _RIGHTS,
    ),
    (
        r"repository.* not found|returned error: 40[04]|does not appear to be a git "
        r"repository|no such project",
        "check --repo",
    ),
    (r"certificate|ssl: no alternative|unable to get local issuer|self.signed", _TRUST),
    (
        r"not valid: is this a git repository|dumb http transport",
        "the server answered no Git: check --repo, and log in to it",
    ),
    (_FULL_DISK, _ROOM),
)
_TRANSIENT = (
    r"returned error: (408|425|429|5\d\d)|empty reply|connection (reset|refused|timed "
    r"out|closed|was aborted)|broken pipe"
    r"|failed to connect|couldn't connect|could not connect|could not resolve|couldn't "
    r"resolve|resolving timed out"
    r"|temporary failure in name resolution|no route to host|network is "
    r"unreachable|operation timed out|operation too slow"
    r"|early eof|unexpected disconnect|hung up unexpectedly|transfer closed|premature|rpc "
    r"failed|http2? (error|framing)"
    r"|recv (error|failure)|send failure|gnutls_handshake|ssl_error_syscall|unexpected "
    r"eof|connect to host .* port"
    r"|kex_exchange_identification|bad line length|protocol error|expected flush|invalid "
    r"index-pack output|index-pack failed"
    r"|bad pack header|pack .* corrupt|inflate|cannot lock ref|unable to create "
    r"'.*\.lock'|failed to update ref"
    r"|\(stale info\)|\(fetch first\)|\(non-fast-forward\)|incorrect old value|unpacker "
    r"error|remote unpack failed"
    r"|expected 'packfile'|expected .* to be sent|invalid response"
    r"|bytes of length header were received|end of response with \d+ bytes missing"
)
_NO_LOGIN = re.compile(r"could not read (username|password)", re.IGNORECASE)
_NOISE = re.compile(r"(warning|hint|To|Done|Pushing|Everything)\b|\+|=|\*", re.IGNORECASE)
_BOILERPLATE = ("Please make sure you have the correct access rights", "and the repository exists.")
_NO_REASON = ("", "Could not read from remote repository.")
_BY_ID = re.compile(
    r"not our ref|unadvertised object|want .* not valid|not advertised|object ids? .*not allowed",
    re.IGNORECASE,
)
_FILTER = re.compile(
    r"filter '.*' not supported|filter allows max|invalid filter-spec|unexpected "
    r".*filter|filter.*not allowed",
    re.I,
)
# characters at either end of what a server says: patterns with a gap try every beginning
_MOST = 8_000
_REDIRECT = re.compile(r"returned error: 30[1278]")


def failure(what: str, text: str) -> GitopsError:
    """Return the error for a failed git command: ``what`` was tried, ``text`` is git's stderr (and
    the push report).
    """
    text = _bounded(text)
    words = server_words(text)
    if _NO_LOGIN.search(words):  # git's own words tell of a terminal that nobody has
        words = "the server wants a login, or does not accept the one given (Authentication failed)"
    message = f"{what}: {words}" if words else f"{what}: git gave no reason"
    for pattern, remedy in _FINAL:
        if re.search(pattern, text, re.IGNORECASE):
            return GitError(message, remedy=remedy)
    if re.search(_TRANSIENT, text, re.IGNORECASE | re.DOTALL) or words in _NO_REASON:
        return UnavailableError(
            message, remedy="try again; see whether the server is up and reachable from here"
        )
    return GitError(
        message,
        remedy="see what the server says; `git ls-remote` with the same URL helps to find out",
    )


def full_disk_remedy(text: str) -> str:
    """Return what to do where a full disk stopped git, '' where it was something else."""
    return _ROOM if re.search(_FULL_DISK, _bounded(text), re.IGNORECASE) else ""


def server_words(text: str) -> str:
    """Return the lines that say something, on one line, without git's prefixes and without
    secrets.
    """
    lines: list[str] = []
    for line in text.splitlines():
        line = re.sub(r"^(remote:|fatal:|error:|ssh:|!)\s*", "", line.strip())
        line = re.sub(r"^(fatal|error|remote error):\s*", "", line)
        if line and line not in _BOILERPLATE and not _NOISE.match(line) and line not in lines:
            lines.append(line)
    return redact(one_line("; ".join(lines)))


def _bounded(text: str) -> str:
    return text if len(text) <= 2 * _MOST else f"{text[:_MOST]}\n{text[-_MOST:]}"


def refused_filter(text: str) -> bool:
    """Tell whether the server knows filters but not this one."""
    return bool(_FILTER.search(_bounded(text)))


def refused_object_id(text: str) -> bool:
    """Tell whether the server gives only what a branch names."""
    return bool(_BY_ID.search(_bounded(text)))


def redirected(text: str) -> bool:
    """Tell whether the server answered with a redirect that was not followed."""
    return bool(_REDIRECT.search(text))


def missing_branch(text: str) -> bool:
    """Tell whether the server is fine but has no such branch."""
    return "find remote ref" in text.lower()


def other_object_format(text: str) -> bool:
    """Tell whether the repository has SHA-256 object ids and ours SHA-1."""
    # the second is what git says under the oldest protocol
    return (
        "mismatched algorithms" in text
        or "does not support this repository's object format" in text
    )
