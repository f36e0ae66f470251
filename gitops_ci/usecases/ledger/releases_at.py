"""What values files said at commits, read together and kept."""

from collections.abc import Iterable, Mapping, Sequence

from gitops_ci.adapters.git import Repository
from gitops_ci.base.errors import GitopsError, UnavailableError
from gitops_ci.core.release_values import try_read
from gitops_ci.model.operation import Target
from gitops_ci.model.release import Release

BlobPath = tuple[str, str]  # commit, path


class ReleasesAt:
    """Knows the releases of targets at commits."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._contents: dict[BlobPath, bytes | None] = {}
        self._releases: dict[tuple[str, str, str], Release | None] = {}

    def fetch(
        self, targets_at: Iterable[tuple[Target, str | None]], others: Iterable[BlobPath] = ()
    ) -> None:
        """Read what is going to be asked for, and ``others`` for `files`, all in one go."""
        targets = {
            (commit, target.file, target.app.name): target
            for target, commit in targets_at
            if commit and (commit, target.file, target.app.name) not in self._releases
        }
        files = self.files({*others, *((commit, file) for commit, file, _ in targets)})
        for (commit, file, name), target in targets.items():
            release = try_read(files[commit, file], target.app, target.environment.name, file)
            self._releases[commit, file, name] = release

    def at(self, target: Target, commit: str | None) -> Release | None:
        """Return what the target ran at a commit; None where there is no file that can be read."""
        if not commit:
            return None
        key = (commit, target.file, target.app.name)
        if key not in self._releases:
            self.fetch([(target, commit)])
        return self._releases[key]

    def of(self, target: Target, commits: Sequence[str | None]) -> list[Release | None]:
        """Return what the target ran at each of some commits."""
        self.fetch([(target, commit) for commit in commits])
        return [self.at(target, commit) for commit in commits]

    def files(self, paths: set[BlobPath]) -> Mapping[BlobPath, bytes | None]:
        """Return files; one that is a link or too large proves nothing, as if it was not there."""
        missing = {path for path in paths if path[0] and path not in self._contents}
        contents = self._repository.read_each(missing) if missing else {}
        for path, content in contents.items():
            if isinstance(content, UnavailableError):
                raise content
            self._contents[path] = None if isinstance(content, GitopsError) else content
        return {path: self._contents.get(path) for path in paths}
