"""Keeps the machine's and the user's settings away from the tests."""

import os
import signal
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.run_folder import VARIABLE, RunFolder

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
SBIN = (
    "/usr/local/sbin",
    "/usr/sbin",
    "/sbin",
)  # where Debian has sshd and nginx; not on every user's PATH

_PREFIXES = tuple(
    """
    GIT_ GITOPS_CI_ BUILD_ CHANGE_ HUDSON_ JENKINS_ JOB_ NODE_ RUN_ STAGE_ TAG_ WORKSPACE_ XDG_ LC_ SSH_
    BUILDAH_ CONTAINER_ CONTAINERS_ DOCKER_ REGISTRY_ STORAGE_ AWS_ HELM_ ARGOCD_ PYTHON
    """.split()
)
_NAMES = frozenset(
    """
    BRANCH_NAME BRANCH_IS_PRIMARY EXECUTOR_NUMBER WORKSPACE KUBECONFIG EMAIL LANGUAGE COLUMNS LINES
    NO_COLOR FORCE_COLOR CLICOLOR CLICOLOR_FORCE CURL_CA_BUNDLE REQUESTS_CA_BUNDLE
    """.split()
)

# a real controller for tests/integration/jobs, which alone look for it; kept under another name
REAL_JENKINS = {name: f"REAL_{name}" for name in ("JENKINS_URL", "JENKINS_USER", "JENKINS_TOKEN")}

_DEAF = "TESTS_SIGHUP_IGNORED"  # tells the workers

_AUTHORITIES = "SSL_CERT_FILE"
_MACHINES_AUTHORITIES = f"TESTS_{_AUTHORITIES}"

_GIT_CONFIG = """\
[user]
\tname = Tess Tester
\temail = tess@example.com
[init]
\tdefaultBranch = main
[gc]
\tauto = 0
[maintenance]
\tauto = false
"""


# a real Argo CD that the tests may talk to, under other names: no other test shall see it
REAL_ARGOCD = {
    f"ARGOCD_{name}": f"TESTS_ARGOCD_{name}"
    for name in ("SERVER", "TOKEN", "CA_FILE", "REPO", "APPLICATION", "VALUES")
}


def scrubbed(environ: dict[str, str]) -> dict[str, str]:
    """Return the environment without what Jenkins, Git, proxies, registries and terminals would
    bring into a test.
    """
    return {name: value for name, value in environ.items() if not _foreign(name)}


def isolate(folder: RunFolder) -> None:
    """Give this process, and all that it starts, places of its own and an environment that says
    nothing of the machine.
    """
    (folder.home / ".gitconfig").write_text(_GIT_CONFIG, encoding="utf-8")
    kept = scrubbed(dict(os.environ))
    folders = [str(TOOLS), *kept.get("PATH", os.defpath).split(os.pathsep)]
    folders += [folder for folder in SBIN if folder not in folders]
    real = REAL_JENKINS | REAL_ARGOCD
    kept |= {own: os.environ[name] for name, own in real.items() if os.environ.get(name)}
    # pip asks rustc for its version, and that of rustup makes a folder of its own in the home
    kept.setdefault("RUSTUP_HOME", str(Path.home() / ".rustup"))
    kept |= {"HOME": str(folder.home), "TMPDIR": str(folder.temporary), VARIABLE: str(folder.path)}
    kept |= {"PATH": os.pathsep.join(folders), "LANG": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1"}
    kept |= _no_authorities(folder, kept)
    os.environ.clear()
    os.environ.update(kept)
    tempfile.tempdir = None  # read anew


def _no_authorities(folder: RunFolder, variables: Mapping[str, str]) -> dict[str, str]:
    """Return what spares every process the hundred authorities of the machine.

    To read them takes longer than to start Python, and no server of a test has a certificate of theirs.
    """
    nothing = folder.home / ".authorities"
    nothing.touch()
    found = variables.get(_AUTHORITIES)
    kept = {_MACHINES_AUTHORITIES: found} if found else {}
    return kept | {_AUTHORITIES: str(nothing)}


def online() -> dict[str, str]:
    """Return the environment of a process that talks to a server outside of the tests, which the machine trusts."""
    variables = {name: value for name, value in os.environ.items() if name != _AUTHORITIES}
    found = variables.get(_MACHINES_AUTHORITIES)
    return variables | ({_AUTHORITIES: found} if found else {})


def hear_signals() -> None:
    """Undo that SIGINT and SIGHUP are ignored: shells do so for what runs in the background, nohup
    does, children inherit it.

    This process and its workers go on after a SIGHUP that was ignored; with a handler in place of
    ``SIG_IGN``, what they start has the default.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        os.environ[_DEAF] = "1"
    if _DEAF in os.environ:
        signal.signal(signal.SIGHUP, _go_on)


def end_in_order() -> None:
    """Let SIGTERM end this process as Ctrl-C does: what was started is ended, what was written is
    removed.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def _go_on(number: int, frame: object) -> None:
    """Do nothing."""


def _foreign(name: str) -> bool:
    return name.startswith(_PREFIXES) or name in _NAMES or name.lower().endswith("_proxy")
