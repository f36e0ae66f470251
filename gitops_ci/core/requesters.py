"""Who asked for an operation: people, or what started a Jenkins build where no person did."""

import re
from collections.abc import Iterable
from typing import Final

from gitops_ci.core.person_names import folded, visible

PUSH: Final = "nobody: push"
TIMER: Final = "nobody: timer"
_CAUSE = "jenkins: "  # what the vars pass: "jenkins: CLASS: DESCRIPTION"
# parts of the names of causes, in Jenkins and in its plug-ins for Git hosts
_PUSHES = (
    "SCMTriggerCause",
    "BranchEventCause",
    "BranchIndexingCause",
    "PushCause",
    "GitLabWebHookCause",
)
_TIMERS = ("TimerTriggerCause",)
_UPSTREAM = re.compile(r"jenkins: [\w.$]*UpstreamCause: ")


def requesters(texts: Iterable[str]) -> tuple[str, ...]:
    """Return who asked, of texts with one name a line; a line that breaks makes two names and never
    a third one.

    Causes of a Jenkins build that no person started stand for `PUSH` and `TIMER`; all else is a
    person's name, known or not. Where a person asked too, what else started the build says nothing.
    """
    lines = [line for text in texts for line in map(visible, text.splitlines()) if line]
    # a build that another one started: what started that one stands here too, unless it was deleted
    own = [line for line in lines if not _UPSTREAM.match(line)]
    named = {folded(name): name for name in map(_meant, own or lines)}
    people = people_of(named.values())
    return people or tuple(named.values())


def people_of(names: Iterable[str]) -> tuple[str, ...]:
    """Return those of some requesters who are people."""
    return tuple(name for name in names if folded(name) not in {PUSH, TIMER})


def is_nobody(names: Iterable[str]) -> bool:
    """Tell whether it is recorded that no person asked."""
    names = tuple(names)
    return bool(names) and not people_of(names)


def _meant(line: str) -> str:
    if folded(line) in {PUSH, TIMER}:
        return folded(line)
    if not line.startswith(_CAUSE):
        return line
    kind, _, words = line.removeprefix(_CAUSE).partition(": ")
    kind = kind.rpartition(".")[2].rpartition("$")[2]
    if kind.endswith(_PUSHES):
        return PUSH
    if kind.endswith(_TIMERS):
        return TIMER
    return f"{_CAUSE}{words}" if words else line
