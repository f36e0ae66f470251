"""Makes a repository as `gitops-ci init` does and prints its Jenkinsfile: ``python -m tests.groovy.scaffold NAME STRATEGY``."""

import os
import subprocess
import sys
from pathlib import Path

from gitops_ci.scaffold import Application, Approver, Settings, repository


def make(bare: Path, settings: Settings) -> str:
    """Make a bare repository with the branches of the strategy; return the Jenkinsfile."""
    files = repository(settings)
    lines = [b"feature done\n", b"commit refs/heads/main\ncommitter Hand <hand@example.com> 1700000000 +0000\ndata 5\nbegin\n"]
    for path, content in files.items():
        lines.append(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content))
    lines.append(b"reset refs/heads/release\nfrom refs/heads/main\n\ndone\n")
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(bare)], check=True)
    subprocess.run(["git", "-C", str(bare), "fast-import", "--quiet"], input=b"".join(lines), check=True)
    return files["Jenkinsfile"].decode()


if __name__ == "__main__":
    app = Application("shop", f"{os.environ['VARS_REGISTRY']}/shop")
    people = (Approver("alice", ("alice@example.com",)), Approver("tess", ("tess@example.com",)))
    made = Settings(app, "shop", "https://git.example.com/team/shop-helm.git", strategy=sys.argv[2], approvers=people)  # type: ignore[arg-type]
    sys.stdout.write(make(Path(os.environ["VARS_ROOT"], sys.argv[1]), made))
