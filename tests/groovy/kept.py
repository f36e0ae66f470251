"""Keeps what takes long to make and depends on files alone: made once, for all workers and all
runs.
"""

import contextlib
import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Kind:
    """One kind of things: the folder that they lie in, and what their names begin with."""

    folder: Path
    name: str

    def of(
        self,
        contents: Mapping[str, bytes],
        make: Callable[[Path], object],
        still_good: Callable[[Path], bool] = Path.exists,
    ) -> Path:
        """Return the file or folder that ``make`` has written for exactly these contents, now or
        before.

        It is written aside and moved: what was interrupted, or ended in an exception, counts for
        nothing.
        """
        place = self.folder / f"{self.name}-{checksum(contents)}"
        with self._locked():
            if not still_good(place):
                with tempfile.TemporaryDirectory(dir=self.folder, prefix=f"{self.name}-") as aside:
                    make(Path(aside, place.name))
                    Path(aside, place.name).replace(place)
            _used(place)
        return place

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f"{self.name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _used(place: Path) -> None:
    """Note that it was used, for whoever clears the cache; when it was made stays known."""
    os.utime(place, ns=(time.time_ns(), place.stat().st_mtime_ns))


def checksum(contents: Mapping[str, bytes]) -> str:
    """Return a name for contents and their names."""
    total = hashlib.sha256()
    for name in sorted(contents):
        total.update(f"{len(name)} {name} {len(contents[name])} ".encode())
        total.update(contents[name])
    return total.hexdigest()[:20]
