"""A GitOps repository and images for the pipelines: ``python -m tests.groovy.world FOLDER``."""

import subprocess
import sys
from pathlib import Path

from gitops_ci.image_maker import make_image

CONFIG = """\
version: 1
apps:
  shop: {images: [{repository: "oci:%(folder)s/registry", tag: image.tag, digest: image.digest}]}
environments:
  dev: {}
  stage: {from: dev}
  prod: {from: stage, approval: {approvers: [alice, bob], distinct: true}, override: {order: [carol]}}
people: {alice: [alice@example.com]}
"""
VALUES = 'image:\n  tag: ""\n  digest: ""\n'


def make(folder: Path) -> None:
    """Make the repository ``gitops.git`` and the image layout ``registry``."""
    bare = folder / "gitops.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(bare)], check=True)
    files = {f"values-{name}.yaml": VALUES for name in ("dev", "stage", "prod")} | {"gitops.yaml": CONFIG % {"folder": folder}}
    lines = ["feature done", "commit refs/heads/main", "committer Hand <hand@example.com> 1700000000 +0000", "data 5", "begin"]
    for path, text in files.items():
        lines += [f"M 100644 inline {path}", f"data {len(text.encode())}", text]
    subprocess.run(["git", "-C", str(bare), "fast-import", "--quiet"], input="\n".join([*lines, "done", ""]), text=True, check=True)
    for tag in ("14", "15", "16"):
        make_image(folder / "registry", tag, {}, {"app": tag.encode()})


if __name__ == "__main__":
    make(Path(sys.argv[1]))
