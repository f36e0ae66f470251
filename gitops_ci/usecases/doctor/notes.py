"""Whether results of checks can be read."""

from gitops_ci.adapters.git import Head, Repository
from gitops_ci.adapters.git.publish.note_tree import REFERENCE
from gitops_ci.base.errors import GitopsError
from gitops_ci.model.diagnosis import WARNING, Check
from gitops_ci.usecases.doctor.check import failed, ok

_SUBJECT = "results of checks"


def check_notes(repository: Repository, head: Head, *, required: bool) -> Check:
    """Read the notes as a promotion does; only a warning where no environment asks for checks."""
    try:
        commit = repository.notes.read([head.commit]).commit
    except GitopsError as problem:
        check = failed(_SUBJECT, problem)
        return check if required else Check(_SUBJECT, WARNING, check.message, check.remedy)
    if commit is None:
        return ok(
            _SUBJECT, f"{REFERENCE} does not exist yet, or the server hides it: none are recorded"
        )
    return ok(_SUBJECT, f"{REFERENCE} can be read, at {commit[:12]}")
