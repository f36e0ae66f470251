"""The section ``jenkins:`` -> its frozen values: names that Jenkins takes, and addresses without
logins.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from gitops_ci.base.errors import UsageError
from gitops_ci.core.config import schema
from gitops_ci.core.config.parts import ConfigPart
from gitops_ci.model.config import Jenkins
from gitops_ci.model.controller_url import check_controller_url

# jenkins.model.Jenkins.checkGoodName; a slash separates folders here
_UNSAFE = re.compile(r"[?*\\%!@#$^&|<>\[\]:;]")
_LONGEST = 200  # characters; the name becomes a folder on the controller's disk
_KINDS = {"git": {"usernamePassword", "token", "file", "sshKey"}, "argocd": {"token", "file"}}
_OTHER_KINDS = {"usernamePassword", "token", "file"}


def jenkins_of(part: schema.JenkinsPart) -> Jenkins:
    """Return the settings with every default; raises UsageError for what Jenkins or the shared
    library would not take.
    """
    return Jenkins(
        path=(*job_path(part.folder), *_one_name(part.job)),
        url=part.url and check_controller_url(part.url),
        library=part.library and check_library(part.library),
        repo=part.repo and _without_login(part.repo),
        credentials=_credentials(part.credentials),
        label=part.label,
        approval=_given(part.approval),
        keep=part.keep,
        lock=part.lock,
        wait=part.wait,
        skip_ci=part.skip_ci,
        plain_http=tuple(part.plain_http),
        ca_file=part.ca_file,
        timeout=part.timeout,
        tool=_given(part.tool),
    )


def _given(part: ConfigPart | None) -> dict[str, Any]:
    """Return what a part of the file says, without what says nothing."""
    keys = msgspec.to_builtins(part) if part else {}
    return {name: value for name, value in keys.items() if value}


def job_path(text: str) -> tuple[str, ...]:
    """Return the names in a path of folders, which may be written with slashes around it.

    Raises UsageError.
    """
    names = tuple(text.strip("/").split("/"))
    for name in names:
        problem = _problem(name)
        if problem:
            raise UsageError(
                f"{name[:_LONGEST]!r} can't be the name of a folder or job on Jenkins: {problem}",
                remedy="give names, with / between folders, without ?*\\%!@#$^&|<>[]:;",
            )
    return names


def check_library(name: str) -> str:
    """Return the name of a shared library with its version; raises UsageError without one: "never
    the newest".
    """
    library, _, version = name.partition("@")
    if not library or not version or not name.isprintable() or " " in name:
        raise UsageError(
            f"{name[:_LONGEST]!r} is not NAME@VERSION", remedy="give for example gitops-ci@v1.2.3"
        )
    return name


def _one_name(text: str) -> tuple[str, ...]:
    names = job_path(text)
    if len(names) != 1:
        raise UsageError(
            f"the job {text[:_LONGEST]!r} has a folder in its name",
            remedy="give the folder as folder:",
        )
    return names


def _problem(name: str) -> str:
    if not name or name in {".", ".."}:
        return "it is empty or leads elsewhere"
    if name != name.strip() or name.endswith("."):
        return "it begins or ends with a blank, or ends with a dot"
    if len(name) > _LONGEST or not name.isprintable():
        return "it is too long or has control characters"
    match = _UNSAFE.search(name)
    return f"it has {match[0]!r}" if match else ""


def _without_login(url: str) -> str:
    if re.match(r"https?://[^/]*@", url):
        raise UsageError(
            "repo has a login in it", remedy="name the credential under credentials: git:"
        )
    return url


def _credentials(
    part: schema.JenkinsCredentialsPart | None,
) -> Mapping[str, str | Mapping[str, str]]:
    written = msgspec.to_builtins(part) if part else {}
    for kind, value in written.items():
        known = _KINDS.get(kind, _OTHER_KINDS)
        if isinstance(value, dict) and (len(value) != 1 or not set(value) <= known):
            raise UsageError(
                f"credentials: {kind} needs one of {', '.join(sorted(known))}",
                remedy="or the id alone",
            )
    return _given(part)
