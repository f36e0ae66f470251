"""Worlds whose history is audited."""

from pathlib import Path

import pytest

from tests.integration.operations.world import World, make_world


@pytest.fixture
def world(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> World:
    """A repository with dev -> stage -> prod, prod with an approval, nothing deployed yet."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", None)
    return make_world(tmp_path, capsys)
