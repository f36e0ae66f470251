"""Committed texts end as .editorconfig says, also those of people who have not switched the hooks
on.
"""

import re
import subprocess
from pathlib import Path

from tests.surroundings import ROOT

# cases whose very bytes are the point, and a text that is put between two others with its empty
# line
AS_THEY_ARE = re.compile(r"tests/yaml-cases/|gitops_ci/core/scaffold/files/README-many\.md$")


def texts() -> list[Path]:
    """Return the committed files that are neither as they are for a reason nor pictures."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    names = [name for name in listed.split("\0") if name and not AS_THEY_ARE.match(name)]
    return [
        file for name in names if (file := ROOT / name).is_file() and b"\0" not in file.read_bytes()
    ]


def test_a_text_ends_with_one_line_end() -> None:
    contents = {file: file.read_bytes() for file in texts()}
    assert len(contents) > 500
    assert [
        file
        for file, data in contents.items()
        if data and (not data.endswith(b"\n") or data.endswith(b"\n\n"))
    ] == []


def test_no_line_ends_with_blanks() -> None:
    assert [
        file for file in texts() if re.search(rb"[ \t]+\r?$", file.read_bytes(), re.MULTILINE)
    ] == []
