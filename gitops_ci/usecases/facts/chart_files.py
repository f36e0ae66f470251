"""Reads all files of charts as they are on a branch, or as they will be with what a promotion
carries along.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from gitops_ci.adapters.git import FOLDER, SUBMODULE, SYMLINK, Content, Repository
from gitops_ci.base.errors import GitError, GitopsError
from gitops_ci.base.redaction import one_line
from gitops_ci.model.paths import join
from gitops_ci.usecases.ledger.releases_at import BlobPath

MOST_FILES = 2_000
MOST_BYTES = 20_000_000
_DEEPEST = 30  # folders in each other
_AT_ONCE = 250  # files of one chart

# what the repository does not read: control characters, and names that lead elsewhere
_HOSTILE = re.compile(r"[\x00-\x1f\x7f]|^\.{0,2}$|^\.git$", re.IGNORECASE)


class CarriedBlob(msgspec.Struct, frozen=True):
    """What comes from another branch: its mode, and where it is read."""

    mode: str
    commit: str
    path: str


class Layers:
    """A commit, over which lies what is ``carried`` by path (None: taken away)."""

    def __init__(
        self, repository: Repository, commit: str, carried: Mapping[str, CarriedBlob | None]
    ) -> None:
        self._repository = repository
        self._commit = commit
        self._carried = carried
        self._children: dict[str, dict[str, str | None]] = {}
        for path, blob in carried.items():
            self._note(path, blob.mode if blob else None)

    def locate(self, path: str) -> BlobPath | None:
        """Return where a path is read; None where it is taken away."""
        above, rest = path, ""
        while above:
            if above in self._carried:
                blob = self._carried[above]
                return (blob.commit, join(blob.path, rest)) if blob else None
            above, _, name = above.rpartition("/")
            rest = join(name, rest)
        return self._commit, path

    def listings(self, folders: Iterable[str]) -> dict[str, dict[str, str]]:
        """Return name -> mode of what is directly in each folder."""
        blobs = {folder: self.locate(folder) for folder in dict.fromkeys(folders)}
        listed = self._repository.listings(filter(None, blobs.values()))
        modes = {}
        for folder, blob in blobs.items():
            names = {name: mode for name, (mode, _) in listed[blob].items()} if blob else {}
            for name, mode in self._children.get(folder, {}).items():
                if mode is None:
                    names.pop(name, None)
                else:
                    names[name] = mode
            modes[folder] = names
        return modes

    def _note(self, path: str, mode: str | None) -> None:
        parent, _, name = path.rpartition("/")
        self._children.setdefault(parent, {})[name] = mode
        while parent and mode is not None:
            parent, _, name = parent.rpartition("/")
            if self._children.setdefault(parent, {}).setdefault(name, FOLDER) != FOLDER:
                break


class _ChartWalk:
    """The way through one chart: its files by path from the chart's folder, or the ``problem`` for
    which it can't be read.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.root = folder
        self.problem = ""
        self.files: dict[str, BlobPath] = {}
        self.content: dict[str, bytes] = {}
        self.level = [folder]
        self.seen = 0

    def refuse(self, problem: str) -> None:
        """Give up on this chart."""
        self.problem, self.level, self.files, self.content = problem, [], {}, {}


def read_charts(
    repository: Repository, layers: Layers, folders: Sequence[str]
) -> dict[str, tuple[str, dict[str, bytes]] | str]:
    """Return, for the folder of each application, its chart's folder and files, or the problem for
    which there are none to render.
    """
    walks = [_ChartWalk(folder) for folder in dict.fromkeys(folders)]
    _find_roots(layers, walks)
    _list_files(layers, walks)
    while any(len(walk.content) < len(walk.files) for walk in walks):
        _read(repository, walks)
    return {walk.folder: walk.problem or (walk.root, walk.content) for walk in walks}


def _list_files(layers: Layers, walks: Sequence[_ChartWalk]) -> None:
    for _ in range(_DEEPEST):
        if not any(walk.level for walk in walks):
            return
        _descend(layers, walks)
    for walk in walks:
        if walk.level:
            walk.refuse(
                f"{_shown(walk.level[0])} lies more than {_DEEPEST} folders deep in the chart"
            )


def _find_roots(layers: Layers, walks: Sequence[_ChartWalk]) -> None:
    """Find each chart: in charts/ below the application's folder, else in that folder itself."""
    tops = layers.listings(walk.folder for walk in walks)
    inner = {
        walk.folder: join(walk.folder, "charts")
        for walk in walks
        if tops[walk.folder].get("charts") == FOLDER
    }
    below = layers.listings(inner.values())
    for walk in walks:
        charts = inner.get(walk.folder)
        if charts and "Chart.yaml" in below[charts]:
            walk.root, walk.level = charts, [charts]
        elif tops[walk.folder].get("charts") in {SYMLINK, SUBMODULE}:
            walk.refuse(
                f"{_shown(join(walk.folder, 'charts'))} is a link: the chart has to be in "
                "the repository itself"
            )
        elif "Chart.yaml" not in tops[walk.folder]:
            walk.refuse(
                f"there is no chart in {_shown(walk.folder)} to render: neither "
                "charts/Chart.yaml nor Chart.yaml"
            )


def _descend(layers: Layers, walks: Sequence[_ChartWalk]) -> None:
    """Look into the next level of folders of all charts."""
    listed = layers.listings(folder for walk in walks for folder in walk.level)
    for walk in walks:
        level, walk.level = walk.level, []
        entries = (
            (join(folder, name), mode) for folder in level for name, mode in listed[folder].items()
        )
        for path, mode in entries:
            _note(layers, walk, path, mode)
            if walk.problem:
                break


def _note(layers: Layers, walk: _ChartWalk, path: str, mode: str) -> None:
    walk.seen += 1
    if mode in {SYMLINK, SUBMODULE}:
        walk.refuse(
            f"{_shown(path)} is a link: what a chart needs has to be in the repository itself"
        )
    elif walk.seen > MOST_FILES:
        walk.refuse(f"the chart in {_shown(walk.root)} has more than {MOST_FILES} files")
    elif _HOSTILE.search(path.rpartition("/")[2]):
        walk.refuse(f"{_shown(path)!r} is no name of a file in a chart")
    elif mode == FOLDER:
        walk.level.append(path)
    elif blob := layers.locate(path):
        walk.files[path.removeprefix(f"{walk.root}/") if walk.root else path] = blob


def _read(repository: Repository, walks: Sequence[_ChartWalk]) -> None:
    """Read the next files of all charts."""
    batches = [
        (walk, [name for name in walk.files if name not in walk.content][:_AT_ONCE])
        for walk in walks
    ]
    contents = repository.read_each(walk.files[name] for walk, names in batches for name in names)
    for walk, names in batches:
        _take(walk, {name: contents[walk.files[name]] for name in names})


def _take(walk: _ChartWalk, contents: Mapping[str, Content]) -> None:
    """Keep what was read; what can't be, such as a file that is too large, spoils its own chart."""
    for name, content in contents.items():
        if isinstance(content, GitError):
            walk.refuse(content.message)
            return
        if isinstance(content, GitopsError):
            raise content
        walk.content[name] = content or b""
    if sum(map(len, walk.content.values())) > MOST_BYTES:
        walk.refuse(f"the chart in {_shown(walk.root)} has more than {MOST_BYTES // 1_000_000} MB")


def _shown(path: str) -> str:
    return one_line(path) or "the root of the repository"
