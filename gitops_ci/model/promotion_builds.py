"""The promotion job and its builds, as Jenkins has them: what the commands ``jobs`` show."""

from collections.abc import Mapping
from typing import Final

import msgspec

APPROVE: Final = "approve"
ABORT: Final = "abort"
CREATE: Final = "create"
CHANGE: Final = "change"
SAME: Final = "unchanged"


class Build(msgspec.Struct, frozen=True):
    """A build; ``result`` is None while it runs, ``users`` are the ids of those who started it."""

    number: int
    url: str
    building: bool
    result: str | None
    title: str
    description: str
    queue_id: int | None
    parameters: Mapping[str, str]
    users: tuple[str, ...]


class PendingInput(msgspec.Struct, frozen=True):
    """A question that waits: ``message`` as far as it is known, ``fields`` are the parameters that
    it asks for.
    """

    id: str
    message: str
    fields: tuple[str, ...]
    proceed: str


class PendingBuild(msgspec.Struct, frozen=True):
    """A build that waits: its question, and the plan with its id where they can be told; ``plan``
    may have many lines.
    """

    build: Build
    question: PendingInput
    plan_id: str | None
    plan: str


class AnswerOutcome(msgspec.Struct, frozen=True):
    """What was answered, by whom, and whether a reason for aborting stands with the build."""

    pending: PendingBuild
    word: str
    by: str
    noted: bool = False


class TriggerOutcome(msgspec.Struct, frozen=True):
    """What was started: ``number`` in the queue, and the build as far as it was followed.
    ``joined``: the same waited already.
    """

    queue_id: int | None
    build: Build | None
    joined: bool = False


class JobChange(msgspec.Struct, frozen=True):
    """What is to be done with a folder or a job: ``create``, ``change`` or ``unchanged``."""

    name: str
    kind: str
    action: str


class ApplyOutcome(msgspec.Struct, frozen=True):
    """The steps, carried out if ``done``, and how the job's meaning changes; ``kept`` are
    properties of other plug-ins.
    """

    url: str
    steps: tuple[JobChange, ...]
    diff: str
    kept: tuple[str, ...]
    done: bool = False

    @property
    def differs(self) -> bool:
        """Tell whether there is anything to do."""
        return any(step.action != SAME for step in self.steps)
