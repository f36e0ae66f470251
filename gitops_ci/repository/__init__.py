"""Git: reads a GitOps repository without cloning it, and publishes one commit by compare-and-swap."""

from gitops_ci.repository.address import Credentials, clean_url
from gitops_ci.repository.process import TimedOutError
from gitops_ci.repository.repository import Repository, open_repository
from gitops_ci.repository.trees import FOLDER, SUBMODULE, SYMLINK
from gitops_ci.repository.values import Commit, Content, Head, Moved, Notes, Published, Tag

__all__ = [
    "FOLDER",
    "SUBMODULE",
    "SYMLINK",
    "Commit",
    "Content",
    "Credentials",
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
