"""Pure: how plans are called, by a hash of what they do, in the form of this version and in that of
0.1.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from gitops_ci.base import canonical
from gitops_ci.model.config import Environment
from gitops_ci.model.operation import Change, ChartEntry, Edit, Record
from gitops_ci.model.release import Image, Release

FIRST, FORM = 1, 2  # records of 0.1 have no number: they are of the first form
NOBODY = "none"  # as a prior: nobody recorded what stands there
_NAME = re.compile(r"(?:([0-9]{1,4}):)?([0-9a-f]{40,128})")


class PlanId(msgspec.Struct, frozen=True):
    """The hash of a plan in hexadecimal digits, and the form in which it was made."""

    form: int
    digest: str

    def __str__(self) -> str:
        """Return it as it is written in records of this version."""
        return f"{self.form}:{self.digest}"


def read(text: str | None) -> PlanId | None:
    """Return the id that a record or a person gives, whatever its case; None for a text that is no
    id in any form.
    """
    match = _NAME.fullmatch((text or "").strip().lower())
    return PlanId(int(match[1] or FIRST), match[2]) if match else None


def with_form(digest: str) -> str:
    """Return an id of this version's form as it is recorded."""
    return str(PlanId(FORM, digest))


def bare(text: str | None) -> str | None:
    """Return the hash alone of what a record says, as results show it.

    A text that is no id as it is.
    """
    plan_id = read(text)
    return plan_id.digest if plan_id else text


def form_of(record: Record) -> int | None:
    """Return the form of a record's id, None where it has none that can be read."""
    plan_id = read(record.plan)
    return plan_id.form if plan_id else None


def goes_back(form: int | None, before: Record | None) -> bool:
    """Tell whether a plan of this form would follow a record whose plan has a newer one.

    The older form says less of what was approved: whoever can make the newer one may not choose it.
    """
    newer = form_of(before) if before else None
    return form is not None and newer is not None and form < newer


def approves(text: str, digest: str) -> bool:
    """Tell whether what a person gives (``HEX``, or ``2:HEX`` as it is recorded) is this plan."""
    return text.strip().lower() in {digest, with_form(digest)}


def prior_of(record: Record | None, running: Release) -> str:
    """Return what a plan says of the newest record of the place that it changes.

    That is the record's id; where somebody wrote something else by hand since, it is no longer what
    deployed it. The record is named all the same: without it the same change after two hand edits
    would be the same plan.
    """
    if record is None:
        return NOBODY
    name = str(read(record.plan) or record.plan or "")
    return name if record.release.same_content(running) else f"{NOBODY} since {name}"


def identity(
    operation: str, overrides: Sequence[str], environment: Environment, changes: Sequence[Change]
) -> str:
    """Return the hash of what an approval is about, without what is not set.

    Not in it are the head commit, the time, the verdicts and the people. ``Change.prior`` is part
    of it where it is set.
    """
    document = {
        "form": FORM,
        "operation": operation,
        "policy": environment.policy,
        "apps": [_application(change) for change in _sorted(changes)],
        "overrides": sorted(set(overrides)) or None,
    }
    return canonical.digest(document)


def first_identity(
    operation: str, overrides: Sequence[str], environment: Environment, changes: Sequence[Change]
) -> str:
    """Return the hash as version 0.1 made it, to verify what it recorded."""
    document: dict[str, Any] = {
        "operation": operation,
        "policy": environment.first_policy,
        "apps": [_first_application(change) for change in _sorted(changes)],
    }
    if overrides:
        document["overrides"] = sorted(set(overrides))
    return canonical.plain_digest(document)


def fits(record: Record, environment: Environment, changes: Sequence[Change]) -> bool:
    """Tell whether the id that a record gives is the one of these changes, in the record's own
    form.

    The changes are all of the operation, with the ``prior`` that each of them really had. Where
    nobody has to approve, the plan may have been made without looking for it.
    """
    plan_id = read(record.plan)
    if plan_id is None:
        return False
    overrides = (*record.overrides, *record.unused_overrides)
    if plan_id.form == FIRST:
        return plan_id.digest == first_identity(record.operation, overrides, environment, changes)
    if plan_id.form != FORM:
        return False
    if plan_id.digest == identity(record.operation, overrides, environment, changes):
        return True
    alone = [replace(change, prior=None) for change in changes]
    return environment.approval is None and plan_id.digest == identity(
        record.operation, overrides, environment, alone
    )


def _sorted(changes: Sequence[Change]) -> list[Change]:
    return sorted(changes, key=lambda change: change.app.name)


def _application(change: Change) -> dict[str, Any]:
    return {
        "app": change.app.name,
        "environment": change.environment.name,
        "branch": change.branch,
        "prior": change.prior,
        "images": [_image(image) for image in change.after.images],
        "edits": [_edit(edit) for edit in _edits(change)] or None,
        "carried": [_carried(chart_entry) for chart_entry in change.carried] or None,
    }


def _image(image: Image) -> dict[str, Any]:
    return {
        "repository": image.repository or None,
        "tag": image.tag or None,
        "digest": image.digest,
    }


def _edits(change: Change) -> list[Edit]:
    """Return the edits without those that only add quotes: earlier versions left these out."""
    return [edit for edit in change.edits if edit.changes_text]


def _edit(edit: Edit) -> dict[str, Any]:
    return {"file": edit.file, "key": str(edit.key), "before": edit.before, "after": edit.after}


def _carried(chart_entry: ChartEntry) -> dict[str, Any]:
    return {
        "path": chart_entry.path,
        "mode": chart_entry.mode,
        "before": chart_entry.before,
        "after": chart_entry.after,
    }


def _first_application(change: Change) -> dict[str, Any]:
    chart = (
        {
            "carried": [
                [chart_entry.path, chart_entry.mode, chart_entry.before, chart_entry.after]
                for chart_entry in change.carried
            ]
        }
        if change.carried
        else {}
    )
    return {
        **chart,
        "app": change.app.name,
        "environment": change.environment.name,
        "branch": change.branch,
        "images": [[image.repository, image.tag, image.digest] for image in change.after.images],
        "edits": [[edit.file, str(edit.key), edit.before, edit.after] for edit in _edits(change)],
    }
