"""The whole flow on this machine: a GitOps repository and images in one folder, and the real
commands run in it.
"""

from gitops_ci.demo.story import play

__all__ = ["play"]
