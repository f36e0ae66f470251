"""A release that ran before: the one that promote names by tag or commit, or that rollback returns
to.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from gitops_ci.base.errors import RefusedError
from gitops_ci.core.release_values import without_found_digests
from gitops_ci.model.operation import Choice, Origin, Record, Request, Target
from gitops_ci.model.release import Release
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.operation.snapshot import Selection
from gitops_ci.usecases.refusal import refusal


class _PastRelease(msgspec.Struct, frozen=True):
    """A release that ran somewhere, and the record that put it there (None: the state before a
    record).
    """

    release: Release
    record: Record | None


def earlier_release(
    request: Request, source: Target, selection: Selection, ledger_reader: LedgerReader
) -> Choice:
    """Return the release with this tag or commit that runs or ran in the source, or else in any
    environment; raises RefusedError where there is none, or more than one.
    """
    past_releases = _without_twins(_matching_runs(request, source, ledger_reader))
    if len(past_releases) > 1:
        raise _ambiguity(request, source, past_releases)
    if past_releases:
        return _choice(past_releases[0], source, ledger_reader)
    environments = selection.snapshot.config.environments.values()
    elsewhere = [
        target
        for environment in environments
        if environment.name != source.environment.name
        and (target := selection.snapshot.target_if_read(source.app, environment))
    ]
    for target in elsewhere:
        if choice := _choice_elsewhere(request, target, ledger_reader):
            return choice
    names = [target.environment.name for target in (source, *elsewhere)]
    raise RefusedError(
        f"{source.app.name} {request.tag or request.commit} never ran in {', nor in '.join(names)}",
        remedy="write it where builds arrive, test it, and promote it to "
        f"{source.environment.name} first",
        app=source.app.name,
        environment=selection.targets[0].environment.name,
    )


def rollback_release(request: Request, target: Target, ledger_reader: LedgerReader) -> Choice:
    """Return the release with this tag or commit that ran in the target, or the last good one;
    raises RefusedError where there is none, or more than one.
    """
    past_releases = _rollback_candidates(request, target, ledger_reader)
    if len(past_releases) > 1:
        raise _ambiguity(request, target, past_releases)
    name = target.environment.name
    if not past_releases:
        named = request.tag or request.commit
        reason = (
            f"{named} never ran in {name}"
            if named
            else f"no earlier release that ran in {name} is known"
        )
        raise refusal(
            target,
            f"rollback of {target.app.name}: {reason}",
            "a rollback goes to a release that ran there; promote brings another one",
        )
    release, record = past_releases[0].release, past_releases[0].record
    if record is None:
        # known as the state before another one: the record that brought it knows the authors
        release = _without_left_digest(target, release, ledger_reader)
        record = ledger_reader.bringing(target, release)
        release = release.completed_by(record.release) if record else release
    return Choice(target.app, release, Origin(name, record, present=False))


def _without_left_digest(target: Target, release: Release, ledger_reader: LedgerReader) -> Release:
    """Return a release without the digest of another one that was left beside its tag, where its
    own record shows that.
    """
    tags_alone = without_found_digests(release, target.app)
    if tags_alone is release:
        return release
    record = ledger_reader.bringing(target, release)
    return release if record and release.satisfies(record.release) else tags_alone


def _matching_runs(
    request: Request, source: Target, ledger_reader: LedgerReader
) -> Iterator[_PastRelease]:
    current = source.release
    if request.tag and current.has_tag(request.tag):
        record = source.brought_by(ledger_reader.newest([source]).get(source.app.name))
        yield _PastRelease(current.completed_by(record.release) if record else current, record)
    records = list(ledger_reader.records(source, **_criteria(request)))
    for record in records:
        yield _PastRelease(record.release, record)
    first = ledger_reader.first(source) if request.tag and not records else None
    if first and first.has_tag(request.tag):
        yield _PastRelease(first, None)


def _choice(past_release: _PastRelease, source: Target, ledger_reader: LedgerReader) -> Choice:
    release, record = past_release.release, past_release.record
    first = ledger_reader.first(source) if record is None else None
    origin = Origin(
        source.environment.name,
        record,
        present=release.same_content(source.release),
        adopted=first is not None and first.same_content(release),
    )
    return Choice(source.app, release, origin)


def _choice_elsewhere(
    request: Request, target: Target, ledger_reader: LedgerReader
) -> Choice | None:
    name = target.environment.name
    record = next(ledger_reader.records(target, **_criteria(request)), None)
    if record:
        return Choice(target.app, record.release, Origin(name, record, present=False))
    running = ledger_reader.running(target) if request.tag else None
    if running and running.has_tag(request.tag):
        return Choice(target.app, running, Origin(name, None, present=True))
    return None


def _criteria(request: Request) -> dict[str, str]:
    if request.commit:
        return {"commit": request.commit}
    return {"tag": request.tag} if request.tag else {}


def _rollback_candidates(
    request: Request, target: Target, ledger_reader: LedgerReader
) -> list[_PastRelease]:
    if request.commit:
        record = next(ledger_reader.records(target, commit=request.commit), None)
        return [_PastRelease(record.release, record)] if record else []
    if request.tag:
        runs = _runs(target, ledger_reader)
        return _without_twins(run for run, _ in runs if run.release.has_tag(request.tag))
    return _last_good(target, ledger_reader)


def _runs(target: Target, ledger_reader: LedgerReader) -> Iterator[tuple[_PastRelease, bool]]:
    """Yield every release that ran in the target, the newest first, and whether it was withdrawn by
    a rollback.
    """
    for record in ledger_reader.records(target):
        yield _PastRelease(record.release, record), False
        before = ledger_reader.before(target, record)
        if before:
            yield _PastRelease(before, None), record.kind.goes_back


def _last_good(target: Target, ledger_reader: LedgerReader) -> list[_PastRelease]:
    """Return the release that ran before the current one and was not withdrawn by a rollback.

    One that was deployed again after its withdrawal is good.
    """
    withdrawn: list[Release] = []
    good: list[Release] = []
    for past_release, rolled_back in _runs(target, ledger_reader):
        release = past_release.release
        if rolled_back and not any(map(release.same_content, good)):
            withdrawn.append(release)
        if not rolled_back and not any(map(release.same_content, withdrawn)):
            if not release.same_content(target.release):
                return [past_release]
            good.append(release)
    return []


def _without_twins(runs: Iterable[_PastRelease]) -> list[_PastRelease]:
    """Keep one of each release, the one that knows its record and digests where there are
    several.
    """
    distinct: list[_PastRelease] = []
    # a release without digests fits all of its tag: it must not stand for two that differ
    for run in sorted(runs, key=lambda run: any(not image.digest for image in run.release.images)):
        same = run.release.same_content
        twins = (index for index, other in enumerate(distinct) if same(other.release))
        twin = next(twins, None)
        if twin is None:
            distinct.append(run)
        elif distinct[twin].record is None and run.record:
            distinct[twin] = run
    return distinct


def _ambiguity(request: Request, target: Target, runs: Sequence[_PastRelease]) -> RefusedError:
    listed = "; ".join(
        ", ".join(image.digest or str(image) for image in run.release.images)
        + (f" (commit {run.record.commit[:12]})" if run.record else "")
        for run in runs
    )
    return refusal(
        target,
        f"{request.tag or request.commit} fits {len(runs)} releases of {target.app.name} "
        f"in {target.environment.name}: {listed}",
        "name the deploying commit with --commit instead",
    )
