"""Which commits of the GitOps repository changed the files around an application, without reading
what did not change.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile

import msgspec

from gitops_ci.adapters.git import FOLDER, Commit, Repository
from gitops_ci.base.errors import GitopsError
from gitops_ci.base.redaction import one_line
from gitops_ci.core import yaml_edit
from gitops_ci.core.written_texts import read_texts
from gitops_ci.model.config import App, Config
from gitops_ci.model.difference import Touch, subject
from gitops_ci.model.key_path import KeyPath
from gitops_ci.model.names import fill
from gitops_ci.model.operation import Record, Snapshot, Target
from gitops_ci.model.paths import join
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.operation.chart_boundary import boundary_of
from gitops_ci.usecases.views.releases_between import EnvironmentPair

_MOST_FILES = 500  # of one comparison
_MOST_COMMITS = 500  # that are looked at for one application
_MOST_TOGETHER = 10_000  # for all of them, but some for each

Excluded = Callable[[str, str], bool]  # path and mode: is this no part of what is compared?
Listing = Mapping[str, tuple[str, str]]  # name -> mode and object id
ChangedPaths = Sequence[tuple[Commit, tuple[str, ...]]]
Touches = tuple[Touch, ...]


class FolderRange(msgspec.Struct, frozen=True):
    """A folder of the repository at two commits."""

    old: str
    new: str
    folder: str


class _RecordedTarget(msgspec.Struct, frozen=True):
    """The target in the second environment with the record that brought its release, and the one in
    the first environment.
    """

    app: str
    first: Target
    second: Target
    record: Record


class _ValuesRange(msgspec.Struct, frozen=True):
    """Values files on one branch, the commits that may have changed them, newest first, and the
    commit before all of these.
    """

    app: str
    files: tuple[str, ...]
    commits: tuple[Commit, ...]
    base: str
    sharing: tuple[App, ...]


def changed_paths(
    repository: Repository, ranges: Sequence[FolderRange], excluded: Excluded
) -> list[tuple[str, ...]]:
    """Return the files that differ, range by range; a level of folders is read for all at once,
    equal ones are not entered.
    """
    changed: list[list[str]] = [[] for _ in ranges]
    level = [(index, each.folder) for index, each in enumerate(ranges) if each.old != each.new]
    while level:
        listings = _listings(repository, ranges, level)
        below: list[tuple[int, str]] = []
        for index, path in level:
            folder_range = ranges[index]
            before, after = listings[folder_range.old, path], listings[folder_range.new, path]
            files, folders = _compare_folder(path, before, after, excluded)
            changed[index] += files
            below += [(index, folder) for folder in folders]
        level = [(index, path) for index, path in below if len(changed[index]) < _MOST_FILES]
    return [tuple(sorted(paths)) for paths in changed]


def _listings(
    repository: Repository, ranges: Sequence[FolderRange], level: Sequence[tuple[int, str]]
) -> Mapping[tuple[str, str], Listing]:
    return repository.listings(
        (commit, path) for index, path in level for commit in (ranges[index].old, ranges[index].new)
    )


def _compare_folder(
    folder: str, before: Listing, after: Listing, excluded: Excluded
) -> tuple[list[str], list[str]]:
    """Return the files and the folders that differ; what was the one and is the other is both."""
    files: list[str] = []
    folders: list[str] = []
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        path = join(folder, name)
        modes = [entry[0] for entry in (old, new) if entry]
        if old == new or any(excluded(path, mode) for mode in modes):
            continue
        if FOLDER in modes:
            folders.append(path)
        if any(mode != FOLDER for mode in modes):
            files.append(path)
    return files, folders


def surrounding_changes(
    pairs: Sequence[EnvironmentPair],
    repository: Repository,
    snapshot: Snapshot,
    ledger_reader: LedgerReader,
) -> list[tuple[Touches, Touches]]:
    """Return, for both targets of each application, what changed around the release since a record
    brought it to the second one.

    First the changes of the chart, where both are on one branch; then those of both values files
    that are more than releases. Without a record nothing is known.
    """
    targets = [
        _RecordedTarget(pair.name, pair.first, pair.second, pair.second_record)
        for pair in pairs
        if pair.second_record
    ]
    together = [target for target in targets if target.first.branch == target.second.branch]
    charts = _chart_touches(together, repository, snapshot, ledger_reader)
    values = _values_touches(targets, repository, snapshot, ledger_reader)
    return [(charts.get(pair.name, ()), values.get(pair.name, ())) for pair in pairs]


def _chart_touches(
    targets: Sequence[_RecordedTarget],
    repository: Repository,
    snapshot: Snapshot,
    ledger_reader: LedgerReader,
) -> dict[str, Touches]:
    """Return the changes of charts: all are compared at once, then the commits of each."""
    excluded = boundary_of(snapshot.config, [target.second.app for target in targets]).stays
    ranges = [_chart_range(target, snapshot, ledger_reader) for target in targets]
    paths = changed_paths(repository, ranges, excluded)
    changed = [each for each in zip(targets, ranges, paths, strict=True) if each[2]]
    most = max(20, min(_MOST_COMMITS, _MOST_TOGETHER // max(1, len(changed))))
    histories = [
        ledger_reader.branches.since(target.second.branch, target.record, most)
        for target, _, _ in changed
    ]
    steps = [
        FolderRange(commit.parents[0], commit.id, chart.folder)
        for (_, chart, _), commits in zip(changed, histories, strict=True)
        for commit in commits
    ]
    touched = iter(changed_paths(repository, steps, excluded))
    return {
        target.app: _touches(chart_paths, [(commit, next(touched)) for commit in commits])
        for (target, _, chart_paths), commits in zip(changed, histories, strict=True)
    }


def _chart_range(
    target: _RecordedTarget, snapshot: Snapshot, ledger_reader: LedgerReader
) -> FolderRange:
    branch = target.second.branch
    return FolderRange(
        ledger_reader.branches.arrival(branch, target.record.commit),
        snapshot.heads[branch],
        fill(target.second.app.path, env=target.second.environment.name),
    )


def _values_touches(
    targets: Sequence[_RecordedTarget],
    repository: Repository,
    snapshot: Snapshot,
    ledger_reader: LedgerReader,
) -> dict[str, Touches]:
    """Return the changes of values files that no operation makes: all that differ are found in one
    go, as for charts.
    """
    ranges = [
        values_range
        for target in targets
        for values_range in _values_ranges(target, snapshot, ledger_reader)
    ]
    contents = repository.read(
        (commit, file)
        for values_range in ranges
        for commit in (values_range.base, values_range.commits[0].id)
        for file in values_range.files
    )
    touches: dict[str, Touches] = {}
    for values_range in ranges:
        changed = _edited(values_range, values_range.base, values_range.commits[0].id, contents)
        if changed:
            edits = _edits(values_range, repository)
            touches[values_range.app] = touches.get(values_range.app, ()) + _touches(changed, edits)
    return touches


def _values_ranges(
    target: _RecordedTarget, snapshot: Snapshot, ledger_reader: LedgerReader
) -> Iterator[_ValuesRange]:
    """Yield the values files to look at, by branch."""
    first, second, record = target.first, target.second, target.record
    for branch in dict.fromkeys((second.branch, first.branch)):
        files = tuple(dict.fromkeys(each.file for each in (first, second) if each.branch == branch))
        commits = ledger_reader.branches.since(branch, record, _MOST_COMMITS)
        if branch != second.branch:  # the record is not on this branch: its time has to do
            commits = list(takewhile(lambda each: each.committer_time >= record.time, commits))
        if not commits:
            continue
        if branch == second.branch:
            base = ledger_reader.branches.arrival(branch, record.commit)
        else:
            base = commits[-1].parents[0]
        sharing = _sharing(files, second.app, snapshot.config)
        yield _ValuesRange(target.app, files, tuple(commits), base, tuple(sharing))


def _edits(values_range: _ValuesRange, repository: Repository) -> ChangedPaths:
    """Return for each commit the values files in which it changed more than releases."""
    contents = repository.read(
        (oid, file)
        for commit in values_range.commits
        for oid in (commit.id, commit.parents[0])
        for file in values_range.files
    )
    return [
        (commit, _edited(values_range, commit.parents[0], commit.id, contents))
        for commit in values_range.commits
    ]


def _edited(
    values_range: _ValuesRange, old: str, new: str, contents: Mapping[tuple[str, str], bytes | None]
) -> tuple[str, ...]:
    """Return the values files in which more than releases differs between two commits."""
    return tuple(
        file
        for file in values_range.files
        if edited_by_hand(contents[old, file], contents[new, file], values_range.sharing, file)
    )


def _touches(paths: Sequence[str], changes: ChangedPaths) -> Touches:
    """Return the commits that made a difference, and at the end, without a commit, what is older
    than was looked at.
    """
    touches = [
        _touch(commit, remaining)
        for commit, changed in changes
        if (remaining := tuple(path for path in changed if path in paths))
    ]
    explained = {path for touch in touches for path in touch.paths}
    older = tuple(path for path in paths if path not in explained)
    return (*touches, Touch(None, 0, "", "", older)) if older else tuple(touches)


def _sharing(files: Sequence[str], app: App, config: Config) -> list[App]:
    """Return the applications that have keys in one of some values files."""
    others = (
        each
        for each in config.apps.values()
        if any(config.values_file(each, env) in files for env in config.environments.values())
    )
    return [app, *(each for each in others if each.name != app.name)]


def edited_by_hand(
    before: bytes | None, after: bytes | None, apps: Sequence[App], file: str
) -> bool:
    """Tell whether a values file differs in more than the keys of releases."""
    if before == after:
        return False
    if before is None or after is None:
        return True
    try:
        releases: dict[KeyPath, str] = {}
        for app in apps:
            releases |= _release_texts(after, app, file)
        return yaml_edit.set_values(before, releases, name=file) != after
    except GitopsError:
        # a key that was not there before, or a file that is no values file: nothing that an
        # operation does
        return True


def _release_texts(content: bytes, app: App, file: str) -> dict[KeyPath, str]:
    keys = {key for image in app.images for key in image.edited}
    texts = read_texts(content, app, file)
    return {key: text for key, text in texts.items() if text is not None and key in keys}


def _touch(commit: Commit, paths: tuple[str, ...]) -> Touch:
    author = one_line(f"{commit.author_name} <{commit.author_email}>")
    return Touch(commit.id, commit.committer_time, author, subject(commit.message), paths)
