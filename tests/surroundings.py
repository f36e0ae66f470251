"""Keeps the machine's and the user's settings away from the tests."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")  # where Debian has sshd and nginx; not on every user's PATH

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
    f"ARGOCD_{name}": f"TESTS_ARGOCD_{name}" for name in ("SERVER", "TOKEN", "CA_FILE", "REPO", "APPLICATION", "VALUES")
}


def scrubbed(environ: dict[str, str]) -> dict[str, str]:
    """Return the environment without what Jenkins, Git, proxies, registries and terminals would bring into a test."""
    return {name: value for name, value in environ.items() if not _foreign(name)}


def isolate(home: Path) -> None:
    """Give this process, and all that it starts, a home of its own and an environment that says nothing of the machine."""
    (home / ".gitconfig").write_text(_GIT_CONFIG, encoding="utf-8")
    kept = scrubbed(dict(os.environ))
    folders = [str(TOOLS), *kept.get("PATH", os.defpath).split(os.pathsep)]
    folders += [folder for folder in SBIN if folder not in folders]
    real = REAL_JENKINS | REAL_ARGOCD
    kept |= {own: os.environ[name] for name, own in real.items() if os.environ.get(name)}
    kept |= {"HOME": str(home), "PATH": os.pathsep.join(folders), "LANG": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1"}
    os.environ.clear()
    os.environ.update(kept)


def _foreign(name: str) -> bool:
    return name.startswith(_PREFIXES) or name in _NAMES or name.lower().endswith("_proxy")
