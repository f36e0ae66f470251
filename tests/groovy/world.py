"""A GitOps repository for one pipeline test: ``python -m tests.groovy.world NAME``, with the servers of the environment."""

import os
import subprocess
import sys
from pathlib import Path

CONFIG = """\
version: 1
apps:
  shop: {images: [{repository: "%(registry)s/shop", tag: image.tag, digest: image.digest}]}
environments:
  dev: {}
  stage: {from: dev}
  prod: {from: stage, approval: {approvers: [alice, bob], distinct: true}, override: {order: [carol]}}
people: {alice: [alice@example.com], tess: [tess@example.com]}
"""
VALUES = 'image:\n  tag: ""\n  digest: ""\n'


def make(bare: Path, registry: str) -> None:
    """Make a bare repository with the usual three environments."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(bare)], check=True)
    files = {f"values-{name}.yaml": VALUES for name in ("dev", "stage", "prod")} | {
        "gitops.yaml": CONFIG % {"registry": registry}
    }
    lines = ["feature done", "commit refs/heads/main", "committer Hand <hand@example.com> 1700000000 +0000", "data 5", "begin"]
    for path, text in files.items():
        lines += [f"M 100644 inline {path}", f"data {len(text.encode())}", text]
    subprocess.run(
        ["git", "-C", str(bare), "fast-import", "--quiet"], input="\n".join([*lines, "done", ""]), text=True, check=True
    )


if __name__ == "__main__":
    make(Path(os.environ["VARS_ROOT"], sys.argv[1]), os.environ["VARS_REGISTRY"])
