"""What the server of the GitOps repository allows: single trees and pushes."""

import os

from gitops_ci.adapters.git import Head, clean_url
from gitops_ci.adapters.git.connection import failures
from gitops_ci.adapters.git.connection.address import local_path
from gitops_ci.adapters.git.connection.process import Git
from gitops_ci.adapters.git.connection.remote import RemoteServer
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitopsError
from gitops_ci.model.diagnosis import Check
from gitops_ci.usecases.doctor.check import error, failed, ok, warning
from gitops_ci.usecases.doctor.machine import scratch_git
from gitops_ci.usecases.location import RepositoryLocation


def check_server(location: RepositoryLocation, head: Head, deadline: Deadline) -> list[Check]:
    """Look at a server that has just told where its branch is."""
    url, git_credentials = clean_url(location.url)
    try:
        with scratch_git(
            url,
            deadline,
            credentials=location.credentials or git_credentials,
            ca_file=location.ca_file,
        ) as git:
            remote = RemoteServer(git, url)
            remote.create()
            return [_filters(git, url), _push(git, remote, head)]
    except GitopsError as problem:
        return [failed("GitOps repository", problem)]


def _filters(git: Git, url: str) -> Check:
    if local_path(url):
        return ok("partial fetch", "a folder of this machine: only what is needed is read")
    trace = git.run("ls-remote", "origin", "HEAD", extra={"GIT_TRACE_PACKET": "1"}).err
    if any(_offers_filter(line) for line in trace.splitlines()):
        return ok("partial fetch", "the server sends single folders and files")
    return warning(
        "partial fetch",
        "the server knows no filters: every operation fetches the whole newest commit",
        "on the server: git config uploadpack.allowFilter true; it matters for large "
        "repositories only",
    )


def _offers_filter(line: str) -> bool:
    """Tell whether a line of git's packet trace is the server's list of what it can do, with
    filters in it.

    It is the capability ``fetch=`` of protocol 2, and stands behind the first reference in protocol
    0.
    """
    words = line.replace("=", " ").split()
    return "packet:" in words and "filter" in words and not {"fetch", "multi_ack"}.isdisjoint(words)


def _push(git: Git, remote: RemoteServer, head: Head) -> Check:
    """Let git push the head onto itself without doing it: most servers tell then whether this login
    may write at all.
    """
    folder = local_path(remote.url)
    if folder and not _writable(folder):
        return error(
            "push",
            f"{folder} is not writable for this user",
            "run as its owner, or give this user the right to write",
        )
    reference = f"refs/heads/{head.branch}"
    remote.fetch([f"+{reference}:refs/doctor/head"], depth=1, filter_spec="tree:0")
    finished = git.run(
        "push", "--dry-run", "--porcelain", "--no-verify", "origin", f"{head.commit}:{reference}"
    )
    if finished.code:
        return failed("push", failures.failure(f"{remote.url} takes no push", finished.err))
    return ok(
        "push",
        f"this login may push; what hooks and branch rules say of {head.branch} only a real "
        "push shows",
    )


def _writable(folder: str) -> bool:
    places = (os.path.join(folder, name, "objects") for name in ("", ".git"))
    return any(os.access(place, os.W_OK | os.X_OK) for place in places)
