"""The watcher of the secret tests sees what it has to see."""

import subprocess
from pathlib import Path

from tests.integration.images.spying import leaks, watching
from tests.servers.registry import PASSWORD


def test_a_command_line_and_a_file_are_seen(tmp_path: Path) -> None:
    word = "word-that-only-this-test-has"
    with watching(tmp_path, word) as seen:
        subprocess.run(["sh", "-c", "sleep 1", word], check=True)
        (tmp_path / "file").write_text(word)
        subprocess.run(["sleep", "1"], check=True)
    assert any("cmdline" in place for place in seen)
    assert any("file" in place for place in seen)


def test_a_file_that_is_left_is_seen(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_text(f"x{PASSWORD}y")
    assert len(leaks(tmp_path)) == 1
