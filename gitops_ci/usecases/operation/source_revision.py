"""The release that was built from a revision of the source: found in the ledger, or refused where that is not certain."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

import msgspec
from msgspec.structs import replace

from gitops_ci.adapters.checkout.history import open_source
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitError, RefusedError, UsageError
from gitops_ci.base.redaction import one_line
from gitops_ci.model.operation import Choice, Origin, Record, Request, Target
from gitops_ci.model.source_revision import SourceLineage, lineage
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.operation.snapshot import Selection

_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_COMPARED = 50  # built revisions that are looked at for the words of a refusal
_PATIENCE = 10.0  # seconds for these


class _Built(msgspec.Struct, frozen=True):
    """A release and the record that brought it to an environment, which is one of those before the target."""

    target: Target
    record: Record


def with_lineage(request: Request, deadline: Deadline) -> Request:
    """Return the request with the full id of its revision and what that stands for, read from the source repository.

    Raises UsageError for a name that the source repository does not have.
    """
    if request.revision is None:
        return request
    found = read_lineage(request.revision, request.checkout, deadline)
    return replace(request, revision=found.revision, lineage=found)


def read_lineage(revision: str, checkout: str | None, deadline: Deadline) -> SourceLineage:
    """Return what a revision stands for; ``checkout`` None: the current folder, where that has the revision."""
    try:
        with open_source(checkout or ".", deadline) as source:
            oid = source.resolve(revision)
            commit = source.commit(oid) if oid else None
            if commit:
                return lineage(commit, {parent: source.commit(parent) for parent in commit.parents})
    except GitError:
        if checkout is not None:
            raise
    if _ID.fullmatch(revision):
        return SourceLineage(revision)
    where = f"in {one_line(checkout)}" if checkout else "in the current folder"
    raise UsageError(
        f"there is no revision {one_line(revision)} {where}",
        remedy="give --revision the full commit id, or name the checkout of the source with --source",
    )


def built_from(request: Request, source: Target, scene: Selection, past: LedgerReader) -> Choice:
    """Return the release that was built from the request's revision and ran in ``source``, or else before it.

    The revision itself decides; only where nothing was built from it, the parents that a merge leaves as they are.
    Raises RefusedError where there is no such release, or more than one of which none runs in ``source`` now.
    """
    wanted = request.lineage or SourceLineage(request.revision or "")
    for revisions in ((wanted.revision,), () if wanted.unread else wanted.equal):
        for target in _chain(source, scene):
            found = _distinct([each for revision in revisions for each in _releases(target, revision, past)])
            running = [each for each in found if each.record.release.same_content(source.release)]
            if len(found) == 1 or running:
                return _choice((running or found)[0], source)
            if found:
                raise _ambiguous(wanted, found, scene)
    raise _unknown(request, wanted, source, scene, past)


def _chain(source: Target, scene: Selection) -> Iterator[Target]:
    """Yield the application where the release has to have run, and in the environments before that."""
    yield source
    config = scene.snapshot.config
    for name in config.sources_of(source.environment.name):
        target = scene.snapshot.target_if_read(source.app, config.environments[name])
        if target:
            yield target


def _releases(target: Target, revision: str, past: LedgerReader) -> Iterator[_Built]:
    return (_Built(target, record) for record in past.records(target, revision=revision))


def _distinct(found: Sequence[_Built]) -> list[_Built]:
    """Keep the newest record of each release."""
    kept: list[_Built] = []
    for each in found:
        if not any(each.record.release.same_content(other.record.release) for other in kept):
            kept.append(each)
    return kept


def _choice(built: _Built, source: Target) -> Choice:
    here = built.target.environment.name == source.environment.name
    present = here and built.record.release.same_content(source.release)
    return Choice(source.app, built.record.release, Origin(built.target.environment.name, built.record, present=present))


def _ambiguous(wanted: SourceLineage, found: Sequence[_Built], scene: Selection) -> RefusedError:
    app, environment = found[0].target.app.name, found[0].target.environment.name
    listed = "; ".join(f"{each.record.release} (commit {each.record.commit[:12]})" for each in found)
    return RefusedError(
        f"{len(found)} releases of {app} were built from {wanted.revision[:12]}, none runs in {environment} now: {listed}",
        remedy="name one of them with --tag, or with --commit and the commit that deployed it",
        app=app,
        environment=scene.targets[0].environment.name,
    )


def _unknown(request: Request, wanted: SourceLineage, source: Target, scene: Selection, past: LedgerReader) -> RefusedError:
    targets = list(_chain(source, scene))
    where = ", nor in ".join(target.environment.name for target in targets)
    why, remedy = _reason(request, wanted, targets, past)
    return RefusedError(
        f"no release of {source.app.name} that was built from {wanted.revision[:12]} ran in {where}{why}",
        remedy=remedy,
        app=source.app.name,
        environment=scene.targets[0].environment.name,
    )


def _reason(request: Request, wanted: SourceLineage, targets: Sequence[Target], past: LedgerReader) -> tuple[str, str]:
    """Return what can be said of a revision that nothing was built from, and what to do about it."""
    builds = f"build it where builds arrive ({targets[-1].environment.name}), or name a release with --tag"
    if wanted.tree is None:
        return (
            ", and whether it is a merge of one that was built can't be told: it is not in the source repository here",
            "name the checkout of the source with --source, fetched as far as this revision",
        )
    if wanted.unread:
        return (
            f": it is a merge, and what it adds to {_short(wanted.unread)} can't be told: this clone of the source is shallow",
            "fetch more of the source: git fetch --deepen=1, or clone it without a depth",
        )
    added = _first_built(wanted.different, targets, past)
    if added:
        return (
            f": it is a merge that differs from its parent {_built_of(added)}",
            f"merge so that nothing is added, or fast-forward; otherwise {builds}",
        )
    twin = _same_files(request, wanted, targets, past)
    if twin:
        return (
            f": it has the files of {_built_of(twin)}, but is no merge of it (a squash, a rebase or a cherry-pick)",
            f"if that release is meant: --tag {twin.release.images[0].tag}; a merge or a fast-forward keeps the link",
        )
    return "", builds


def _built_of(record: Record) -> str:
    return f"{(record.release.source_revision or '')[:12]}, of which {record.release} was built"


def _first_built(revisions: Sequence[str], targets: Sequence[Target], past: LedgerReader) -> Record | None:
    found = (record for target in targets for revision in revisions for record in past.records(target, revision=revision))
    return next(found, None)


def _same_files(request: Request, wanted: SourceLineage, targets: Sequence[Target], past: LedgerReader) -> Record | None:
    """Return a release of a revision that has the same files without being a parent."""
    known = {
        record.release.source_revision: record
        for target in targets
        for record in islice(past.records(target), _COMPARED)
        if record.release.source_revision
    }
    try:
        with open_source(request.checkout or ".", Deadline.after(_PATIENCE)) as source:
            twins = source.with_tree(wanted.tree or "", [each for each in known if each])
    except GitError:
        return None
    return known[twins[0]] if twins else None


def _short(revisions: Sequence[str]) -> str:
    return " and ".join(revision[:12] for revision in revisions)
