"""What makes a gate: its file exports one `Gate`, and gates/table.py lists it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Literal, TypeVar

import msgspec
from msgspec.structs import replace

from gitops_ci.base.errors import GitopsError
from gitops_ci.core.config.parts import ConfigPart
from gitops_ci.model.check_results import CheckResult
from gitops_ci.model.config import Config, Environment
from gitops_ci.model.deployment import Deployment
from gitops_ci.model.operation import PASSED, REFUSED, Actor, Change, Plan, State, Verdict
from gitops_ci.model.release import Release, Unknown

T = TypeVar("T")


class ReplayedHistory(msgspec.Struct, frozen=True):
    """What the history alone says of one change at ``now``, in seconds since the epoch.

    ``source`` and ``target`` are the deployments of its application in ``from`` and in the
    environment, the oldest first; ``checks`` all results that were recorded then, ``releases``
    those that operations brought anywhere.
    """

    change: Change
    now: int
    source: Sequence[Deployment] = ()
    target: Sequence[Deployment] = ()
    checks: Sequence[CheckResult] = ()
    releases: Sequence[Release] = ()


class FactKind(msgspec.Struct, Generic[T], frozen=True, eq=False):
    """Something that gates ask for: a value for each application of a plan.

    ``missing`` holds where nobody read it. ``replayed`` makes it of the history for the audit;
    None: ``missing`` holds there. Who reads it for an operation stands in ``usecases/facts``.
    """

    name: str
    missing: T
    replayed: Callable[[ReplayedHistory], T] | None = None


class Facts(msgspec.Struct, frozen=True):
    """What was read for a plan, by kind and application, and what time it is in seconds since the
    epoch.
    """

    values: Mapping[FactKind[Any], Mapping[str, Any]] = {}
    now: int = 0

    def of(self, kind: FactKind[T], app: str) -> T:
        """Return the value for an application."""
        fact: T = self.values.get(kind, {}).get(app, kind.missing)
        return fact

    def all(self, kind: FactKind[T]) -> tuple[T, ...]:
        """Return the values that were read, in the order of the plan."""
        return tuple(self.values.get(kind, {}).values())


class GateInput(msgspec.Struct, frozen=True):
    """One change of a plan, under a configuration, as somebody asks for it; ``gate`` is the name of
    the gate that judges it.
    """

    gate: str
    plan: Plan
    change: Change
    config: Config
    facts: Facts
    actor: Actor

    def fact(self, kind: FactKind[T]) -> T:
        """Return the value for the application of the change."""
        return self.facts.of(kind, self.change.app.name)

    def passed(self, reason: str, openers: tuple[str, ...] = ()) -> Verdict:
        return self.verdict(PASSED, reason, "", openers)

    def refused(self, reason: str, remedy: str, openers: tuple[str, ...] = ()) -> Verdict:
        return self.verdict(REFUSED, reason, remedy, openers)

    def undecided(self, fact: Unknown, remedy: str) -> Verdict:
        """Refuse the change because a fact could not be had."""
        return replace(self.refused(fact.reason, remedy), cause=fact.cause)

    def verdict(self, state: State, reason: str, remedy: str, openers: tuple[str, ...]) -> Verdict:
        app, environment = self.change.app.name, self.change.environment.name
        return Verdict(self.gate, app, environment, state, reason, remedy, openers)


class SettingError(GitopsError):
    """A value in gitops.yaml that its gate can't take; ``place`` is where in the value."""

    def __init__(self, message: str, remedy: str, *place: int) -> None:
        super().__init__(message, remedy=remedy)
        self.place = place


class Setting(msgspec.Struct, Generic[T], frozen=True, eq=False):
    """The key of an environment in gitops.yaml that configures a gate.

    ``default`` holds where the file is silent. ``read`` makes the value of what the file says,
    which has the ``shape``; it raises SettingError. None as the shape: the key configures more, and
    core/config/schema has it. ``part`` is the mapping in it, if there is one. ``in_words`` says for
    the audit what a value asks for, '' for nothing; None: the value says it itself.
    ``needs_source``: without ``from`` it is an error. ``loosened`` says what another value asks
    less of, '' where it asks for as much; None: any other value counts as less.
    """

    key: str
    default: T
    read: Callable[[Any], T]
    shape: Any = None
    part: type[ConfigPart] | None = None
    in_words: Callable[[T], str] | None = None
    needs_source: bool = False
    loosened: Callable[[T, T], str] | None = None

    def of(self, environment: Environment) -> T:
        """Return the value in an environment."""
        setting: T = environment.settings.get(self.key, self.default)
        return setting


class Gate(msgspec.Struct, frozen=True, eq=False):
    """One rule.

    ``name`` stands in records for years: it is never changed, and two gates that no operation has
    both may share one. ``applies`` tells whether it judges a change under a plan; one with a
    ``setting`` does so only where that is set. Its ``facts`` are read only then. ``audit`` tells
    whether the audit judges it again: not where the history can't say what was the case.
    ``overridable``: ``--override`` may name it.
    """

    name: str
    applies: Callable[[Plan, Change, Actor], bool]
    verdict: Callable[[GateInput], Verdict]
    facts: tuple[FactKind[Any], ...] = ()
    audit: Literal["again", "not"] = "again"
    overridable: bool = True
    setting: Setting[Any] | None = None


def deployed(plan: Plan, change: Change, actor: Actor) -> bool:
    """Apply to what runs when the operation is done."""
    return not plan.kind.removes


def promoted(plan: Plan, change: Change, actor: Actor) -> bool:
    """Apply to what comes from the environment before."""
    return plan.kind.from_before


def built(plan: Plan, change: Change, actor: Actor) -> bool:
    """Apply to what comes from a build."""
    return plan.kind.writes_build


def forward(plan: Plan, change: Change, actor: Actor) -> bool:
    """Apply to what brings something new."""
    return plan.kind.moves_forward
