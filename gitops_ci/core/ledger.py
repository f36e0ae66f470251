"""Pure: operations <-> commit messages; the trailers of the Git history are the ledger."""

import re
from collections.abc import Iterable, Sequence

from gitops_ci.base.errors import GitopsError
from gitops_ci.base.redaction import one_line, redact
from gitops_ci.core import plan_id
from gitops_ci.model.image_reference import parse_reference
from gitops_ci.model.operation import (
    OVERRIDDEN,
    PROMOTE,
    ROLLBACK,
    Actor,
    Change,
    Plan,
    Record,
    Verdict,
)
from gitops_ci.model.release import Image, Release

PREFIX = "Gitops-"
LONGEST_VALUE = 1000
_INDENTED = "    "
_TRAILER = re.compile(r"Gitops-([A-Za-z-]+): ?(.*)")
Trailers = list[tuple[str, str]]


def message(
    plan: Plan,
    verdicts: Sequence[Verdict],
    actor: Actor,
    policy_commit: str,
    *,
    checks: str | None = None,
    skip_ci: bool = False,
) -> str:
    """Return the commit message of an operation: a subject, and the facts as Git trailers.

    With one application its trailers stand in the order of the contract; with several, the shared
    ones come before the first ``Gitops-App``, which opens a group. ``checks`` is the commit of the
    notes that were read.
    """
    changes = plan.changes
    shared = _shared(plan, verdicts, actor, policy_commit)
    lines: Trailers = [("Operation", plan.operation)]
    if len(changes) == 1:
        lines += (
            _group(plan, changes[0], actor)
            + shared[:2]
            + _judged(verdicts, changes[0].app.name, checks)
            + shared[2:]
        )
    else:
        lines += shared
        for change in changes:
            lines += _group(plan, change, actor) + _judged(verdicts, change.app.name, checks)
    subject = sanitised(_subject(plan)) + (" [skip ci]" if skip_ci else "")
    return (
        subject
        + "\n\n"
        + "".join(f"{PREFIX}{key}: {sanitised(value)}\n" for key, value in lines if value)
    )


def sanitised(value: str) -> str:
    """Return a value as one line without secrets and control characters: it can't forge a
    trailer.
    """
    return one_line(redact(value))[:LONGEST_VALUE]


def records(commit: str, parents: Sequence[str], time: int, text: str) -> list[Record]:
    """Return what a commit's trailers claim, application by application; nothing is verified here.

    A squash may hold several operations. A merge claims nothing: the commits that it brings speak
    for themselves, and servers copy their text into its message.
    """
    if len(parents) > 1 or "Gitops-Operation:" not in text:
        return []
    return [
        record
        for trailers in _operations(text)
        for shared, groups in [_groups(trailers)]
        for group in groups
        if (record := _record(commit, parents[0] if parents else None, time, shared, group))
        is not None
    ]


def _subject(plan: Plan) -> str:
    who = (
        plan.changes[0].app.name if len(plan.changes) == 1 else f"{len(plan.changes)} applications"
    )
    where = plan.environment.name
    one = plan.changes[0] if len(plan.changes) == 1 else None
    what = f" {one.after}" if one else ""
    if plan.operation == PROMOTE and plan.source:
        return f"promote({who}): {plan.source} -> {where}{what}"
    if plan.operation == ROLLBACK and one:
        return f"rollback({who}): {where} {one.before} -> {one.after}"
    return f"{plan.operation}({who}): {where}{what}"


def _group(plan: Plan, change: Change, actor: Actor) -> Trailers:
    release = change.after
    source = (change.origin.environment if change.origin else None) or plan.source
    lines: Trailers = [("App", change.app.name), ("Environment", change.environment.name)]
    if plan.kind.from_before and source:
        lines.append(("From", source))
    lines += [("Image", with_repository(image, change.app.name)) for image in release.images]
    lines += [
        ("Previous", with_repository(image, change.app.name))
        for image in change.before.images
        if image.deployed
    ]
    lines.append(("Source-Revision", release.source_revision or ""))
    lines += [("Source-Author", author) for author in release.source_authors]
    lines.append(("Build-Url", release.build_url or actor.build_url or ""))
    if release.build_url and actor.build_url not in {None, release.build_url}:
        lines.append(("Job-Url", actor.build_url or ""))
    if change.chart:
        lines.append(("Chart", change.chart.commit))
    return lines


def _shared(plan: Plan, verdicts: Sequence[Verdict], actor: Actor, policy_commit: str) -> Trailers:
    lines: Trailers = [("Plan", plan_id.with_form(plan.id)), ("Policy", policy_commit)]
    lines += [("Requested-By", name) for name in actor.requesters]
    lines += [("Approved-By", person) for person in actor.approved_by]
    used = dict.fromkeys(verdict.gate for verdict in verdicts if verdict.state == OVERRIDDEN)
    lines += [("Override", gate) for gate in used]
    # what was asked for and opened nothing is none, but the plan that was approved has it
    lines += [
        ("Override-Unused", gate) for gate in dict.fromkeys(actor.overrides) if gate not in used
    ]
    lines.append(("Reason", actor.reason or ""))
    return lines


def _judged(verdicts: Iterable[Verdict], app: str, checks: str | None) -> Trailers:
    words = [
        f"{verdict.gate}={verdict.state}" + (f"({verdict.measure})" if verdict.measure else "")
        for verdict in verdicts
        if verdict.app == app
    ]
    return [("Gate", " ".join(words)), ("Checks", checks or "")]


def with_repository(image: Image, app: str) -> str:
    """Return an image with a repository, because a reference has one: the application's name where
    none is known.
    """
    name = "-".join(re.findall("[a-z0-9]+", app.lower()))
    return str(image if image.repository else Image(name, image.tag, image.digest))


def _operations(text: str) -> list[Trailers]:
    """Return the trailers of each operation that a message holds, wherever they stand.

    A squash on a server puts lines behind them (``See merge request``, ``Co-authored-by``) or
    operations one after the other; that of `git merge --squash` indents them. A block ends with an
    empty line, or where the next one begins.
    """
    found: list[Trailers] = []
    inside = False
    for line in text.split("\n"):
        match = _TRAILER.fullmatch(line.rstrip("\r").removeprefix(_INDENTED))
        inside = (inside and bool(line.strip())) or bool(match and match[1] == "Operation")
        if match and match[1] == "Operation":
            found.append([])
        if inside and match:
            found[-1].append((match[1], match[2]))
    return found


def _groups(trailers: Trailers) -> tuple[Trailers, list[Trailers]]:
    shared: Trailers = []
    groups: list[Trailers] = []
    for key, value in trailers:
        if key == "App":
            groups.append([])
        (groups[-1] if groups else shared).append((key, value))
    return shared, groups


def _record(
    commit: str, parent: str | None, time: int, shared: Trailers, group: Trailers
) -> Record | None:
    lines = shared + group
    operation, app, environment = (
        _first(lines, key) for key in ("Operation", "App", "Environment")
    )
    images = _images(lines, "Image")
    if not (operation and app and environment and images):
        return None
    release = Release(
        images,
        source_revision=_first(lines, "Source-Revision"),
        source_authors=tuple(value for key, value in lines if key == "Source-Author"),
        build_url=_first(lines, "Build-Url"),
    )
    return Record(
        commit=commit,
        parent=parent,
        time=time,
        operation=operation,
        app=app,
        environment=environment,
        release=release,
        source=_first(lines, "From"),
        previous=_images(lines, "Previous") or (),
        plan=_first(lines, "Plan"),
        requesters=tuple(value for key, value in lines if key == "Requested-By" and value),
        chart=_first(lines, "Chart"),
        approved_by=tuple(value for key, value in lines if key == "Approved-By"),
        reason=_first(lines, "Reason"),
        overrides=tuple(value for key, value in lines if key == "Override"),
        unused_overrides=tuple(value for key, value in lines if key == "Override-Unused"),
        gates=dict(
            word.partition("=")[::2]
            for key, value in lines
            if key == "Gate"
            for word in value.split()
        ),
        policy=_first(lines, "Policy"),
        checks=_first(lines, "Checks"),
        job_url=_first(lines, "Job-Url"),
    )


def _first(lines: Trailers, key: str) -> str | None:
    return next((value for name, value in lines if name == key and value), None)


def _images(lines: Trailers, key: str) -> tuple[Image, ...] | None:
    """Return the images that lines name, None where one of them is damaged, forged, or was no image
    before either.
    """
    try:
        references = [parse_reference(value) for name, value in lines if name == key]
    except GitopsError:
        return None
    return tuple(
        Image(image_reference.repository, image_reference.tag or "", image_reference.digest)
        for image_reference in references
    )


def made_by(record: Record, before: Release | None, after: Release | None) -> bool:
    """Tell whether the commit's own diff makes the change that its trailers claim: reverts and
    squashes copy text.

    No operation adds a values file, and an adoption leaves the tags as they are.
    """
    if before is None or after is None or not after.satisfies(record.release):
        return False
    if record.kind.keeps_release:
        return [image.tag for image in before.images] == [image.tag for image in after.images]
    return not before.same_text(after)


def does(record: Record, before: Release | None, after: Release | None) -> bool:
    """Tell whether a commit does what its record says, a release or a chart alone.

    Only such a record can be the one that a plan follows.
    """
    return made_by(record, before, after) or chart_alone(record, before, after)


def chart_alone(record: Record, before: Release | None, after: Release | None) -> bool:
    """Tell whether a record can be that of a chart alone: no release moved that could be verified,
    its claim has to do.
    """
    if record.chart is None or before is None or after is None:
        return False
    return before.satisfies(record.release) and after.satisfies(record.release)
