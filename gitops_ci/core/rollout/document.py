"""An Application document -> frozen values; whatever is missing or of another type than expected is
simply not there.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from gitops_ci.base.redaction import one_line

_LONGEST = 600  # characters of a message
_REFRESH = "argocd.argoproj.io/refresh"
Json = Mapping[str, Any]


class ApplicationSource(msgspec.Struct, frozen=True):
    """One source: ``target`` is the revision as the application names it, ``revision`` the one that
    was compared last.

    ``ref`` is the name under which other sources take their values files from it, ``values`` are
    those of this one. ``packed``: a chart or an artifact of a registry, which has versions and no
    commits.
    """

    repository: str
    target: str
    revision: str
    ref: str = ""
    values: tuple[str, ...] = ()
    packed: bool = False


class Operation(msgspec.Struct, frozen=True):
    """The last or running operation; ``revisions`` stand beside the application's sources, or there
    is one.

    ``retries`` counts those that failed; ``between``: it waits for its next try. ``whole``: neither
    a dry run nor a sync of a few resources that somebody chose. ``renews``: each try takes the
    newest commit.
    """

    phase: str
    message: str
    revisions: tuple[str, ...]
    retries: int = 0
    between: bool = False
    whole: bool = True
    renews: bool = False
    finished: str = ""

    @property
    def running(self) -> bool:
        return self.phase in {"Running", "Terminating"}


class ResourceState(msgspec.Struct, frozen=True):
    """A resource, as ``kind/name`` with its state and what its health says."""

    name: str
    sync: str = ""
    health: str = ""
    message: str = ""
    pruned: bool = False


class Live(msgspec.Struct, frozen=True):
    """What one answer says of an application.

    ``pending``: an operation is asked for, ``refreshing``: a refresh is. ``automated``: it syncs by
    itself, ``prunes``: and deletes what is gone. ``stepped``: its ApplicationSet may sync it, a
    step after the other. ``hydrated``: what is synced was made of the commits that people write.
    ``compared`` is the time of the last comparison as written, in whole seconds. ``deleting``: it
    is being deleted.
    """

    name: str
    sources: tuple[ApplicationSource, ...]
    sync: str = ""
    health: str = ""
    operation: Operation | None = None
    pending: bool = False
    pending_revisions: tuple[str, ...] = ()
    conditions: tuple[tuple[str, str], ...] = ()
    automated: bool = False
    prunes: bool = False
    stepped: bool = False
    hydrated: bool = False
    refreshing: bool = False
    compared: str = ""
    images: tuple[str, ...] = ()
    parts: tuple[ResourceState, ...] = ()
    project: str = ""
    namespace: str = ""
    deleting: bool = False

    @property
    def running(self) -> bool:
        return self.pending or (self.operation is not None and self.operation.running)


def read(document: object) -> Live:
    """Return what a document says; never fails, an empty document says nothing."""
    root = _with_written_commits(document if isinstance(document, dict) else {})
    metadata, spec, status = _map(root, "metadata"), _map(root, "spec"), _map(root, "status")
    automated = _at(spec, "syncPolicy", "automated")
    disabled = _at(spec, "syncPolicy", "automated", "enabled") is False
    conditions = [
        (_text(condition, "type"), _words(condition, "message"))
        for condition in _maps(status, "conditions")
    ]
    owners = [_text(owner, "kind") for owner in _maps(metadata, "ownerReferences")]
    return Live(
        name=_text(metadata, "name"),
        sources=_sources(spec, _map(status, "sync")),
        sync=_text(status, "sync", "status"),
        health=_text(status, "health", "status"),
        operation=_operation(_map(status, "operationState")),
        pending=bool(_map(root, "operation")),
        pending_revisions=_revisions(_map(root, "operation", "sync")),
        conditions=(*conditions, *_hydration(spec, status)),
        automated=isinstance(automated, dict) and not disabled,
        prunes=_at(spec, "syncPolicy", "automated", "prune") is True,
        # with RollingSync the ApplicationSet's controller switches it off and starts the syncs
        stepped=disabled and "ApplicationSet" in owners,
        hydrated=bool(_map(spec, "sourceHydrator")),
        refreshing=_REFRESH in _map(metadata, "annotations"),
        compared=_text(status, "reconciledAt"),
        images=tuple(_texts(status, "summary", "images")),
        parts=tuple(_part(resource) for resource in _maps(status, "resources")),
        project=_text(spec, "project"),
        namespace=_text(metadata, "namespace"),
        deleting=bool(metadata.get("deletionTimestamp")),
    )


def unhealthy_resources(tree: object) -> tuple[ResourceState, ...]:
    """Return the resources of a resource tree that are not well, the most telling first: pods, then
    what stands above them.
    """
    nodes = _maps(tree if isinstance(tree, dict) else {}, "nodes")
    resources = [
        ResourceState(_name(node), health=_text(node, "health", "status"), message=_trouble(node))
        for node in nodes
        if _text(node, "health", "status") in {"Degraded", "Missing"}
    ]
    return tuple(
        sorted(
            resources,
            key=lambda part: (not part.name.startswith("Pod/"), not part.message, part.name),
        )
    )


def _trouble(node: Json) -> str:
    infos = {_text(info, "name"): _words(info, "value") for info in _maps(node, "info")}
    messages = (infos.get("Status Reason"), _words(node, "health", "message"))
    return ": ".join(filter(None, messages))


def _with_written_commits(root: Json) -> Json:
    """Return a document with the commits that people wrote in the place of those that Argo CD's
    hydrator made of them.
    """
    status = _map(root, "status")
    last = _map(status, "sourceHydrator", "lastSuccessfulOperation")
    dry, hydrated = _text(last, "drySHA"), _text(last, "hydratedSHA")
    if not (dry and hydrated and _map(root, "spec", "sourceHydrator")):
        return root

    def translated(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: translated(inner) for key, inner in value.items()}
        return dry if value == hydrated else value

    written = {key: translated(status[key]) for key in ("sync", "operationState") if key in status}
    return {**root, "status": {**status, **written}}


def _hydration(spec: Json, status: Json) -> list[tuple[str, str]]:
    """Return a failed hydration like the conditions that Argo CD makes of other failures."""
    current = _map(status, "sourceHydrator", "currentOperation")
    if not _map(spec, "sourceHydrator") or _text(current, "phase") != "Failed":
        return []
    return [("HydrationError", _words(current, "message"))]


def _sources(spec: Json, sync: Json) -> tuple[ApplicationSource, ...]:
    several = _maps(spec, "sources")
    if several:
        revisions = _texts(sync, "revisions") + [""] * len(several)  # some may be missing
        return tuple(map(_source, several, revisions))
    source = _map(spec, "source") or _map(spec, "sourceHydrator", "drySource")
    return (_source(source, _text(sync, "revision")),) if source else ()


def _source(source: Json, revision: str) -> ApplicationSource:
    repository = _text(source, "repoURL")
    return ApplicationSource(
        repository,
        _text(source, "targetRevision") or "HEAD",
        revision,
        _text(source, "ref"),
        tuple(_texts(source, "helm", "valueFiles")),
        packed=bool(_text(source, "chart")) or repository.startswith("oci://"),
    )


def _operation(state: Json) -> Operation | None:
    phase = _text(state, "phase")
    if not phase:
        return None
    request, retries = _map(state, "operation"), state.get("retryCount")
    finished = _text(state, "finishedAt")
    # it heals what differs, of a commit synced before
    by_itself = _at(request, "initiatedBy", "automated") is True
    return Operation(
        phase,
        _words(state, "message"),
        _revisions(_map(state, "syncResult")) or _revisions(_map(request, "sync")),
        max(0, retries) if type(retries) is int else 0,
        between=phase == "Running" and bool(finished),
        whole=_at(request, "sync", "dryRun") is not True
        and (by_itself or not _maps(request, "sync", "resources")),
        renews=_at(request, "retry", "refresh") is True,
        finished=finished,
    )


def _revisions(holder: Json) -> tuple[str, ...]:
    one = _text(holder, "revision")
    return tuple(_texts(holder, "revisions")) or ((one,) if one else ())


def _part(resource: Json) -> ResourceState:
    return ResourceState(
        _name(resource),
        _text(resource, "status"),
        _text(resource, "health", "status"),
        _words(resource, "health", "message"),
        resource.get("requiresPruning") is True and resource.get("hook") is not True,
    )


def _name(resource: Json) -> str:
    return f"{_text(resource, 'kind')}/{_text(resource, 'name')}"


def _at(root: Json, *keys: str) -> object:
    """Return what stands at a path of keys, None where something on the way is no mapping."""
    value: object = root
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _map(root: Json, *keys: str) -> Json:
    value = _at(root, *keys)
    return value if isinstance(value, dict) else {}


def _list(root: Json, *keys: str) -> list[object]:
    value = _at(root, *keys)
    return value if isinstance(value, list) else []


def _maps(root: Json, *keys: str) -> list[Json]:
    return [item for item in _list(root, *keys) if isinstance(item, dict)]


def _texts(root: Json, *keys: str) -> list[str]:
    return [_shortened(item) for item in _list(root, *keys)]


def _text(root: Json, *keys: str) -> str:
    return _shortened(_at(root, *keys))


def _shortened(value: object) -> str:
    return one_line(value[:_LONGEST]) if isinstance(value, str) else ""


def _words(root: Json, *keys: str) -> str:
    """Return a message in one line; of a long one beginning and end, where Helm and Kubernetes say
    what is wrong.
    """
    value = _at(root, *keys)
    text = one_line(value) if isinstance(value, str) else ""
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST // 3]} ... {text[-2 * _LONGEST // 3 :]}"
