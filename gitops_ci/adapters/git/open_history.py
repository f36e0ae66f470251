"""Opens a repository for reading its whole history: in place on this machine, else a copy without
contents.
"""

import contextlib
from collections.abc import Iterator

from gitops_ci.adapters.git.bare_repository import bare_repository
from gitops_ci.adapters.git.connection.address import GitCredentials, local_path
from gitops_ci.adapters.git.history.local_repository import LocalRepository, open_in_place
from gitops_ci.adapters.git.history.remote_history import RemoteHistory
from gitops_ci.base.deadline import Deadline


@contextlib.contextmanager
def open_history(
    url: str, *, credentials: GitCredentials | None, ca_file: str | None, deadline: Deadline
) -> Iterator[LocalRepository | RemoteHistory]:
    """Yield the repository at a clean URL; raises GitError and UsageError as `bare_repository`
    does.
    """
    path = local_path(url)
    if path is not None:
        with open_in_place(path, deadline=deadline) as repository:
            yield repository
        return
    with bare_repository(url, credentials=credentials, ca_file=ca_file, deadline=deadline) as (
        git,
        remote,
        objects,
    ):
        yield RemoteHistory(git, remote, objects)
