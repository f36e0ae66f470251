"""The use cases, the only place where the adapters meet."""

from collections.abc import Iterator
from contextlib import contextmanager

from gitops_ci.adapters.git import Repository, clean_url, open_repository
from gitops_ci.base.deadline import Deadline
from gitops_ci.usecases.location import USUAL_DEPTH, RepositoryLocation

__all__ = ["RepositoryLocation", "approach"]


@contextmanager
def approach(location: RepositoryLocation, deadline: Deadline) -> Iterator[Repository]:
    """Yield the GitOps repository with the first request under way.

    Import what works on it inside: that takes as long as the server's answer. Raises GitopsError.
    """
    url, git_credentials = clean_url(location.url)
    credentials = location.credentials or git_credentials
    with open_repository(
        url, credentials=credentials, ca_file=location.ca_file, deadline=deadline
    ) as repository:
        if location.branch is None:
            repository.start(USUAL_DEPTH)
        yield repository
