"""The one error base class and the exit codes."""

from enum import IntEnum
from typing import Literal

# how a run ended, in one word: a contract with whoever reads result documents (docs/results.md)
Category = Literal[
    "done",
    "unchanged",
    "planned",
    "proposed",
    "refused",
    "usage",
    "config",
    "values",
    "git",
    "image",
    "jenkins",
    "argocd",
    "unavailable",
    "timeout",
    "failed",
    "interrupted",
    "terminated",
    "demo",
    "defect",
]


class Exit(IntEnum):
    """Exit codes of the command, a contract with every Jenkinsfile."""

    OK = 0
    FAILED = 1
    USAGE = 2
    REFUSED = 3
    UNAVAILABLE = 4
    WAIT_TIMEOUT = 5
    DEFECT = 70
    INTERRUPTED = 130
    TERMINATED = 143


class GitopsError(Exception):
    """An expected failure: ``message`` says what is wrong and where, ``remedy`` what to do next.

    ``category`` ends in the result file.
    """

    exit_code = Exit.FAILED
    category: Category = "failed"
    # of a run that had published already when it failed
    commit: str | None = None
    changed = False

    def __init__(self, message: str, *, remedy: str = "", category: Category | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        if category:
            self.category = category

    def __str__(self) -> str:
        """Return the message and the remedy as a person reads them."""
        return f"{self.message}\n  {self.remedy}" if self.remedy else self.message


class UsageError(GitopsError):
    """The command line or an environment variable is wrong."""

    exit_code = Exit.USAGE
    category: Category = "usage"


class ConfigError(GitopsError):
    """``gitops.yaml`` is wrong, or does not fit the repository."""

    category: Category = "config"


class ValuesError(GitopsError):
    """A values file can't be edited as asked; it was left alone."""

    category: Category = "values"


class GitError(GitopsError):
    """Git refused for good: credentials, rights, hooks, a missing repository or branch."""

    category: Category = "git"


class ImageError(GitopsError):
    """An image, a registry's final answer or an image build is wrong."""

    category: Category = "image"


class RefusedError(GitopsError):
    """The order gate refused before there was a plan: no release could be told that may go
    there.
    """

    exit_code = Exit.REFUSED
    category: Category = "refused"
    gate = "order"

    def __init__(
        self, message: str, *, remedy: str = "", app: str = "", environment: str = ""
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.app = app
        self.environment = environment


class UnavailableError(GitopsError):
    """A server can't be reached, is overloaded or stayed contended: trying again may help."""

    exit_code = Exit.UNAVAILABLE
    category: Category = "unavailable"
