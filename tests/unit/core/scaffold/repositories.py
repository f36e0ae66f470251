"""Repositories as `init` would write them, in memory and on disk."""

import io
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from gitops_ci.core.scaffold import Approver, ScaffoldApplication, Settings, repository

VARIANTS = [
    (layout, strategy) for layout in ("one", "many") for strategy in ("promotion", "release-branch")
]
REPO = "https://git.example.com/team/manual-app-helm.git"


def settings(layout: str = "one", strategy: str = "promotion", **others: Any) -> Settings:
    """Return settings with an approver whose address is known, and one without."""
    given: dict[str, Any] = {
        "layout": layout,
        "strategy": strategy,
        "application": ScaffoldApplication(
            "manual-app", "registry.example.com/team/manual-app", 3000, "/up"
        ),
        "project": "manual-app",
        "repo": REPO,
        "approvers": (Approver("alice", ("alice@example.com",)), Approver("Bob Müller")),
    }
    return Settings(**(given | others))


def folder(chosen: Settings, place: Path) -> Path:
    """Write a repository to disk and return the folder of its application."""
    for path, content in repository(chosen).items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(content)
    return place / chosen.path


def read(content: bytes) -> Any:
    """Read YAML as ruamel.yaml does, by YAML 1.2."""
    return YAML(typ="safe").load(io.BytesIO(content))
