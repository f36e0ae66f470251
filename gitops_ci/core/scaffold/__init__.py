"""What `gitops-ci init` writes, as a pure function: settings -> the files of a GitOps repository, by path."""

from gitops_ci.core.scaffold.repository import application, repository
from gitops_ci.core.scaffold.settings import ENVIRONMENTS, Application, Approver, Settings

__all__ = ["ENVIRONMENTS", "Application", "Approver", "Settings", "application", "repository"]
