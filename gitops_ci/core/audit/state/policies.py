"""The policies that were in force, one after the other, and in words what changes of them mean."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from gitops_ci.core.audit.state.values_index import Key
from gitops_ci.core.gates import table
from gitops_ci.core.gates.approval import in_words
from gitops_ci.model.config import App, ArgocdPlace, Config, Environment

ALL = ""  # stands for every environment


class Version(msgspec.Struct, frozen=True):
    """One policy, and the commit of the policy branch that brought it: its position there, and when
    it arrived in seconds since the epoch.
    """

    config: Config
    commit: str
    position: int
    arrived: int


class Policies:
    """The policies of the policy branch; ``positions`` are those of its commits.

    ``signers`` are the object ids of the files of signers that are in force, by environment; None
    for a file that does not exist.
    """

    def __init__(self, positions: Mapping[str, int]) -> None:
        self._positions = positions
        self.versions: list[Version] = []
        self.signers: Mapping[str, str | None] = {}

    @property
    def first_position(self) -> int:
        """Return where on the policy branch the first gitops.yaml came; -1 where none did."""
        return next((each.position for each in self.versions if each.commit), -1)

    def add(self, config: Config, commit: str, arrived: int) -> None:
        """Put a policy in force; '' as the commit: it is there without gitops.yaml."""
        position = self._positions.get(commit, 0) if commit else -1
        self.versions.append(Version(config, commit, position, arrived))

    def read_at(self, commit: str) -> int | None:
        """Return the index of the version that a commit has; None where it is not in the history of
        the policy branch, or older than all.
        """
        position = self._positions.get(commit)
        if position is None:
            return None
        newer = bisect_right(self.versions, position, key=lambda version: version.position)
        return newer - 1 if newer else None

    def at_time(self, time: int) -> int:
        """Return the index of the version at a time in seconds since the epoch, else the first."""
        newer = bisect_right(self.versions, time, key=lambda version: version.arrived)
        return max(0, newer - 1)


def same_rules(one: Config, two: Config, key: Key) -> bool:
    """Tell whether two policies ask the same of an application in an environment."""
    app, environment = key
    return (
        one.environments.get(environment) == two.environments.get(environment)
        and one.people == two.people
        and one.requires == two.requires
        and _app(one, app) == _app(two, app)
    )


def differences(old: Config, new: Config) -> Iterator[tuple[str, str]]:
    """Yield what a change of the policy means: an environment (ALL for what concerns all of them)
    and words.
    """
    for name in dict.fromkeys([*old.environments, *new.environments]):
        before, after = old.environments.get(name), new.environments.get(name)
        if before != after:
            yield name, _environment(before, after)
    words = [*_apps(old, new), *_people(old, new), *_pattern(old, new)]
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


def _apps(old: Config, new: Config) -> Iterator[str]:
    for name in dict.fromkeys([*old.apps, *new.apps]):
        before, after = old.apps.get(name), new.apps.get(name)
        if before != after:
            yield f"application {name} {_event(before, after)}"


def _people(old: Config, new: Config) -> Iterator[str]:
    for name in dict.fromkeys([*old.people, *new.people]):
        before, after = (", ".join(config.people.get(name, ())) for config in (old, new))
        if old.people.get(name) != new.people.get(name):
            yield f"people: {name}: {before or 'none'} -> {after or 'none'}"


def _pattern(old: Config, new: Config) -> Iterator[str]:
    if old.pattern != new.pattern:
        event = _event(old.pattern, new.pattern)
        yield 'application "*" changed' if event == "changed" else f'"*" {event}'


def _event(before: App | None, after: App | None) -> str:
    if before is None:
        return "added"
    return "changed" if after else "removed"


def _app(config: Config, name: str) -> App | None:
    return config.apps.get(name) or config.pattern
