"""Runs uv, as scripts/uv.sh pins it."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def uv(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run uv in the checkout; who calls looks at the code it ends with."""
    return subprocess.run(
        ["sh", "scripts/uv.sh", *arguments],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"},
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
