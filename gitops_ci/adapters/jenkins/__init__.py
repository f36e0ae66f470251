"""Jenkins over REST: jobs, builds and the questions that builds ask, on python-jenkins with a
conversation of our own.
"""

from gitops_ci.adapters.jenkins.connection import JenkinsConnection, connect
from gitops_ci.adapters.jenkins.controller import Controller
from gitops_ci.adapters.jenkins.failures import JenkinsError, NotFoundError, UncertainError

__all__ = [
    "Controller",
    "JenkinsConnection",
    "JenkinsError",
    "NotFoundError",
    "UncertainError",
    "connect",
]
