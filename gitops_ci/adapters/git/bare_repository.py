"""The bare repository of one run, in the temporary folder, and the server it fetches from."""

import contextlib
import os
from collections.abc import Iterator

from gitops_ci.adapters.git.connection.address import GitCredentials, local_path
from gitops_ci.adapters.git.connection.environment import git_environment, login_settings
from gitops_ci.adapters.git.connection.process import Git
from gitops_ci.adapters.git.connection.remote import RemoteServer
from gitops_ci.adapters.git.objects.objects import Objects
from gitops_ci.base import temporary
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitError
from gitops_ci.base.redaction import one_line


@contextlib.contextmanager
def bare_repository(
    url: str, *, credentials: GitCredentials | None, ca_file: str | None, deadline: Deadline
) -> Iterator[tuple[Git, RemoteServer, Objects]]:
    """Yield an empty repository for a clean URL; whatever happens, nothing stays in the temporary
    folder.

    Raises GitError when there is no such local folder, UsageError for unusable credentials or
    certificates.
    """
    path = local_path(url)
    if path is not None and not os.path.isdir(path):
        raise GitError(f"there is no folder {one_line(path)}", remedy="check --repo")
    folder = temporary.make_folder("gitops-ci-")
    try:
        bare = folder / "repository"
        bare.mkdir()
        environment = git_environment(
            url, bare, credentials=credentials, ca_file=ca_file, deadline=deadline
        )
        git = Git(bare, environment, deadline, login_settings(url, credentials))
        objects = Objects(git)
        remote = RemoteServer(git, url)
        try:
            yield git, remote, objects
        finally:
            remote.close()
            objects.close()
    finally:
        temporary.remove(folder)
