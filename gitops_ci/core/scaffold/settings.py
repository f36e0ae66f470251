"""What a new GitOps repository is made from: checked, because it ends in YAML, Groovy, shell and in
the names of Kubernetes.
"""

import re
import unicodedata
from pathlib import PurePath
from typing import Literal

import msgspec

from gitops_ci.base.errors import ImageError, UsageError
from gitops_ci.base.redaction import one_line, redact
from gitops_ci.model.image_reference import parse_reference
from gitops_ci.model.names import check_branch

ENVIRONMENTS = ("dev", "stage", "prod")
CLUSTER = "https://kubernetes.default.svc"  # the cluster that Argo CD runs in
STAGE_BRANCH = "release"
PROD_BRANCH = "production"

# NAME-stage becomes the name of an Argo CD application and with it of a Helm release, which has 53
# characters at most;
# that of a Service starts with a letter
_LONGEST_APP = 53 - len("-stage")
_LONGEST_IMAGE = 255  # characters that docker and registries take
_APP = re.compile(rf"[a-z](?:[a-z0-9-]{{0,{_LONGEST_APP - 2}}}[a-z0-9])?")
_NAMESPACE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NO_APP = re.compile(r"[^a-z0-9]+")
_SUFFIX = re.compile(r"-(?:helm|gitops|deploy|deployment|config)$")
# what stands in a URL and needs no quotes in Groovy, shell and Markdown
_REPOSITORY = re.compile(
    r"(?:(?:https?|ssh)://|[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:)[A-Za-z0-9._~:/@%+,=-]+"
)
_SERVER = re.compile(
    r"https?://(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/-]*)?"
)
_BRANCH = re.compile(r"[A-Za-z0-9._/-]{1,200}")
_HEALTH_PATH = re.compile(r"/[A-Za-z0-9._~/-]{0,200}")
_MAIL = re.compile(r"[^\s@,<>=]+@[^\s@,<>=]+")

Layout = Literal["one", "many"]
Strategy = Literal["promotion", "release-branch"]


class ScaffoldApplication(msgspec.Struct, frozen=True):
    """One application: its name, its image's repository without tag, its port, and the path that
    tells whether it is well.
    """

    name: str
    image: str
    port: int = 8080
    health_path: str = "/healthz"


class Approver(msgspec.Struct, frozen=True):
    """Somebody who may approve production, with the e-mail addresses of their commits where they
    are known.
    """

    name: str
    mails: tuple[str, ...] = ()


class Settings(msgspec.Struct, frozen=True):
    """A whole repository; ``repo`` is the URL by which Argo CD and Jenkins reach it, ``project``
    Argo CD's project.
    """

    application: ScaffoldApplication
    project: str
    repo: str
    layout: Layout = "one"
    strategy: Strategy = "promotion"
    branch: str = "main"
    approvers: tuple[Approver, ...] = ()
    argocd_server: str | None = None
    argocd_namespace: str = "argocd"
    destination: str = CLUSTER

    @property
    def path(self) -> str:
        """Return the folder of the application, '' for the root."""
        return f"apps/{self.application.name}" if self.layout == "many" else ""


def check_app(name: str) -> str:
    """Return a name that Kubernetes, Helm and Argo CD take; raises UsageError."""
    if _APP.fullmatch(name):
        return name
    raise UsageError(
        f"{_shown(name)} can't be the name of an application in Kubernetes",
        remedy="small letters, digits and '-', a letter first and no '-' at the end, at most "
        f"{_LONGEST_APP} characters",
    )


def name_from(folder: str, option: str) -> str:
    """Return the name that a folder suggests: manual-app-helm holds manual-app; raises UsageError
    where it suggests none.
    """
    plain = (
        unicodedata.normalize("NFKD", PurePath(folder).name)
        .encode("ascii", "ignore")
        .decode()
        .lower()
    )
    name = _NO_APP.sub("-", plain.removesuffix(".git")).strip("-").lstrip("0123456789-")
    name = (_SUFFIX.sub("", name) or name)[:_LONGEST_APP].rstrip("-")
    if _APP.fullmatch(name):
        return name
    raise UsageError(
        f"the folder {_shown(PurePath(folder).name)} suggests no name", remedy=f"give {option} NAME"
    )


def check_image(text: str) -> str:
    """Return the repository of an image.

    Raises UsageError for a tag, a digest and what is no repository.
    """
    try:
        reference = parse_reference(text)
    except ImageError as error:
        raise UsageError(f"--image: {error.message}", remedy=error.remedy) from None
    if len(text) > _LONGEST_IMAGE:
        raise UsageError(
            f"--image {_shown(text)} is longer than {_LONGEST_IMAGE} characters",
            remedy="registries take no such name",
        )
    if reference.tag or reference.digest:
        raise UsageError(
            f"--image {_shown(text)} has a tag or a digest",
            remedy=f"give --image {reference.repository}: gitops-ci writes the tag",
        )
    if reference.repository.startswith("oci:"):
        raise UsageError(
            f"--image {_shown(text)} is a folder of this machine",
            remedy="name a registry that the cluster reaches",
        )
    return reference.repository


def check_repo(url: str) -> str:
    """Return the URL of the GitOps repository; raises UsageError for what Argo CD can't read, or
    would not get whole.
    """
    if _REPOSITORY.fullmatch(url) and len(url) <= 500:
        return url
    raise UsageError(
        f"{_shown(url)} is not the URL of a Git server that Argo CD and Jenkins could read",
        remedy="give an https:// or ssh:// URL or user@host:path, in ASCII, without user and "
        "password",
    )


def check_server(url: str, option: str) -> str:
    """Return the URL of a server; raises UsageError."""
    if _SERVER.fullmatch(url) and len(url) <= 500:
        return url
    raise UsageError(
        f"{option} {_shown(url)} is not the URL of a server",
        remedy="give https://HOST[:PORT], without user and password",
    )


def check_namespace(name: str) -> str:
    """Return the name of a namespace; raises UsageError."""
    if _NAMESPACE.fullmatch(name):
        return name
    raise UsageError(
        f"{_shown(name)} can't be the name of a namespace",
        remedy="small letters, digits and '-', at most 63",
    )


def check_health_path(path: str) -> str:
    """Return the path of a URL; raises UsageError."""
    if _HEALTH_PATH.fullmatch(path):
        return path
    raise UsageError(
        f"--health-path {_shown(path)} is not the path of a URL", remedy="give for example /healthz"
    )


def check_main_branch(name: str, strategy: Strategy) -> str:
    """Return the branch that feeds dev.

    Raises UsageError for what is none, and for one that feeds something else.
    """
    if not _BRANCH.fullmatch(check_branch(name)):
        raise UsageError(
            f"{_shown(name)} can't be the branch of a new repository",
            remedy="letters, digits, '.', '_', '-' and '/'",
        )
    if strategy == "release-branch" and name in {STAGE_BRANCH, PROD_BRANCH}:
        raise UsageError(
            f"the branch {name} feeds another environment",
            remedy="leave --branch out, or give for example main",
        )
    return name


def approvers(words: tuple[str, ...]) -> tuple[Approver, ...]:
    """Return people from ``NAME`` and ``NAME=EMAIL``, several addresses of one together.

    Raises UsageError.
    """
    mails: dict[str, list[str]] = {}
    for word in words:
        name, mail = _approver(word)
        known = mails.setdefault(name, [])
        if mail and mail not in known:
            known.append(mail)
    return tuple(Approver(name, tuple(known)) for name, known in mails.items())


def _approver(word: str) -> tuple[str, str]:
    name, equals, mail = (part.strip() for part in word.partition("="))
    if not name or not name.isprintable() or len(name) > 100 or {",", "@"} & set(name):
        raise UsageError(
            f"--approver {_shown(word)} names nobody",
            remedy="give NAME or NAME=EMAIL; NAME is the person's login at Jenkins",
        )
    if equals and not (_MAIL.fullmatch(mail) and mail.isprintable()):
        raise UsageError(
            f"--approver {_shown(word)} has no e-mail address", remedy="give NAME=EMAIL"
        )
    return name, mail


def _shown(text: str) -> str:
    return repr(one_line(redact(text[:200])))
