"""Which release an operation moves: the one that runs before, an earlier one, or the one that the
caller brings.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from gitops_ci.base.errors import ImageError, RefusedError, UsageError, ValuesError
from gitops_ci.core import plan
from gitops_ci.model.image_reference import check_tag
from gitops_ci.model.operation import Choice, Origin, Record, Request, Target
from gitops_ci.model.release import Image, Release
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.operation.snapshot import Selection

_COMMIT = re.compile(r"[0-9a-f]{7,64}")


class _PastRelease(msgspec.Struct, frozen=True):
    """A release that ran somewhere, and the record that put it there (None: the state before a
    record).
    """

    release: Release
    record: Record | None


def select_releases(
    request: Request, selection: Selection, ledger_reader: LedgerReader
) -> tuple[Choice, ...]:
    """Return the release of each target, in the targets' order.

    Raises RefusedError when the release asked for never ran where it had to, or can't be told from
    others.
    """
    if request.kind.writes_build:
        return tuple(
            Choice(target.app, plan.named_release(request, target), None)
            for target in selection.targets
        )
    if request.kind.goes_back:
        return tuple(_rollback(request, target, ledger_reader) for target in selection.targets)
    if request.kind.keeps_release:
        return tuple(Choice(target.app, _deployed(target), None) for target in selection.targets)
    return _promote(request, selection, ledger_reader)


def check_choice(request: Request) -> None:
    """Raise UsageError where the caller names a release in two ways, or by a commit that is
    none.
    """
    if request.commit and not _COMMIT.fullmatch(request.commit):
        raise UsageError(
            f"--commit {request.commit!r} is not a commit id",
            remedy="give 7 to 64 hexadecimal digits",
        )
    if request.tag and request.commit:
        raise UsageError(
            "either --tag or --commit",
            remedy="--commit names the deploying commit, where a tag fits several",
        )
    if request.revision and (request.tag or request.commit or request.release):
        raise UsageError(
            "either --revision or --tag, --commit or --release",
            remedy="one of them says which release is meant",
        )


def _promote(
    request: Request, selection: Selection, ledger_reader: LedgerReader
) -> tuple[Choice, ...]:
    sources = {source.app.name: source for source in selection.sources}
    if request.release:
        chosen = [
            Choice(target.app, plan.named_release(request, target), None)
            for target in selection.targets
        ]
    elif request.revision:
        from gitops_ci.usecases.operation.source_revision import (
            built_from,
        )  # few ask, and it reads the source

        chosen = [
            built_from(request, sources[each.app.name], selection, ledger_reader)
            for each in selection.targets
        ]
    elif request.tag or request.commit:
        chosen = [
            _earlier(request, sources[each.app.name], selection, ledger_reader)
            for each in selection.targets
        ]
    else:
        return _promote_running(sources, selection, ledger_reader)
    return tuple(_seen_before(choice, selection, ledger_reader) for choice in chosen)


def _promote_running(
    sources: Mapping[str, Target], selection: Selection, ledger_reader: LedgerReader
) -> tuple[Choice, ...]:
    """Choose what runs in the source now; the ledger is asked where that moves anything."""
    pairs = [(_running(sources[each.app.name], each), each) for each in selection.targets]
    # between branches the chart goes along as it was then: which commit deployed the release
    # counts,
    # moved or not
    moving = {
        choice.app.name: sources[choice.app.name]
        for choice, target in pairs
        if sources[choice.app.name].branch != target.branch
        or not choice.release.same_text(target.release)
    }
    records = ledger_reader.newest(list(moving.values()))
    ledger_reader.read_first([source for name, source in moving.items() if name not in records])

    def chosen(choice: Choice) -> Choice:
        source = moving.get(choice.app.name)
        if source is None:
            return choice
        return _seen_before(
            _present(source, records.get(choice.app.name), ledger_reader), selection, ledger_reader
        )

    return tuple(chosen(choice) for choice, _ in pairs)


def _seen_before(choice: Choice, selection: Selection, ledger_reader: LedgerReader) -> Choice:
    """Look whether a release that is brought past an environment ran there all the same."""
    needed = selection.targets[0].environment.source
    target = selection.in_before(choice.app)
    if target is None or (choice.origin and choice.origin.environment == needed):
        return choice
    record = ledger_reader.bringing(target, choice.release, tag=choice.release.images[0].tag)
    if record is None:
        return choice
    return Choice(
        choice.app,
        choice.release.completed_by(record.release),
        Origin(needed, record, present=False),
    )


def _running(source: Target, target: Target) -> Choice:
    return Choice(
        target.app, _deployed(source), Origin(source.environment.name, None, present=True)
    )


def _present(source: Target, record: Record | None, ledger_reader: LedgerReader) -> Choice:
    """Return the release that runs in the source now, with what the ledger knows of it."""
    name = source.environment.name
    if record and source.brought_by(record):
        return Choice(
            source.app,
            source.release.completed_by(record.release),
            Origin(name, record, present=True),
        )
    # once an operation has written there, what differs from it was put there by hand, the first
    # value too
    adopted = record is None and ledger_reader.adopted(source)
    undone = ledger_reader.undone(source) if record is None else None
    return Choice(
        source.app, source.release, Origin(name, None, present=True, adopted=adopted, undone=undone)
    )


def _earlier(
    request: Request, source: Target, selection: Selection, ledger_reader: LedgerReader
) -> Choice:
    """Return the release with this tag or commit that runs or ran in the source, or else in any
    environment.
    """
    past_releases = _distinct(_matching(request, source, ledger_reader))
    if len(past_releases) > 1:
        raise _ambiguous(request, source, past_releases)
    if past_releases:
        return _chosen(past_releases[0], source, ledger_reader)
    looked = [source.environment.name]
    for environment in selection.snapshot.config.environments.values():
        there = selection.snapshot.target_if_read(source.app, environment)
        if environment.name == source.environment.name or there is None:
            continue
        looked.append(environment.name)
        record = next(ledger_reader.records(there, **_wanted(request)), None)
        if record:
            return Choice(
                source.app, record.release, Origin(environment.name, record, present=False)
            )
        running = ledger_reader.running(there) if request.tag else None
        if running and running.has_tag(request.tag):
            return Choice(source.app, running, Origin(environment.name, None, present=True))
    raise RefusedError(
        f"{source.app.name} {request.tag or request.commit} never ran in "
        f"{', nor in '.join(looked)}",
        remedy="write it where builds arrive, test it, and promote it to "
        f"{source.environment.name} first",
        app=source.app.name,
        environment=selection.targets[0].environment.name,
    )


def _matching(
    request: Request, source: Target, ledger_reader: LedgerReader
) -> Iterator[_PastRelease]:
    current = source.release
    if request.tag and current.has_tag(request.tag):
        known = source.brought_by(ledger_reader.newest([source]).get(source.app.name))
        yield _PastRelease(current.completed_by(known.release) if known else current, known)
    found = False
    for record in ledger_reader.records(source, **_wanted(request)):
        found = True
        yield _PastRelease(record.release, record)
    first = ledger_reader.first(source) if request.tag and not found else None
    if first and first.has_tag(request.tag):
        yield _PastRelease(first, None)


def _chosen(past_release: _PastRelease, source: Target, ledger_reader: LedgerReader) -> Choice:
    present = past_release.release.same_content(source.release)
    first = ledger_reader.first(source) if past_release.record is None else None
    adopted = first is not None and first.same_content(past_release.release)
    return Choice(
        source.app,
        past_release.release,
        Origin(source.environment.name, past_release.record, present=present, adopted=adopted),
    )


def _wanted(request: Request) -> dict[str, str]:
    if request.commit:
        return {"commit": request.commit}
    return {"tag": request.tag} if request.tag else {}


def _rollback(request: Request, target: Target, ledger_reader: LedgerReader) -> Choice:
    name = target.environment.name
    if request.commit:
        past_releases = [
            _PastRelease(record.release, record)
            for record in ledger_reader.records(target, commit=request.commit)
        ][:1]
    elif request.tag:
        past_releases = _distinct(
            past_release
            for past_release, _ in _runs(target, ledger_reader)
            if past_release.release.has_tag(request.tag)
        )
    else:
        past_releases = _last_good(target, ledger_reader)
    if len(past_releases) > 1:
        raise _ambiguous(request, target, past_releases)
    if not past_releases:
        asked = request.tag or request.commit
        what = (
            f"{asked} never ran in {name}"
            if asked
            else f"no earlier release that ran in {name} is known"
        )
        raise RefusedError(
            f"rollback of {target.app.name}: {what}",
            remedy="a rollback goes to a release that ran there; promote brings another one",
            app=target.app.name,
            environment=name,
        )
    ran = _with_record(past_releases[0], target, ledger_reader)
    return Choice(target.app, ran.release, Origin(name, ran.record, present=False))


def _with_record(
    past_release: _PastRelease, target: Target, ledger_reader: LedgerReader
) -> _PastRelease:
    """Find the record that brought a release which is known as the state before another one: it
    knows the authors.
    """
    if past_release.record:
        return past_release
    record = ledger_reader.bringing(target, past_release.release)
    return (
        _PastRelease(past_release.release.completed_by(record.release), record)
        if record
        else past_release
    )


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
    """Return the release that ran before the current one and was not withdrawn by a rollback."""
    withdrawn: list[Release] = []
    decided: list[Release] = []  # a release that was deployed again after its withdrawal is good
    for past_release, rolled_back in _runs(target, ledger_reader):
        if rolled_back and not any(map(past_release.release.same_content, decided)):
            withdrawn.append(past_release.release)
        if not rolled_back and not any(map(past_release.release.same_content, withdrawn)):
            if not past_release.release.same_content(target.release):
                return [past_release]
            decided.append(past_release.release)
    return []


def _distinct(found: Iterable[_PastRelease]) -> list[_PastRelease]:
    """Keep one of each release, the one that knows its record and digests where there are
    several.
    """
    past_releases: list[_PastRelease] = []
    # a release without digests fits all of its tag: it must not stand for two that differ
    for past_release in sorted(
        found, key=lambda ran: any(not image.digest for image in ran.release.images)
    ):
        twin = next(
            (
                index
                for index, other in enumerate(past_releases)
                if past_release.release.same_content(other.release)
            ),
            None,
        )
        if twin is None:
            past_releases.append(past_release)
        elif past_releases[twin].record is None and past_release.record:
            past_releases[twin] = past_release
    return past_releases


def _deployed(target: Target) -> Release:
    for image in target.release.images:
        _check_written(image, target)
    if target.release.fully_deployed:
        return target.release
    raise RefusedError(
        f"{target.app.name} runs nothing in {target.environment.name} yet: the tag in "
        f"{target.file} is empty",
        remedy=f"bring a release to {target.environment.name} first",
        app=target.app.name,
        environment=target.environment.name,
    )


def _check_written(image: Image, target: Target) -> None:
    """Raise ValuesError for what somebody wrote that no registry could hold: it is not carried
    on.
    """
    try:
        if image.tag:
            check_tag(image.tag)
    except ImageError as error:
        raise ValuesError(
            f"{target.file} of {target.app.name}: {error.message}", remedy=error.remedy
        ) from None


def _ambiguous(request: Request, target: Target, found: Sequence[_PastRelease]) -> RefusedError:
    listed = "; ".join(
        f"{', '.join(image.digest or str(image) for image in past_release.release.images)}"
        + (f" (commit {past_release.record.commit[:12]})" if past_release.record else "")
        for past_release in found
    )
    return RefusedError(
        f"{request.tag or request.commit} fits {len(found)} releases of {target.app.name} "
        f"in {target.environment.name}: {listed}",
        remedy="name the deploying commit with --commit instead",
        app=target.app.name,
        environment=target.environment.name,
    )
