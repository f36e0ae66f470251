"""Which release an operation moves: the one that runs before, an earlier one, or the one that the
caller brings.
"""

import re
from collections.abc import Sequence

from gitops_ci.base.errors import ImageError, UsageError, ValuesError
from gitops_ci.core import plan
from gitops_ci.model.image_reference import check_tag
from gitops_ci.model.operation import Choice, Origin, Record, Request, Target
from gitops_ci.model.release import Image, Release
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.operation.snapshot import Selection
from gitops_ci.usecases.refusal import refusal

_COMMIT = re.compile(r"[0-9a-f]{7,64}")


def select_releases(
    request: Request, selection: Selection, ledger_reader: LedgerReader
) -> tuple[Choice, ...]:
    """Return the release of each target, in the targets' order.

    Raises RefusedError when the release asked for never ran where it had to, or can't be told from
    others.
    """
    if request.kind.writes_build:
        return _named_releases(request, selection)
    if request.kind.keeps_release:
        return tuple(
            Choice(target.app, _deployed_release(target), None) for target in selection.targets
        )
    if request.kind.removes:
        return tuple(Choice(target.app, target.release, None) for target in selection.targets)
    if request.kind.goes_back:
        # most operations don't: a start is most of an update's time
        from gitops_ci.usecases.operation.earlier_release import rollback_release

        return tuple(
            rollback_release(request, target, ledger_reader) for target in selection.targets
        )
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


def _named_releases(request: Request, selection: Selection) -> tuple[Choice, ...]:
    """Return the releases that the caller brings."""
    return tuple(
        Choice(target.app, plan.named_release(request, target), None)
        for target in selection.targets
    )


def _promote(
    request: Request, selection: Selection, ledger_reader: LedgerReader
) -> tuple[Choice, ...]:
    sources = {source.app.name: source for source in selection.sources}
    pairs = [(sources[target.app.name], target) for target in selection.targets]
    if request.release:
        choices = _named_releases(request, selection)
    elif request.revision or request.tag or request.commit:
        if request.revision:
            from gitops_ci.usecases.operation.source_revision import built_from as choose
        else:
            from gitops_ci.usecases.operation.earlier_release import earlier_release as choose

        choices = tuple(choose(request, source, selection, ledger_reader) for source, _ in pairs)
    else:
        return _promote_running(pairs, selection, ledger_reader)
    return tuple(_seen_before(choice, selection, ledger_reader) for choice in choices)


def _promote_running(
    pairs: Sequence[tuple[Target, Target]], selection: Selection, ledger_reader: LedgerReader
) -> tuple[Choice, ...]:
    """Choose what runs in the sources now; the ledger is asked where that moves anything."""
    for source, _ in pairs:
        _deployed_release(source)
    # between branches the chart goes along as it was when the release was deployed: then the ledger
    # is asked for that commit although the release itself may be there already
    moving = {
        source.app.name: source
        for source, target in pairs
        if source.branch != target.branch or not source.release.same_text(target.release)
    }
    records = ledger_reader.newest(list(moving.values()))
    ledger_reader.read_first([source for name, source in moving.items() if name not in records])
    choices = []
    for source, _ in pairs:
        name = source.app.name
        if name in moving:
            choice = _running_choice(source, records.get(name), ledger_reader)
            choices.append(_seen_before(choice, selection, ledger_reader))
        else:
            origin = Origin(source.environment.name, None, present=True)
            choices.append(Choice(source.app, source.release, origin))
    return tuple(choices)


def _seen_before(choice: Choice, selection: Selection, ledger_reader: LedgerReader) -> Choice:
    """Look whether a release that is brought past an environment ran there all the same."""
    needed = selection.targets[0].environment.source
    target = selection.in_before(choice.app)
    if target is None or (choice.origin and choice.origin.environment == needed):
        return choice
    record = ledger_reader.bringing(target, choice.release, tag=choice.release.images[0].tag)
    if record is None:
        return choice
    release = choice.release.completed_by(record.release)
    return Choice(choice.app, release, Origin(needed, record, present=False))


def _running_choice(source: Target, record: Record | None, ledger_reader: LedgerReader) -> Choice:
    """Return the release that runs in the source now, with what the ledger knows of it."""
    name = source.environment.name
    if record and source.brought_by(record):
        release = source.release.completed_by(record.release)
        return Choice(source.app, release, Origin(name, record, present=True))
    if record:
        # once an operation has written there, what differs from it was put there by hand, the
        # first value too
        return Choice(source.app, source.release, Origin(name, None, present=True))
    origin = Origin(
        name,
        None,
        present=True,
        adopted=ledger_reader.adopted(source),
        undone=ledger_reader.undone(source),
    )
    return Choice(source.app, source.release, origin)


def _deployed_release(target: Target) -> Release:
    for image in target.release.images:
        _check_tag_text(image, target)
    if target.release.fully_deployed:
        return target.release
    raise refusal(
        target,
        f"{target.app.name} runs nothing in {target.environment.name} yet: the tag in "
        f"{target.file} is empty",
        f"bring a release to {target.environment.name} first",
    )


def _check_tag_text(image: Image, target: Target) -> None:
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
