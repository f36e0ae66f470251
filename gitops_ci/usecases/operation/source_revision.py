"""The release that was built from a revision of the source: found in the ledger, or refused where
that is not certain.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from msgspec.structs import replace

from gitops_ci.adapters.checkout.history import open_source
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitError, RefusedError, UsageError
from gitops_ci.base.redaction import one_line
from gitops_ci.model.operation import Choice, Origin, Record, Request, Target
from gitops_ci.model.source_revision import SourceLineage, lineage
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.operation.snapshot import Selection

_COMMIT_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_COMPARED = 50  # built revisions whose files are compared, so that a refusal can name a twin
_COMPARING = 10.0  # seconds for that


def with_lineage(request: Request, deadline: Deadline) -> Request:
    """Return the request with the full id of its revision and what that stands for, read from the
    source repository.

    Raises UsageError for a name that the source repository does not have.
    """
    if request.revision is None:
        return request
    source_lineage = read_lineage(request.revision, request.checkout, deadline)
    return replace(request, revision=source_lineage.revision, lineage=source_lineage)


def read_lineage(revision: str, checkout: str | None, deadline: Deadline) -> SourceLineage:
    """Return what a revision stands for; ``checkout`` None: the current folder, where that has the
    revision.
    """
    try:
        with open_source(checkout or ".", deadline) as source:
            oid = source.resolve(revision)
            commit = source.commit(oid) if oid else None
            if commit:
                return lineage(commit, {parent: source.commit(parent) for parent in commit.parents})
    except GitError:
        if checkout is not None:
            raise
    if _COMMIT_ID.fullmatch(revision):
        return SourceLineage(revision)
    where = f"in {one_line(checkout)}" if checkout else "in the current folder"
    raise UsageError(
        f"there is no revision {one_line(revision)} {where}",
        remedy="give --revision the full commit id, or name the checkout of the source with "
        "--source",
    )


def built_from(
    request: Request, source: Target, selection: Selection, ledger_reader: LedgerReader
) -> Choice:
    """Return the release that was built from the request's revision and ran in ``source``, or else
    before it.

    The revision itself decides; only where nothing was built from it, the parents that a merge
    leaves as they are. Raises RefusedError where there is no such release, or more than one of
    which none runs in ``source`` now.
    """
    source_lineage = request.lineage or SourceLineage(request.revision or "")
    targets = list(_chain(source, selection))
    equal = () if source_lineage.unread else source_lineage.equal
    for revisions in ((source_lineage.revision,), equal):
        for target in targets:
            records = _newest_of_each(_records_built_from(revisions, [target], ledger_reader))
            if records:
                record = _deciding_record(records, source)
                if record is None:
                    raise _ambiguity(source_lineage, target, records, selection)
                return _choice(record, target, source)
    raise _no_release(request, source_lineage, targets, selection, ledger_reader)


def _chain(source: Target, selection: Selection) -> Iterator[Target]:
    """Yield the application where the release has to have run, and in the environments before
    that.
    """
    yield source
    config = selection.snapshot.config
    for name in config.sources_of(source.environment.name):
        target = selection.snapshot.target_if_read(source.app, config.environments[name])
        if target:
            yield target


def _records_built_from(
    revisions: Sequence[str], targets: Sequence[Target], ledger_reader: LedgerReader
) -> Iterator[Record]:
    """Yield the records of releases that were built from revisions, target by target."""
    return (
        record
        for target in targets
        for revision in revisions
        for record in ledger_reader.records(target, revision=revision)
    )


def _newest_of_each(records: Iterable[Record]) -> list[Record]:
    """Keep the newest record of each release."""
    distinct: list[Record] = []
    for record in records:
        if not any(record.release.same_content(other.release) for other in distinct):
            distinct.append(record)
    return distinct


def _deciding_record(records: Sequence[Record], source: Target) -> Record | None:
    """Return the record of what runs in the source now, or the only one."""
    running = next(filter(source.brought_by, records), None)
    return records[0] if len(records) == 1 else running


def _choice(record: Record, target: Target, source: Target) -> Choice:
    name = target.environment.name
    present = name == source.environment.name and source.brought_by(record) is not None
    return Choice(source.app, record.release, Origin(name, record, present=present))


def _ambiguity(
    source_lineage: SourceLineage, target: Target, records: Sequence[Record], selection: Selection
) -> RefusedError:
    app, environment = target.app.name, target.environment.name
    listed = "; ".join(f"{record.release} (commit {record.commit[:12]})" for record in records)
    return RefusedError(
        f"{len(records)} releases of {app} were built from {source_lineage.revision[:12]}, "
        f"none runs in {environment} now: {listed}",
        remedy="name one of them with --tag, or with --commit and the commit that deployed it",
        app=app,
        environment=selection.targets[0].environment.name,
    )


def _no_release(
    request: Request,
    source_lineage: SourceLineage,
    targets: Sequence[Target],
    selection: Selection,
    ledger_reader: LedgerReader,
) -> RefusedError:
    app = targets[0].app.name
    environments = ", nor in ".join(target.environment.name for target in targets)
    reason, remedy = _reason(request, source_lineage, targets, ledger_reader)
    return RefusedError(
        f"no release of {app} that was built from "
        f"{source_lineage.revision[:12]} ran in {environments}{reason}",
        remedy=remedy,
        app=app,
        environment=selection.targets[0].environment.name,
    )


def _reason(
    request: Request,
    source_lineage: SourceLineage,
    targets: Sequence[Target],
    ledger_reader: LedgerReader,
) -> tuple[str, str]:
    """Return what can be said of a revision that nothing was built from, and what to do about
    it.
    """
    builds = (
        f"build it where builds arrive ({targets[-1].environment.name}), or name a release with "
        "--tag"
    )
    if source_lineage.tree is None:
        return (
            ", and whether it is a merge of one that was built can't be told: it is not in "
            "the source repository here",
            "name the checkout of the source with --source, fetched as far as this revision",
        )
    if source_lineage.unread:
        return (
            f": it is a merge, and what it adds to {_short(source_lineage.unread)} can't be "
            "told: this clone of the source is shallow",
            "fetch more of the source: git fetch --deepen=1, or clone it without a depth",
        )
    added = next(_records_built_from(source_lineage.different, targets, ledger_reader), None)
    if added:
        return (
            f": it is a merge that differs from its parent {_built_of(added)}",
            f"merge so that nothing is added, or fast-forward; otherwise {builds}",
        )
    twin = _same_files(request, source_lineage, targets, ledger_reader)
    if twin:
        return (
            f": it has the files of {_built_of(twin)}, but is no merge of it (a squash, a "
            "rebase or a cherry-pick)",
            f"if that release is meant: --tag {twin.release.images[0].tag}; a merge or a "
            "fast-forward keeps the link",
        )
    return "", builds


def _built_of(record: Record) -> str:
    return f"{(record.release.source_revision or '')[:12]}, of which {record.release} was built"


def _same_files(
    request: Request,
    source_lineage: SourceLineage,
    targets: Sequence[Target],
    ledger_reader: LedgerReader,
) -> Record | None:
    """Return a release of a revision that has the same files without being a parent."""
    records = {
        record.release.source_revision: record
        for target in targets
        for record in islice(ledger_reader.records(target), _COMPARED)
        if record.release.source_revision
    }
    try:
        with open_source(request.checkout or ".", Deadline.after(_COMPARING)) as source:
            twins = source.with_tree(source_lineage.tree or "", [*filter(None, records)])
    except GitError:
        return None
    return records[twins[0]] if twins else None


def _short(revisions: Sequence[str]) -> str:
    return " and ".join(revision[:12] for revision in revisions)
