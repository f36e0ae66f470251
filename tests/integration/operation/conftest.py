"""Worlds to operate on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.operation.snapshots import Snapshots
from tests.integration.operation.world import World, begin


@pytest.fixture
def world(
    snapshots: Snapshots,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    """A repository with dev -> stage -> prod, prod with an approval, nothing deployed yet."""
    snapshots.clear()
    temporary = snapshots.place / "temporary"
    temporary.mkdir(parents=True)
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", None)
    world = World(snapshots.place, snapshots.place / "gitops.git", capsys, snapshots=snapshots)
    world.after(begin)
    yield world
    snapshots.move_to(tmp_path)
