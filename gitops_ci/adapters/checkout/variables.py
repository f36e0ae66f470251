"""Keeps inherited variables away from git where GitPython runs it: it hands over the whole
environment.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from gitops_ci.base import processes

AUTHORS = ("GIT_AUTHOR_", "GIT_COMMITTER_")


@contextmanager
def without_inherited(keep: tuple[str, ...] = ()) -> Iterator[None]:
    """Take ``GIT_`` variables and our secrets away, but for prefixes to ``keep``: GIT_DIR would
    name another repository.
    """
    passed_on = processes.inherited_environment()
    inherited = {
        name: os.environ.pop(name)
        for name in list(os.environ)
        if (name.startswith("GIT_") or name not in passed_on)
        and not (keep and name.startswith(keep))
    }
    try:
        yield
    finally:
        os.environ.update(inherited)
