"""The GitOps repository that each test of the vars begins with."""

from pathlib import Path

from tests import repositories
from tests.repositories import Commit

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
    files = {f"values-{name}.yaml": VALUES for name in ("dev", "stage", "prod")} | {
        "gitops.yaml": CONFIG % {"registry": registry}
    }
    repositories.make(bare, Commit(files=files))
