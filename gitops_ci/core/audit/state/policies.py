"""The policies that were in force, one after the other, and what each change of them means in
words.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from gitops_ci.core.gates import table
from gitops_ci.core.gates.approval import in_words
from gitops_ci.model.config import ArgocdPlace, Config, Environment

ALL = ""  # stands for every environment


class Version(msgspec.Struct, frozen=True):
    """One policy: since which commit of the policy branch (its place there and its time), until the
    next one.
    """

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
        """Return which policy a commit has; None where it is not in the history of the policy
        branch.
        """
        position = self._positions.get(commit or "")
        if position is None:
            return None
        older = [
            index for index, version in enumerate(self.versions) if version.position <= position
        ]
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
    """Yield what a change of the policy means, as environment (ALL for what concerns all of them)
    and words.
    """
    for name in dict.fromkeys([*old.environments, *new.environments]):
        before, after = old.environments.get(name), new.environments.get(name)
        if before == after:
            continue
        yield name, _environment(before, after)
    words = [*_named("application", old.apps, new.apps), *_people(old, new)]
    if old.pattern != new.pattern:
        words.append(
            'application "*" changed'
            if old.pattern and new.pattern
            else f'"*" {"added" if new.pattern else "removed"}'
        )
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
    old, new = _aspects(before), _aspects(after)
    words = [
        f"{name}: {old[name] or 'none'} -> {new[name] or 'none'}"
        for name in old
        if old[name] != new[name]
    ]
    return "; ".join(words) or "written differently"


_HASHES = frozenset({"policy", "first_policy"})  # of what all the others say


def _aspects(environment: Environment) -> dict[str, str]:
    """Return what an environment asks for, in words by aspect, '' for nothing."""
    aspects: dict[str, str] = {}
    for name, value in msgspec.structs.asdict(environment).items():
        if name == "settings":
            aspects |= _settings(environment, shared=False)
        elif name == "argocd_place":  # its key configures the gate too
            aspects |= _settings(environment, shared=True)
            aspects["argocd"] = _place(value)
        elif name not in _HASHES:
            aspects["from" if name == "source" else name] = _IN_WORDS.get(name, _plain)(value)
    return aspects


def _settings(environment: Environment, *, shared: bool) -> dict[str, str]:
    """Return what gates are set to, by key; ``shared`` are the keys that say more."""
    prefix = "gate " if shared else ""
    return {
        f"{prefix}{setting.key}": (setting.in_words or _plain)(setting.of(environment))
        for setting in table.settings()
        if (setting.shape is None) == shared
    }


def _plain(value: Any) -> str:
    if value is True:
        return "yes"
    return str(value) if value else ""


def _overrides(rules: Mapping[str, Sequence[str]]) -> str:
    gates = (f"{gate} by {', '.join(people) or 'nobody'}" for gate, people in sorted(rules.items()))
    return "; ".join(gates)


def _place(argocd_place: ArgocdPlace) -> str:
    """Return what is not as it is where nobody says anything."""
    named = msgspec.structs.asdict(argocd_place)
    usual = msgspec.structs.asdict(ArgocdPlace())
    return ", ".join(f"{key} {value}" for key, value in named.items() if value != usual[key])


def _version(config: Config) -> str:
    major, minor, patch = config.requires
    if not any(config.requires):
        return "none"
    return f">={major}.{minor}" + (f".{patch}" if patch else "")


_IN_WORDS: Mapping[str, Callable[[Any], str]] = {"approval": in_words, "override": _overrides}


def _named(what: str, old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    return [
        f"{what} {name} "
        f"{'added' if name not in old else 'removed' if name not in new else 'changed'}"
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    ]


def _people(old: Config, new: Config) -> list[str]:
    return [
        f"people: {name}: {', '.join(old.people.get(name, ())) or 'none'} -> "
        f"{', '.join(new.people.get(name, ())) or 'none'}"
        for name in dict.fromkeys([*old.people, *new.people])
        if old.people.get(name) != new.people.get(name)
    ]


def _app(config: Config, name: str) -> object:
    return config.apps.get(name) or config.pattern
