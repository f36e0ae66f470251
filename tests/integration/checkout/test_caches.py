"""What the tests fetched and made in one checkout, all checkouts of a user have; what none uses is cleared away."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.surroundings import ROOT

DAY = 24 * 60 * 60


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def checkout(home: Path, name: str) -> Path:
    """Return the tools of a checkout whose caches were led to the user's."""
    folder = home / name
    if not folder.exists():
        shutil.copytree(
            ROOT / "scripts", folder / "scripts", ignore=shutil.ignore_patterns("__pycache__")
        )
    environ = {"PATH": os.environ["PATH"], "HOME": str(home)}
    subprocess.run(
        ["sh", "scripts/test_caches.sh"], cwd=folder, env=environ, check=True, timeout=60
    )
    return folder / ".tools"


@pytest.mark.parametrize("kind", ["maven", "groovy", "wheels"])
def test_what_one_checkout_has_made_all_others_have(home: Path, kind: str) -> None:
    one, two = (checkout(home, name) for name in ("one", "two"))
    (one / kind / "made").write_text("once")
    assert (two / kind / "made").read_text() == "once"
    assert (checkout(home, "one") / kind / "made").read_text() == "once"


def test_a_link_into_a_cache_that_was_removed_leads_somewhere_again(home: Path) -> None:
    tools = checkout(home, "one")
    shutil.rmtree(home / ".cache")
    checkout(home, "one")
    assert (tools / "groovy").is_dir()


def test_what_nothing_has_used_for_long_is_cleared_away(home: Path) -> None:
    tools = checkout(home, "one")
    now = time.time()
    for name, days in (("classes-new", 20), ("classes-old", 40), ("classes.lock", 40)):
        (tools / "groovy" / name).write_text("")
        os.utime(tools / "groovy" / name, (now - days * DAY, now - 100 * DAY))
    checkout(home, "two")
    assert sorted(path.name for path in (tools / "groovy").iterdir()) == [
        "classes-new",
        "classes.lock",
    ]
