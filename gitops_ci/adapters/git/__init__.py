"""Git: reads a GitOps repository without cloning it, and publishes one commit by
compare-and-swap.
"""

from gitops_ci.adapters.git.connection.address import GitCredentials, clean_url
from gitops_ci.adapters.git.connection.process import TimedOutError
from gitops_ci.adapters.git.repository import Repository, open_repository
from gitops_ci.adapters.git.values import Commit, Content, Head, Moved, Notes, Published, Tag
from gitops_ci.model.git_modes import FOLDER, SUBMODULE, SYMLINK

__all__ = [
    "FOLDER",
    "SUBMODULE",
    "SYMLINK",
    "Commit",
    "Content",
    "GitCredentials",
    "Head",
    "Moved",
    "Notes",
    "Published",
    "Repository",
    "Tag",
    "TimedOutError",
    "clean_url",
    "open_repository",
]
