"""What a promotion from one environment to another would bring, from the ledger, the source and the
chart.
"""

from collections.abc import Sequence
from contextlib import ExitStack, suppress

import msgspec
from msgspec.structs import replace

from gitops_ci.adapters.checkout.history import SourceRepository, open_source
from gitops_ci.adapters.git import Repository
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitError, UsageError, ValuesError
from gitops_ci.base.redaction import one_line
from gitops_ci.model import check_results
from gitops_ci.model.difference import (
    BACKWARD,
    EMPTY,
    SAME,
    AppDifference,
    Difference,
    SourceChange,
    Sources,
    compare_link,
    revision_of,
    subject,
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
    repository: Repository, location: RepositoryLocation, request: DiffRequest, deadline: Deadline
) -> Difference:
    """Return what a promotion would bring; raises GitopsError for names that do not exist."""
    if request.first == request.second:
        raise UsageError(
            f"{one_line(request.first)} twice: nothing to compare",
            remedy="name two environments, for example: diff stage prod",
        )
    selection = _selection(repository, location, request)
    ledger_reader = LedgerReader(repository, selection.snapshot)
    pairs = environment_pairs(selection, ledger_reader)
    apps = releases_between(pairs, ledger_reader)
    apps = with_checks(repository, pairs, apps)
    apps = with_sources(pairs, apps, request.checkout, deadline)
    apart = [pair for pair in pairs if not pair.one_branch]
    charts = _charts(repository, selection, ledger_reader, apart)
    around = surrounding_changes(pairs, repository, selection.snapshot, ledger_reader)
    apps = [
        replace(app, carried=charts.get(app.app), unpromoted=unpromoted, by_hand=edited)
        for app, (unpromoted, edited) in zip(apps, around, strict=True)
    ]
    return Difference(request.first, request.second, not apart, tuple(apps), selection.notices)


def _selection(
    repository: Repository, location: RepositoryLocation, request: DiffRequest
) -> Selection:
    """Read both environments; what can't be read is left out with a notice, or refused if named."""
    environments = (request.first, request.second)
    survey = survey_deployments(repository, location, request.apps, environments)
    deployments = [each for each in survey.deployments if each.environment in environments]
    problems = {each.app: each.problem for each in deployments if each.problem}
    if request.apps and problems:
        name, problem = next(iter(problems.items()))
        raise ValuesError(
            f"{name} can't be compared: {problem}",
            remedy="correct the file, or path: and values: in gitops.yaml",
        )
    readable = [each.target for each in deployments if each.app not in problems]
    return Selection(
        survey.snapshot,
        targets=_in_environment(readable, request.second),
        sources=_in_environment(readable, request.first),
        notices=tuple(f"{name} left out: {problem}" for name, problem in problems.items()),
    )


def _in_environment(targets: Sequence[Target], name: str) -> tuple[Target, ...]:
    return tuple(target for target in targets if target.environment.name == name)


def with_checks(
    repository: Repository, pairs: Sequence[EnvironmentPair], apps: Sequence[AppDifference]
) -> list[AppDifference]:
    """Add the results that were recorded for each release."""
    commits = {step.record.commit for app in apps for step in app.steps if step.record}
    try:
        texts = repository.notes.read(commits).texts if commits else {}
    except GitError:
        texts = {}  # a server that keeps its notes to itself: then nothing is known of checks
    parsed = {commit: check_results.parse(text).results for commit, text in texts.items()}
    results = [result for each in parsed.values() for result in each]
    return [_with_checks(pair, app, results) for pair, app in zip(pairs, apps, strict=True)]


def _with_checks(
    pair: EnvironmentPair, app: AppDifference, results: Sequence[check_results.CheckResult]
) -> AppDifference:
    target = pair.second if app.direction == BACKWARD else pair.first
    environment = target.environment.name
    steps = []
    for step in app.steps:
        own = check_results.of_release(results, app.app, environment, step.release)
        newest = check_results.latest(own)
        steps.append(replace(step, checks=tuple(newest[name] for name in sorted(newest))))
    return replace(app, steps=tuple(steps))


def with_sources(
    pairs: Sequence[EnvironmentPair],
    apps: Sequence[AppDifference],
    checkout: str | None,
    deadline: Deadline,
) -> list[AppDifference]:
    """Add the commits of the source between what runs in both environments."""
    with ExitStack() as stack:
        source = None
        if checkout is not None:
            source = stack.enter_context(open_source(checkout or ".", deadline))
        elif any(app.direction not in {SAME, EMPTY} for app in apps):
            with suppress(GitError):  # nobody named it: then it need not be there
                source = stack.enter_context(open_source(".", deadline))
        return [
            app
            if app.direction in {SAME, EMPTY}
            else replace(app, sources=_sources(pair, app, source))
            for pair, app in zip(pairs, apps, strict=True)
        ]


def _sources(pair: EnvironmentPair, app: AppDifference, source: SourceRepository | None) -> Sources:
    old, new = revision_of(app.second), revision_of(app.first)
    if old is None or new is None:
        return Sources(old, new, note=_unknown_revisions(app))
    link = compare_link(pair.first.app, old, new)
    between = source.between(old, new, SHOWN_COMMITS) if source else None
    if between is None:
        why = (
            "the source repository here does not have both revisions"
            if source
            else "the source repository is not at hand"
        )
        return Sources(old, new, link=link, note=f"{why}: name a full checkout with --source")
    commits = tuple(
        SourceChange(
            commit.id,
            commit.time,
            one_line(commit.author),
            subject(commit.subject),
            len(commit.parents) > 1,
        )
        for commit in between.commits
    )
    return Sources(old, new, between.added, between.removed, commits, link)


def _unknown_revisions(app: AppDifference) -> str:
    unknown = [each for each in (app.second, app.first) if revision_of(each) is None]
    names = " and ".join(str(release) or "nothing" for release in unknown)
    return f"the source revision of {one_line(names)} is not known"


def _charts(
    repository: Repository,
    selection: Selection,
    ledger_reader: LedgerReader,
    pairs: Sequence[EnvironmentPair],
) -> dict[str, Chart]:
    """Return the charts that a promotion takes along to another branch."""
    if not pairs:
        return {}
    choices = [
        Choice(
            pair.first.app,
            pair.first.release,
            Origin(pair.first.environment.name, pair.first_record, present=True),
        )
        for pair in pairs
    ]
    moving = replace(
        selection,
        targets=tuple(pair.second for pair in pairs),
        sources=tuple(pair.first for pair in pairs),
    )
    return chart_promotion.charts_to_promote(repository, moving, choices, ledger_reader)
