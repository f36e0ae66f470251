"""Pure: operations <-> commit messages; the trailers of the Git history are the ledger."""

import re
from collections.abc import Iterable, Sequence

from gitops_ci.base.errors import GitopsError
from gitops_ci.base.redaction import one_line, redact
from gitops_ci.core import plan_id
from gitops_ci.core.release_values import without_found_digests
from gitops_ci.model.config import App
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
    shared = _shared(plan, verdicts, actor, policy_commit)
    groups = [
        (_group(plan, change, actor), _gates(verdicts, change.app.name, checks))
        for change in plan.changes
    ]
    lines: Trailers = [("Operation", plan.operation)]
    if len(groups) == 1:
        [(group, gates)] = groups
        lines += group + shared[:2] + gates + shared[2:]
    else:
        lines += shared
        for group, gates in groups:
            lines += group + gates
    subject = sanitised(_subject(plan)) + (" [skip ci]" if skip_ci else "")
    trailers = [f"{PREFIX}{key}: {sanitised(value)}\n" for key, value in lines if value]
    return f"{subject}\n\n{''.join(trailers)}"


def sanitised(value: str) -> str:
    """Return a value as one line without secrets and control characters.

    It can't forge a trailer.
    """
    return one_line(redact(value))[:LONGEST_VALUE]


def records(commit: str, parents: Sequence[str], time: int, text: str) -> list[Record]:
    """Return what a commit's trailers claim, application by application; nothing is verified here.

    A squash may hold several operations. A merge claims nothing: the commits that it brings speak
    for themselves, and servers copy their text into its message.
    """
    if len(parents) > 1 or "Gitops-Operation:" not in text:
        return []
    parent = parents[0] if parents else None
    claims: list[Record | None] = []
    for trailers in operations(text):
        shared, groups = _groups(trailers)
        claims += [_record(commit, parent, time, shared + group) for group in groups]
    return [record for record in claims if record is not None]


def _subject(plan: Plan) -> str:
    where = plan.environment.name
    change = plan.changes[0] if len(plan.changes) == 1 else None
    who = change.app.name if change else f"{len(plan.changes)} applications"
    what = f" {change.after}" if change else ""
    if plan.operation == PROMOTE and plan.source:
        return f"promote({who}): {plan.source} -> {where}{what}"
    if plan.operation == ROLLBACK and change:
        return f"rollback({who}): {where} {change.before} -> {change.after}"
    return f"{plan.operation}({who}): {where}{what}"


def _group(plan: Plan, change: Change, actor: Actor) -> Trailers:
    app, release = change.app.name, change.after
    deployed = [image for image in change.before.images if image.deployed]
    return [
        ("App", app),
        ("Environment", change.environment.name),
        ("From", _source(plan, change)),
        *(("Image", with_repository(image, app)) for image in release.images),
        *(("Previous", with_repository(image, app)) for image in deployed),
        ("Source-Revision", release.source_revision or ""),
        *(("Source-Author", author) for author in release.source_authors),
        *_build_urls(release, actor),
        ("Chart", change.chart.commit if change.chart else ""),
    ]


def _source(plan: Plan, change: Change) -> str:
    if not plan.kind.from_before:
        return ""
    return (change.origin.environment if change.origin else None) or plan.source or ""


def _build_urls(release: Release, actor: Actor) -> Trailers:
    """Return the URL of the build that made the release, and that of the job which moves it where
    it is another one.
    """
    job = actor.build_url or ""
    build = release.build_url or job
    return [("Build-Url", build), ("Job-Url", "" if job == build else job)]


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


def _gates(verdicts: Iterable[Verdict], app: str, checks: str | None) -> Trailers:
    states = [
        f"{verdict.gate}={verdict.state}" + (f"({verdict.measure})" if verdict.measure else "")
        for verdict in verdicts
        if verdict.app == app
    ]
    return [("Gate", " ".join(states)), ("Checks", checks or "")]


def with_repository(image: Image, app: str) -> str:
    """Return an image with a repository, because a reference has one: the application's name where
    none is known.
    """
    name = "-".join(re.findall("[a-z0-9]+", app.lower()))
    return str(image if image.repository else Image(name, image.tag, image.digest))


def operations(text: str) -> list[Trailers]:
    """Return the trailers of each operation that a message holds, wherever they stand.

    A squash on a server puts lines behind them (``See merge request``, ``Co-authored-by``) or
    operations one after the other; that of `git merge --squash` indents them. A block ends with an
    empty line, or where the next one begins.
    """
    operations: list[Trailers] = []
    inside = False
    for line in text.split("\n"):
        match = _TRAILER.fullmatch(line.rstrip("\r").removeprefix(_INDENTED))
        if match and match[1] == "Operation":
            operations.append([])
            inside = True
        elif not line.strip():
            inside = False
        if inside and match:
            operations[-1].append((match[1], match[2]))
    return operations


def _groups(trailers: Trailers) -> tuple[Trailers, list[Trailers]]:
    shared: Trailers = []
    groups: list[Trailers] = []
    for key, value in trailers:
        if key == "App":
            groups.append([])
        (groups[-1] if groups else shared).append((key, value))
    return shared, groups


def _record(commit: str, parent: str | None, time: int, trailers: Trailers) -> Record | None:
    operation = _first(trailers, "Operation")
    app = _first(trailers, "App")
    environment = _first(trailers, "Environment")
    images = _images(trailers, "Image")
    if not (operation and app and environment and images):
        return None
    return Record(
        commit=commit,
        parent=parent,
        time=time,
        operation=operation,
        app=app,
        environment=environment,
        release=Release(
            images,
            source_revision=_first(trailers, "Source-Revision"),
            source_authors=_all(trailers, "Source-Author"),
            build_url=_first(trailers, "Build-Url"),
        ),
        source=_first(trailers, "From"),
        previous=_images(trailers, "Previous") or (),
        plan=_first(trailers, "Plan"),
        requesters=tuple(filter(None, _all(trailers, "Requested-By"))),
        chart=_first(trailers, "Chart"),
        approved_by=_all(trailers, "Approved-By"),
        reason=_first(trailers, "Reason"),
        overrides=_all(trailers, "Override"),
        unused_overrides=_all(trailers, "Override-Unused"),
        gates=_gate_states(trailers),
        policy=_first(trailers, "Policy"),
        checks=_first(trailers, "Checks"),
        job_url=_first(trailers, "Job-Url"),
    )


def _gate_states(trailers: Trailers) -> dict[str, str]:
    words = " ".join(_all(trailers, "Gate")).split()
    return dict(word.partition("=")[::2] for word in words)


def _all(trailers: Trailers, key: str) -> tuple[str, ...]:
    return tuple(value for name, value in trailers if name == key)


def _first(trailers: Trailers, key: str) -> str | None:
    return next(filter(None, _all(trailers, key)), None)


def _images(trailers: Trailers, key: str) -> tuple[Image, ...] | None:
    """Return the images that trailers name; None where one of them is damaged or forged, or was no
    image before either.
    """
    try:
        references = [parse_reference(value) for value in _all(trailers, key)]
    except GitopsError:
        return None
    return tuple(
        Image(reference.repository, reference.tag or "", reference.digest)
        for reference in references
    )


def made_by(record: Record, before: Release | None, after: Release | None) -> bool:
    """Tell whether the commit's own diff makes the change that its trailers claim: reverts and
    squashes copy text.

    No operation adds a values file, an adoption leaves the tags as they are, and of what was
    retired nothing stays.
    """
    if record.kind.removes:
        return before is not None and after is None and before.satisfies(record.release)
    if before is None or after is None or not after.satisfies(record.release):
        return False
    if record.kind.keeps_release:
        return [image.tag for image in before.images] == [image.tag for image in after.images]
    return not before.same_text(after)


def carried_out(record: Record, app: App, before: Release | None, after: Release | None) -> bool:
    """Tell the same of a record that an older version may have made, which left digests alone that
    gitops.yaml does not name.
    """
    if made_by(record, before, after):
        return True
    ends = [release and without_found_digests(release, app) for release in (before, after)]
    return ends != [before, after] and made_by(record, *ends)


def does(record: Record, app: App, before: Release | None, after: Release | None) -> bool:
    """Tell whether a commit does what its record says, a release or a chart alone.

    Only such a record can be the one that a plan follows.
    """
    return carried_out(record, app, before, after) or chart_alone(record, before, after)


def chart_alone(record: Record, before: Release | None, after: Release | None) -> bool:
    """Tell whether a record can be that of a chart alone: no release moved that could be verified,
    its claim has to do.
    """
    if record.chart is None or before is None or after is None:
        return False
    return before.satisfies(record.release) and after.satisfies(record.release)


def came_too_late(record: Record, made: int, stands: Record, since: int) -> bool:
    """Tell whether a merge may leave an operation out, because another one, which does not know it
    and is not known by it, had come to the branch before it was merged.

    A proposal is ``made`` of what stands on the branch: what it does not know came there later.
    Both times are in seconds since the epoch. What a rollback took back does not come back so.
    """
    if record.kind.goes_back and _tags(record.previous) == _tags(stands.release.images):
        return False
    return since >= made


def _tags(images: Iterable[Image]) -> list[str]:
    return [image.tag for image in images]
