"""The script of the vars is shell that can be read."""

import subprocess
from pathlib import Path

from tests.unit.test_vars import VARS


def test_the_shell_reads_the_script_of_the_vars(tmp_path: Path) -> None:
    text = (VARS / "gitopsScript.groovy").read_text(encoding="utf-8")
    script = text.split("'''")[1].replace("\\\\", "\\")
    file = tmp_path / "script.sh"
    file.write_text(script)
    assert subprocess.run(["sh", "-n", str(file)], check=False).returncode == 0
