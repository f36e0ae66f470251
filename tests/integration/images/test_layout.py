"""Image layouts on disk, read by a program that is not ours."""

import json
from pathlib import Path
from subprocess import run

from gitops_ci.demo.images import make_image
from tests.realparts import need

LABELS = {"org.opencontainers.image.revision": "4" * 40}


def test_the_image_is_valid_for_others(tmp_path: Path) -> None:
    need("skopeo")
    made = make_image(tmp_path / "layout", "15", LABELS, {"hello": b"hello"})
    seen = run(
        ["skopeo", "inspect", f"oci:{tmp_path}/layout:15"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert json.loads(seen.stdout)["Digest"] == made
    assert json.loads(seen.stdout)["Labels"] == LABELS
    copied = ["skopeo", "copy", "--quiet", f"oci:{tmp_path}/layout:15", f"dir:{tmp_path}/copy"]
    run(copied, check=True, capture_output=True, timeout=60)
