"""What `gitops-ci init` writes, as a pure function: settings -> the files of a GitOps repository,
by path.
"""

from gitops_ci.core.scaffold.repository import application, repository
from gitops_ci.core.scaffold.settings import ENVIRONMENTS, Approver, ScaffoldApplication, Settings

__all__ = [
    "ENVIRONMENTS",
    "Approver",
    "ScaffoldApplication",
    "Settings",
    "application",
    "repository",
]
