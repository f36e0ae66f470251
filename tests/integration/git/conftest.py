"""Opens repositories as the program does."""

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from gitops_ci.adapters.git import Repository, clean_url, open_repository
from gitops_ci.base.deadline import Deadline

Open = Callable[..., AbstractContextManager[Repository]]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary folder of this test alone."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def leftovers(temporary: Path) -> list[Path]:
    """Return what is in the temporary folder, but for the servers that a test may have been the
    first to ask for.
    """
    return [
        path for path in temporary.iterdir() if not path.name.startswith(("git-http-", "git-ssh-"))
    ]


@pytest.fixture
def opened(temporary: Path) -> Iterator[Open]:
    """Open a URL; after the test nothing is left in the temporary folder."""

    @contextlib.contextmanager
    def open_url(
        url: str, *, seconds: float = 60, ca_file: Path | None = None
    ) -> Iterator[Repository]:
        location, credentials = clean_url(url)
        deadline = Deadline.after(seconds)
        with open_repository(
            location,
            credentials=credentials,
            ca_file=str(ca_file) if ca_file else None,
            deadline=deadline,
        ) as repository:
            yield repository

    yield open_url
    assert leftovers(temporary) == []
