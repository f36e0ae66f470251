"""A temporary folder on a disk that is full, or nearly so: no defect, and the folder is named."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.program import COMMAND
from tests.repositories import Commit, make
from tests.surroundings import ROOT

FILES = {
    "gitops.yaml": "version: 1\napps: {shop: {path: .}}\nenvironments: {dev: {}}\n",
    "values-dev.yaml": "image: {repository: registry.example.com/shop, tag: v1}\n",
}
SIZE = 64  # KB: what is written is larger, or its last files are


def separated() -> list[str]:
    """Return what gives a command mounts of its own, with the right to mount as any user."""
    command = ["unshare", "--map-root-user", "--mount"]
    tried = subprocess.run(
        [*command, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False
    )
    if tried.returncode:
        pytest.skip("this machine lets nobody mount in a namespace of his own")
    return command


def on_a_full_disk(place: Path, left: int, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the program with a TMPDIR of ``SIZE`` KB, of which some are left."""
    folder = place / "tmp"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}k", "none", str(folder)]
    fill = ["dd", "if=/dev/zero", f"of={folder}/full", "bs=1k", f"count={SIZE - left}"]
    script = f'{shlex.join(mount)} && {shlex.join(fill)} 2>/dev/null; exec "$@"'
    return subprocess.run(
        [*separated(), "sh", "-c", script, "sh", *COMMAND, *words],
        cwd=place,
        env=os.environ | {"TMPDIR": str(folder), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("left", [8, 20, 32])
@pytest.mark.parametrize("ca_file", [False, True])
def test_it_is_told_where_room_is_missing(tmp_path: Path, left: int, ca_file: bool) -> None:
    make(tmp_path / "gitops.git", Commit(files=FILES))
    words = ["update", "shop", "--env", "dev", "--tag", "v2", "--repo", "gitops.git"]
    if ca_file:
        certificates = tmp_path / "ca.pem"
        certificates.write_text("-----BEGIN CERTIFICATE-----\n" * 4000)
        words += ["--ca-file", str(certificates)]
    done = on_a_full_disk(tmp_path, left, *words)
    assert done.returncode == 1, done.stderr
    assert "make room on" in done.stderr
    assert "TMPDIR" in done.stderr
    assert "Traceback" not in done.stderr
