"""Tree objects are those that git itself writes."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.adapters.git.objects.trees import TreeEntry, object_id, parse
from gitops_ci.model.git_modes import FOLDER
from tests.laws import fewer
from tests.unit.adapters.git.entries import entries, names


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trees")
    subprocess.run(["git", "init", "-q", "--bare", str(folder)], check=True)
    return folder


@given(st.dictionaries(names, entries, min_size=1))
@fewer(4)
def test_order_and_id_are_those_of_git_mktree(bare: Path, content: dict[str, TreeEntry]) -> None:
    kinds = {FOLDER: "tree"}
    listing = b"".join(
        f"{entry.mode:0>6} {kinds.get(entry.mode, 'blob')} {entry.oid}\t{name}".encode() + b"\0"
        for name, entry in content.items()
    )
    git = ["git", "-C", str(bare), "mktree", "-z", "--missing"]
    made = subprocess.run(git, input=listing, capture_output=True, check=True).stdout
    assert object_id("tree", parse(b"", 20).put(content), 20) == made.decode().strip()
