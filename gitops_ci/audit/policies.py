"""The policies that were in force, one after the other, and what each change of them means in words."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from gitops_ci.config.model import Approval, ArgocdPlace, Config, Environment, Freeze

ALL = ""  # stands for every environment


class Version(msgspec.Struct, frozen=True):
    """One policy: since which commit of the policy branch (its place there and its time), until the next one."""

    config: Config
    commit: str
    position: int
    arrived: int


class Policies:
    """The policies of the policy branch, and which of them was in force where."""

    def __init__(self, positions: Mapping[str, int]) -> None:
        self._positions = positions
        self.versions: list[Version] = []

    def add(self, version: Version) -> None:
        """Note the policy that holds from now on."""
        self.versions.append(version)

    def read_at(self, commit: str | None) -> int | None:
        """Return which policy a commit has; None where it is not in the history of the policy branch."""
        position = self._positions.get(commit or "")
        if position is None:
            return None
        older = [index for index, version in enumerate(self.versions) if version.position <= position]
        return older[-1] if older else None

    def at_time(self, time: int) -> int:
        """Return which policy was in force at a time, in seconds since the epoch."""
        older = [index for index, version in enumerate(self.versions) if version.arrived <= time]
        return older[-1] if older else 0


def same(one: Config, two: Config, environment: str, app: str) -> bool:
    """Tell whether two policies ask the same of an application in an environment."""
    return (
        one.environments.get(environment) == two.environments.get(environment)
        and one.people == two.people
        and one.requires == two.requires
        and _app(one, app) == _app(two, app)
    )


def differences(old: Config, new: Config) -> Iterator[tuple[str, str]]:
    """Yield what a change of the policy means, as environment (ALL for what concerns all of them) and words."""
    for name in dict.fromkeys([*old.environments, *new.environments]):
        before, after = old.environments.get(name), new.environments.get(name)
        if before == after:
            continue
        yield name, _environment(before, after)
    words = [*_named("application", old.apps, new.apps), *_people(old, new)]
    if old.pattern != new.pattern:
        words.append('application "*" changed' if old.pattern and new.pattern else f'"*" {"added" if new.pattern else "removed"}')
    if old.requires != new.requires:
        words.append(f"requires: {_version(old)} -> {_version(new)}")
    if old.routes != new.routes:
        words.append("routes changed")
    if words:
        yield ALL, "; ".join(words)


def _environment(before: Environment | None, after: Environment | None) -> str:
    if before is None:
        return "added"
    if after is None:
        return "removed"
    words = []
    for field in msgspec.structs.fields(Environment):
        if field.name in _HASHES:
            continue
        old, new = (_aspect(field.name, getattr(each, field.name)) for each in (before, after))
        if old != new:
            words.append(f"{_NAMES.get(field.name, field.name)}: {old or 'none'} -> {new or 'none'}")
    return "; ".join(words) or "written differently"


_HASHES = frozenset({"policy", "first_policy"})  # of what all the others say
_NAMES = {"source": "from", "argocd_place": "argocd", "argocd": "gate argocd"}


def _aspect(name: str, value: Any) -> str:
    """Return what one field of an environment asks for, '' for nothing."""
    in_words = _IN_WORDS.get(name)
    if in_words:
        return in_words(value)
    if value is True:
        return "yes"
    return str(value) if value else ""


def _overrides(rules: Mapping[str, Sequence[str]]) -> str:
    gates = (f"{gate} by {', '.join(people) or 'nobody'}" for gate, people in sorted(rules.items()))
    return "; ".join(gates)


def _place(place: ArgocdPlace) -> str:
    """Return what is not as it is where nobody says anything."""
    named = msgspec.structs.asdict(place)
    usual = msgspec.structs.asdict(ArgocdPlace())
    return ", ".join(f"{key} {value}" for key, value in named.items() if value != usual[key])


def _approval(rule: Approval | None) -> str:
    if rule is None:
        return ""
    who = "anyone" if rule.approvers is None else ", ".join(rule.approvers) or "nobody"
    words = [who]
    if rule.distinct_authors:
        words.append("distinct")
    elif rule.distinct_requester:
        words.append("distinct from the requester")
    words += ["with a reason"] if rule.reason else []
    words += ["unknown authors refused"] if rule.unknown_authors == "refuse" else []
    words += [] if rule.rollback else ["but for a rollback"]
    return " ".join(words)


def _version(config: Config) -> str:
    major, minor, patch = config.requires
    if not any(config.requires):
        return "none"
    return f">={major}.{minor}" + (f".{patch}" if patch else "")


def _freeze(windows: Sequence[Freeze]) -> str:
    return "; ".join(f"{each.since} to {each.until} {each.timezone}" for each in windows)


_IN_WORDS: Mapping[str, Callable[[Any], str]] = {
    "approval": _approval,
    "soak": lambda seconds: f"{seconds} s" if seconds else "",
    "checks": ", ".join,
    "freeze": _freeze,
    "override": _overrides,
    "argocd_place": _place,
}


def _named(what: str, old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    return [
        f"{what} {name} {'added' if name not in old else 'removed' if name not in new else 'changed'}"
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    ]


def _people(old: Config, new: Config) -> list[str]:
    return [
        f"people: {name}: {', '.join(old.people.get(name, ())) or 'none'} -> {', '.join(new.people.get(name, ())) or 'none'}"
        for name in dict.fromkeys([*old.people, *new.people])
        if old.people.get(name) != new.people.get(name)
    ]


def _app(config: Config, name: str) -> object:
    return config.apps.get(name) or config.pattern
