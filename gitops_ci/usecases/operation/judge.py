"""A plan of the snapshot, and what the gates say of it: one way for operations, and for what status
holds against them.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from gitops_ci.adapters.git import Repository
from gitops_ci.core import gates, plan
from gitops_ci.core.gates.gate import FactKind, Facts
from gitops_ci.model.image_reference import ImageReference
from gitops_ci.model.operation import Chart, Choice, Plan, Request, Verdict
from gitops_ci.model.release import Fact, Known, Release
from gitops_ci.usecases.facts import FactQuery, FactReaders, digests
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.operation.select_release import select_releases
from gitops_ci.usecases.operation.snapshot import Selection


class JudgedPlan(msgspec.Struct, frozen=True):
    """What the gates say of a plan, and the facts that they asked for."""

    facts: Facts
    verdicts: tuple[Verdict, ...]


def make_plan(
    repository: Repository,
    request: Request,
    selection: Selection,
    ledger_reader: LedgerReader,
    readers: FactReaders,
) -> Plan:
    """Choose the releases, and return what would change; raises GitopsError where that can't be
    planned.
    """
    choices: Sequence[Choice] = select_releases(request, selection, ledger_reader)
    charts: Mapping[str, Chart] = {}
    if request.kind.from_before and selection.targets[0].environment.approval:
        from gitops_ci.usecases.operation.recorded_verdicts import judged_origins

        choices = judged_origins(choices, selection.snapshot, ledger_reader)
    if request.kind.fills_digests:
        choices = _with_digests(request, selection, choices, readers)
    if request.kind.carries_chart:
        # a plain update carries nothing: its start is most of its time
        from gitops_ci.usecases.operation import chart_promotion

        charts = chart_promotion.charts_to_promote(repository, selection, choices, ledger_reader)
    return plan.make(request, selection.targets, choices, selection.snapshot.files, charts)


def judge(
    query: FactQuery, readers: FactReaders, *, also: Collection[FactKind[Any]] = ()
) -> JudgedPlan:
    """Read the facts that the gates ask for, with ``also`` those that a person wants to see, and
    return the verdicts.

    Raises GitopsError when the history can't be read.
    """
    planned, actor = query.plan, query.request.actor
    kinds = {*gates.facts_asked(planned, actor), *also} if planned.changes else ()
    facts = readers.read(kinds, query)
    return JudgedPlan(facts, gates.judge(planned, query.selection.snapshot.config, facts, actor))


def _with_digests(
    request: Request, selection: Selection, choices: Sequence[Choice], readers: FactReaders
) -> tuple[Choice, ...]:
    """Fill in digests that nobody brought: update and adopt record what the registry has now."""
    policy = selection.targets[0].environment.verify_digest
    if policy == "off":
        return tuple(choices)
    image_references = [
        reference
        for choice in choices
        for image, reference in zip(
            choice.release.images, plan.references(choice.release), strict=True
        )
        if reference and not image.digest
    ]
    required = policy == "required" or request.kind.keeps_release
    facts = readers.of(digests.Reader).digests(image_references, required=required)
    return tuple(replace(choice, release=_with_facts(choice.release, facts)) for choice in choices)


def _with_facts(release: Release, facts: Mapping[ImageReference, Fact]) -> Release:
    values = []
    for reference in plan.references(release):
        fact = facts.get(reference) if reference else None
        values.append(fact.value if isinstance(fact, Known) else None)
    return release.with_digests(values)
