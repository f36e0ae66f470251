"""What a change of gitops.yaml asks less of, aspect by aspect of the model.

Each table has every field of its struct. A field that none of them knew would count as weakened
whenever it changes.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from gitops_ci.core.audit.state.policies import ALL
from gitops_ci.core.gates import table
from gitops_ci.core.gates.gate import Setting
from gitops_ci.model.config import (
    App,
    Approval,
    ArgocdPlace,
    Config,
    Environment,
    ImageKeys,
    ReferenceKey,
)

Loosened = Callable[[Any, Any], str]  # a value before and after -> what it asks less of, or ''


def weakenings(old: Config, new: Config) -> Iterator[tuple[str, str]]:
    """Yield what asks for less than before: an environment (ALL for what concerns all of them) and
    words.
    """
    for name, before in old.environments.items():
        after = new.environments.get(name)
        words = _of_environment(before, after) if after else "it is not managed any more"
        if words:
            yield name, words
    words = _by_field(old, new, CONFIG)
    if words:
        yield ALL, words


def _by_field(old: msgspec.Struct, new: msgspec.Struct, loosened: Mapping[str, Loosened]) -> str:
    before, after = msgspec.structs.asdict(old), msgspec.structs.asdict(new)
    words = (
        loosened.get(name, _changed(name))(value, after.get(name))
        for name, value in before.items()
        if value != after.get(name)
    )
    return "; ".join(filter(None, words))


def _changed(name: str) -> Loosened:
    return lambda old, new: f"{name} changed"


def _no_rule(old: Any, new: Any) -> str:
    """Say nothing: it asks for nothing, or the replay compares what it moves."""
    return ""


# environments


def _of_environment(before: Environment, after: Environment) -> str:
    own = _by_field(before, after, ENVIRONMENT)
    gates = (setting_words(setting, before, after) for setting in table.settings())
    return "; ".join(filter(None, (own, *gates)))


def setting_words(setting: Setting[Any], before: Environment, after: Environment) -> str:
    """Return how the setting of a gate asks for less; any change of one that can't tell."""
    old, new = setting.of(before), setting.of(after)
    if old == new or not old:
        return ""
    if setting.loosened is None:
        return f"{setting.key}: {old} -> {new or 'none'}"
    return setting.loosened(old, new)


def _source(old: str | None, new: str | None) -> str:
    if old is None:
        return ""
    return f"from: {old} -> {new or 'none'}: it need not have run in {old} any more"


_STRICTNESS = ("off", "available", "required")


def _verify_digest(old: str, new: str) -> str:
    lowered = _STRICTNESS.index(new) < _STRICTNESS.index(old)
    return f"verify_digest: {old} -> {new}" if lowered else ""


def _approval(old: Approval | None, new: Approval | None) -> str:
    if old is None:
        return ""
    return _by_field(old, new, APPROVAL) if new else "approval: nobody has to approve any more"


def _override(old: Mapping[str, tuple[str, ...]], new: Mapping[str, tuple[str, ...]]) -> str:
    added = {gate: _added(old.get(gate, ()), people) for gate, people in new.items()}
    words = [f"override: {people} may pass {gate} too" for gate, people in added.items() if people]
    return "; ".join(words)


def _added(old: tuple[str, ...], new: tuple[str, ...]) -> str:
    return ", ".join(name for name in new if name not in old)


def _tag(old: str | None, new: str | None) -> str:
    return f"tag: Git tags {old} are not held any more" if old else ""


def _signers(old: str | None, new: str | None) -> str:
    if old is None:
        return ""
    return f"signers: {old} -> {new}" if new else "signers: nobody has to sign any more"


def _argocd_place(old: ArgocdPlace, new: ArgocdPlace) -> str:
    return _by_field(old, new, ARGOCD_PLACE)


ENVIRONMENT: Mapping[str, Loosened] = {
    "name": _no_rule,
    "values": _no_rule,
    "source": _source,
    "branch": _no_rule,
    "verify_digest": _verify_digest,
    "approval": _approval,
    "override": _override,
    "policy": _no_rule,  # hashes of all the others
    "first_policy": _no_rule,
    "settings": _no_rule,  # one by one: each gate knows its own
    "tag": _tag,
    "signers": _signers,
    "argocd_place": _argocd_place,
}


# approvals


def _approvers(old: tuple[str, ...] | None, new: tuple[str, ...] | None) -> str:
    if old is None:
        return ""
    if new is None:
        return f"approvers: {', '.join(old) or 'nobody'} -> anyone"
    added = _added(old, new)
    return f"approvers: {added} may approve too" if added else ""


def _off(words: str) -> Loosened:
    """Return what a switch says that is turned off."""
    return lambda old, new: words if old and not new else ""


def _unknown_authors(old: str, new: str) -> str:
    return "unknown_authors: whose authors nobody knows may be approved" if new == "allow" else ""


APPROVAL: Mapping[str, Loosened] = {
    "approvers": _approvers,
    "distinct_requester": _off("four eyes were switched off: who asks may approve"),
    "distinct_authors": _off("four eyes were switched off: whoever wrote it may approve"),
    "reason": _off("reason: none is asked for any more"),
    "unknown_authors": _unknown_authors,
    "rollback": _off("rollback: it needs no approval any more"),
}


# Argo CD


def _other_place(name: str) -> Loosened:
    return lambda old, new: f"argocd: {name} {old} -> {new}" if old else ""


def _stable(old: int | None, new: int | None) -> str:
    return f"argocd: stable {old} s -> {new or 0} s" if (new or 0) < (old or 0) else ""


def _allow_out_of_sync(old: bool, new: bool) -> str:
    return "argocd: it may be out of sync" if new else ""


ARGOCD_PLACE: Mapping[str, Loosened] = {
    "server": _other_place("server"),
    "application": _other_place("application"),
    "application_namespace": _other_place("application_namespace"),
    "namespace": _other_place("namespace"),
    "project": _other_place("project"),
    "parent": _other_place("parent"),
    "repository": _other_place("repository"),
    "allow_out_of_sync": _allow_out_of_sync,
    "stable": _stable,
}


# what all environments share


def _apps(old: Mapping[str, App], new: Mapping[str, App]) -> str:
    words = (_pattern(app, new.get(name)) for name, app in old.items())
    return "; ".join(filter(None, words))


def _pattern(old: App | None, new: App | None) -> str:
    if old is None:
        return ""
    words = _by_field(old, new, APP) if new else "it is not managed any more"
    return f"application {old.name}: {words}" if words else ""


def _images(old: tuple[ImageKeys, ...], new: tuple[ImageKeys, ...]) -> str:
    if len(new) < len(old):
        return f"{len(new)} of {len(old)} images are managed"
    words = (_image(*pair) for pair in zip(old, new, strict=False))
    return "; ".join(filter(None, words))


def _image(old: ImageKeys, new: ImageKeys) -> str:
    """Return what is no longer fixed of an image; what its keys hold is compared by the replay."""
    words = []
    for environment, repository in old.repositories.items():
        other = new.repositories.get(environment)
        if other != repository:
            words.append(f"repository {repository} -> {other or 'any'}")
    if isinstance(old, ReferenceKey) or isinstance(new, ReferenceKey):
        return "; ".join(words)
    if old.digest and (new.digest is None or new.digest_if_present > old.digest_if_present):
        words.append(f"digest {old.digest} need not be written any more")
    return "; ".join(words)


def _people(old: Mapping[str, tuple[str, ...]], new: Mapping[str, tuple[str, ...]]) -> str:
    """Name whose addresses are taken away: what they ask for and write is no longer theirs."""
    lost = {name: _added(new.get(name, ()), mails) for name, mails in old.items()}
    words = (f"people: {name} is not {mails} any more" for name, mails in lost.items() if mails)
    return "; ".join(words)


def _requires(old: tuple[int, ...], new: tuple[int, ...]) -> str:
    return "requires: older versions, which ask for less, may judge" if new < old else ""


APP: Mapping[str, Loosened] = {
    "name": _no_rule,
    "path": _no_rule,
    "images": _images,
    "compare": _no_rule,
}
CONFIG: Mapping[str, Loosened] = {
    "apps": _apps,
    "pattern": _pattern,
    "environments": _no_rule,  # one by one
    "people": _people,
    "implicit": _no_rule,
    "routes": _no_rule,
    "jenkins": _no_rule,
    "requires": _requires,
}
