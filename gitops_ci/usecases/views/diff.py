"""What a promotion from one environment to another would bring, from the ledger, the source and the
chart.
"""

from collections.abc import Sequence
from contextlib import ExitStack

import msgspec
from msgspec.structs import replace

from gitops_ci.adapters.checkout.history import SourceRepository, open_source
from gitops_ci.adapters.git import Repository
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitError, UsageError, ValuesError
from gitops_ci.base.redaction import one_line
from gitops_ci.model import check_results
from gitops_ci.model import difference as difference_model
from gitops_ci.model.difference import (
    BACKWARD,
    EMPTY,
    SAME,
    AppDifference,
    Difference,
    ReleaseChange,
    Sources,
)
from gitops_ci.model.operation import Chart, Choice, Origin, Target
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.operation import chart_promotion
from gitops_ci.usecases.operation.snapshot import Selection
from gitops_ci.usecases.views.changed_files import surrounding_changes
from gitops_ci.usecases.views.deployments import survey_deployments
from gitops_ci.usecases.views.releases_between import (
    EnvironmentPair,
    environment_pairs,
    releases_between,
)

SHOWN_COMMITS = 200  # of the source, for one application


class DiffRequest(msgspec.Struct, frozen=True):
    """From ``first`` to ``second``; no ``apps``: all of them. ``checkout`` None: the current
    folder, if the source is there.
    """

    first: str
    second: str
    apps: tuple[str, ...] = ()
    checkout: str | None = None


def difference(
    repository: Repository, location: RepositoryLocation, ask: DiffRequest, deadline: Deadline
) -> Difference:
    """Return what a promotion would bring; raises GitopsError when something asked for does not
    exist.
    """
    selection = _selection(repository, location, ask)
    ledger_reader = LedgerReader(repository, selection.snapshot)
    pairs = environment_pairs(selection, ledger_reader)
    apps = releases_between(pairs, ledger_reader)
    apps = with_checks(repository, pairs, apps)
    apps = with_sources(pairs, apps, ask.checkout, deadline)
    charts = _carried(
        repository, selection, ledger_reader, [pair for pair in pairs if not pair.one_branch]
    )
    around = surrounding_changes(
        [(pair.first, pair.second, pair.since) for pair in pairs],
        repository,
        selection.snapshot,
        ledger_reader,
    )
    apps = [
        replace(app, carried=charts.get(app.app), unpromoted=unpromoted, by_hand=edited)
        for app, (unpromoted, edited) in zip(apps, around, strict=True)
    ]
    one_branch = all(pair.one_branch for pair in pairs)
    return Difference(ask.first, ask.second, one_branch, tuple(apps), selection.notices)


def _selection(repository: Repository, location: RepositoryLocation, ask: DiffRequest) -> Selection:
    """Read both environments; what can't be read is left out with a notice, or refused where it was
    named.
    """
    if ask.first == ask.second:
        raise UsageError(
            f"{one_line(ask.first)} twice: nothing to compare",
            remedy="name two environments, for example: diff stage prod",
        )
    survey = survey_deployments(repository, location, ask.apps, (ask.first, ask.second))
    spots = [
        spot for spot in survey.spots if spot.target.environment.name in {ask.first, ask.second}
    ]
    problems = {spot.target.app.name: spot.problem for spot in spots if spot.problem}
    if ask.apps and problems:
        name, problem = next(iter(problems.items()))
        raise ValuesError(
            f"{name} can't be compared: {problem}",
            remedy="correct the file, or path: and values: in gitops.yaml",
        )
    targets = [spot.target for spot in spots if spot.target.app.name not in problems]
    return Selection(
        survey.snapshot,
        targets=tuple(target for target in targets if target.environment.name == ask.second),
        sources=tuple(target for target in targets if target.environment.name == ask.first),
        notices=tuple(f"{name} left out: {problem}" for name, problem in problems.items()),
    )


def with_checks(
    repository: Repository, pairs: Sequence[EnvironmentPair], apps: Sequence[AppDifference]
) -> list[AppDifference]:
    """Add the results that were recorded for each release."""
    commits = {step.record.commit for app in apps for step in app.steps if step.record}
    try:
        texts = repository.notes(commits).texts if commits else {}
    except GitError:
        texts = {}  # a server that keeps its notes to itself: then nothing is known of checks
    parsed = {commit: check_results.parse(text).results for commit, text in texts.items()}
    everything = [result for results in parsed.values() for result in results]

    def told(step: ReleaseChange, app: str, environment: str) -> ReleaseChange:
        found = check_results.of_release(everything, app, environment, step.release)
        newest = check_results.latest(found)
        return replace(step, checks=tuple(newest[name] for name in sorted(newest)))

    return [
        replace(
            app,
            steps=tuple(
                told(step, app.app, _where(pair, app).environment.name) for step in app.steps
            ),
        )
        for pair, app in zip(pairs, apps, strict=True)
    ]


def _where(pair: EnvironmentPair, app: AppDifference) -> Target:
    return pair.second if app.direction == BACKWARD else pair.first


def with_sources(
    pairs: Sequence[EnvironmentPair],
    apps: Sequence[AppDifference],
    checkout: str | None,
    deadline: Deadline,
) -> list[AppDifference]:
    """Add the commits of the source between what runs in both environments."""
    moving = any(app.direction not in {SAME, EMPTY} for app in apps)
    with ExitStack() as stack:
        source = None
        if moving or checkout is not None:
            try:
                source = stack.enter_context(open_source(checkout or ".", deadline))
            except GitError:
                if checkout is not None:
                    raise
        return [
            app
            if app.direction in {SAME, EMPTY}
            else replace(app, sources=_sources(pair, app, source))
            for pair, app in zip(pairs, apps, strict=True)
        ]


def _sources(pair: EnvironmentPair, app: AppDifference, source: SourceRepository | None) -> Sources:
    old, new = (difference_model.revision_of(release) for release in (app.second, app.first))
    if old is None or new is None:
        missing = " and ".join(
            str(release) or "nothing"
            for release, known in ((app.second, old), (app.first, new))
            if not known
        )
        return Sources(old, new, note=f"the source revision of {one_line(missing)} is not known")
    link = difference_model.compare_link(pair.first.app, old, new)
    between = source.between(old, new, SHOWN_COMMITS) if source else None
    if between is None:
        why = (
            "the source repository here does not have both revisions"
            if source
            else "the source repository is not at hand"
        )
        return Sources(old, new, link=link, note=f"{why}: name a full checkout with --source")
    commits = tuple(
        difference_model.SourceChange(
            log_entry.id,
            log_entry.time,
            one_line(log_entry.author),
            difference_model.subject(log_entry.subject),
            len(log_entry.parents) > 1,
        )
        for log_entry in between.commits
    )
    return Sources(old, new, between.added, between.removed, commits, link)


def _carried(
    repository: Repository,
    selection: Selection,
    ledger_reader: LedgerReader,
    pairs: Sequence[EnvironmentPair],
) -> dict[str, Chart]:
    """Return the charts that a promotion takes along to another branch."""
    if not pairs:
        return {}
    some = replace(
        selection,
        targets=tuple(pair.second for pair in pairs),
        sources=tuple(pair.first for pair in pairs),
    )
    choices = [
        Choice(
            pair.first.app,
            pair.first.release,
            Origin(pair.first.environment.name, pair.brought, present=True),
        )
        for pair in pairs
    ]
    return chart_promotion.charts_to_promote(repository, some, choices, ledger_reader)
