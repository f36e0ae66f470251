"""Makes a repository as `gitops-ci init` does and prints its Jenkinsfile: ``python -m
tests.groovy.scaffold NAME STRATEGY``.
"""

import os
import sys
from pathlib import Path

import msgspec

from gitops_ci.core.scaffold import Approver, ScaffoldApplication, Settings, repository
from gitops_ci.core.scaffold.settings import Strategy
from tests import repositories
from tests.repositories import MAIN, Commit


def make(bare: Path, settings: Settings) -> str:
    """Make a bare repository with the branches of the strategy; return the Jenkinsfile."""
    files = repository(settings)
    with repositories.importing(repositories.init(bare)) as stream:
        stream.commit(Commit(files=files))
        stream.reset("refs/heads/release", MAIN)
    return files["Jenkinsfile"].decode()


if __name__ == "__main__":
    app = ScaffoldApplication("shop", f"{os.environ['VARS_REGISTRY']}/shop")
    people = (Approver("alice", ("alice@example.com",)), Approver("tess", ("tess@example.com",)))
    strategy = msgspec.convert(sys.argv[2], Strategy)
    made = Settings(
        app,
        "shop",
        "https://git.example.com/team/shop-helm.git",
        strategy=strategy,
        approvers=people,
    )
    sys.stdout.write(make(Path(os.environ["VARS_ROOT"], sys.argv[1]), made))
