"""``jobs diff`` and ``jobs apply``: what differs on the controller, and making it as it is
defined.
"""

from collections.abc import Callable
from xml.etree.ElementTree import Element

import msgspec

from gitops_ci.adapters.jenkins import Controller, JenkinsError, UncertainError, jobs
from gitops_ci.base.errors import GitopsError
from gitops_ci.base.redaction import one_line
from gitops_ci.base.retry import Retry
from gitops_ci.core.promotion_job import document
from gitops_ci.core.promotion_job.definition import Definition, owner, same_repository
from gitops_ci.core.promotion_job.meaning import (
    description_of,
    difference,
    foreign_properties,
    meaning,
    parse,
    with_foreign_properties,
)
from gitops_ci.model.promotion_builds import CHANGE, CREATE, SAME, ApplyOutcome, JobChange

_FIRST_PAUSE = 1.0


def compare(controller: Controller, definition: Definition, *, adopt: bool) -> ApplyOutcome:
    """Return what would be done; raises JenkinsError for a job that is not this repository's,
    unless it is adopted.
    """
    return _compared(controller, definition, adopt)[0]


def apply(controller: Controller, definition: Definition, *, adopt: bool) -> ApplyOutcome:
    """Make folders and job as they are defined, and read back what Jenkins stored; nothing is sent
    where nothing differs.

    Raises JenkinsError, UnavailableError.
    """
    outcome, existing = _compared(controller, definition, adopt)
    for step in outcome.steps:
        path = tuple(step.name.split("/"))
        if step.kind == "folder" and step.action == CREATE:
            _make_folder(controller, path, definition.repo)
        elif step.action != SAME:
            _write(controller, definition, existing)
    return msgspec.structs.replace(outcome, done=outcome.differs)


def _compared(
    controller: Controller, definition: Definition, adopt: bool
) -> tuple[ApplyOutcome, Element | None]:
    missing = _missing_folders(controller, definition.path[:-1])
    element = document.job(definition)
    existing = None if missing else _stored(controller, definition)
    if existing is not None:
        _check_ours(definition, existing, adopt)
    diff = difference(existing, element, definition.name)
    action = CREATE if existing is None else CHANGE if diff else SAME
    kept = tuple(each.tag for each in foreign_properties(existing)) if existing is not None else ()
    steps = [JobChange("/".join(path), "folder", CREATE) for path in missing]
    return ApplyOutcome(
        controller.url, (*steps, JobChange(definition.name, "job", action)), diff, kept
    ), existing


def _missing_folders(controller: Controller, folders: tuple[str, ...]) -> list[tuple[str, ...]]:
    paths = [folders[: length + 1] for length in range(len(folders))]
    for index, path in enumerate(paths):
        kind = jobs.kind_of(controller, path)
        if kind is None:
            return paths[index:]
        if kind and kind != document.FOLDER:
            raise JenkinsError(
                f"{'/'.join(path)} on {controller.url} is no folder but a "
                f"{one_line(kind.rpartition('.')[2])}",
                remedy="give another folder: folder: under jenkins: in gitops.yaml, or --folder",
            )
    return []


def _stored(controller: Controller, definition: Definition) -> Element | None:
    text = jobs.configuration(controller, definition.path)
    return None if text is None else parse(text, definition.name)


def _check_ours(definition: Definition, existing: Element, adopt: bool) -> None:
    """Refuse a job of that name that somebody else, or another repository, has made."""
    if existing.tag != document.JOB:
        raise JenkinsError(
            f"{definition.name} is no pipeline job but a "
            f"{one_line(existing.tag.rpartition('.')[2])}",
            remedy="give another name: job: under jenkins: in gitops.yaml, or --job",
        )
    marked = owner(description_of(existing))
    if adopt or (marked and same_repository(marked, definition.repo)):
        return
    whose = f"belongs to {one_line(marked)}" if marked else "was not made by gitops-ci"
    raise JenkinsError(
        f"the job {definition.name} exists already and {whose}: it is left alone",
        remedy="give another folder or job under jenkins: in gitops.yaml; or --adopt, which "
        "replaces what it does",
    )


def _make_folder(controller: Controller, path: tuple[str, ...], repo: str) -> None:
    text = document.to_text(document.folder(path[-1], repo))
    _until(
        controller,
        lambda: jobs.create(controller, path, text),
        lambda: jobs.kind_of(controller, path) == document.FOLDER,
        f"Jenkins does not have the folder {'/'.join(path)} after it was made",
    )


def _write(controller: Controller, definition: Definition, existing: Element | None) -> None:
    element = document.job(definition)
    text = document.to_text(
        with_foreign_properties(element, existing) if existing is not None else element
    )

    def send() -> None:
        (jobs.create if existing is None else jobs.replace)(controller, definition.path, text)

    def as_wanted() -> bool:
        stored = _stored(controller, definition)
        return stored is not None and meaning(stored) == meaning(element)

    _until(
        controller, send, as_wanted, f"Jenkins stored {definition.name} otherwise than it was sent"
    )


def _until(
    controller: Controller, send: Callable[[], None], holds: Callable[[], bool], otherwise: str
) -> None:
    """Send until it holds.

    An answer that was lost says nothing, one that came may be a proxy's, and a refusal may mean
    that another run was faster.
    """
    retry = Retry(controller.deadline, _FIRST_PAUSE)
    while True:
        trouble: GitopsError = JenkinsError(
            otherwise, remedy="run gitops-ci jobs diff, and look at the controller's log"
        )
        try:
            send()
        except (UncertainError, JenkinsError) as error:
            trouble = error
        if _holds(holds, trouble):
            return
        if not isinstance(trouble, UncertainError):
            raise trouble
        retry.wait(trouble)


def _holds(holds: Callable[[], bool], trouble: GitopsError) -> bool:
    """Tell whether it holds; raises ``trouble``, and not that this user may not look."""
    try:
        return holds()
    except JenkinsError:
        raise trouble from None
