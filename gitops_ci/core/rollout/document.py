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
        """Tell whether an operation is asked for or under way."""
        return self.pending or (self.operation is not None and self.operation.running)


def read(document: object) -> Live:
    """Return what a document says; never fails, an empty document says nothing."""
    root = _dry(_map(document))
    metadata, spec, status = (
        _map(root.get("metadata")),
        _map(root.get("spec")),
        _map(root.get("status")),
    )
    sync, policy = _map(status.get("sync")), _map(spec.get("syncPolicy"))
    automated = policy.get("automated")
    operation = _map(root.get("operation"))
    disabled = _map(automated).get("enabled") is False
    conditions = tuple(
        (_text(each.get("type")), _words(each.get("message")))
        for each in _maps(status.get("conditions"))
    )
    return Live(
        name=_text(metadata.get("name")),
        sources=_sources(spec, sync),
        sync=_text(sync.get("status")),
        health=_text(_map(status.get("health")).get("status")),
        operation=_operation(_map(status.get("operationState"))),
        pending=bool(operation),
        pending_revisions=_revisions(_map(operation.get("sync"))),
        conditions=conditions + _hydration(spec, status),
        automated=isinstance(automated, dict) and not disabled,
        prunes=_map(automated).get("prune") is True,
        # with RollingSync the ApplicationSet's controller switches it off and starts the syncs
        stepped=disabled
        and any(
            each.get("kind") == "ApplicationSet" for each in _maps(metadata.get("ownerReferences"))
        ),
        hydrated=bool(_map(spec.get("sourceHydrator"))),
        refreshing=_REFRESH in _map(metadata.get("annotations")),
        compared=_text(status.get("reconciledAt")),
        images=tuple(_texts(_map(status.get("summary")).get("images"))),
        parts=tuple(_part(each) for each in _maps(status.get("resources"))),
        project=_text(spec.get("project")),
        namespace=_text(metadata.get("namespace")),
        deleting=bool(metadata.get("deletionTimestamp")),
    )


def _dry(root: Json) -> Json:
    """Return a document with the commits that people wrote in the place of those that Argo CD's
    hydrator made of them.
    """
    status = _map(root.get("status"))
    last = _map(_map(status.get("sourceHydrator")).get("lastSuccessfulOperation"))
    dry, hydrated = _text(last.get("drySHA")), _text(last.get("hydratedSHA"))
    if not (dry and hydrated and _map(_map(root.get("spec")).get("sourceHydrator"))):
        return root

    def translated(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: translated(each) for key, each in value.items()}
        return dry if value == hydrated else value

    kept = ("sync", "operationState")
    return {
        **root,
        "status": {key: translated(each) if key in kept else each for key, each in status.items()},
    }


def _hydration(spec: Json, status: Json) -> tuple[tuple[str, str], ...]:
    """Return a failed hydration like the conditions that Argo CD makes of other failures."""
    current = _map(_map(status.get("sourceHydrator")).get("currentOperation"))
    failed = bool(_map(spec.get("sourceHydrator"))) and _text(current.get("phase")) == "Failed"
    return (("HydrationError", _words(current.get("message"))),) if failed else ()


def unhealthy_resources(tree: object) -> tuple[ResourceState, ...]:
    """Return the resources of a resource tree that are not well, the most telling first: pods, then
    what stands above them.
    """
    resources = []
    for node in _maps(_map(tree).get("nodes")):
        health = _map(node.get("health"))
        state = _text(health.get("status"))
        if state in {"Degraded", "Missing"}:
            infos = {
                _text(each.get("name")): _words(each.get("value"))
                for each in _maps(node.get("info"))
            }
            message = ": ".join(
                filter(None, (infos.get("Status Reason"), _words(health.get("message"))))
            )
            resources.append(ResourceState(_name(node), health=state, message=message))
    return tuple(
        sorted(
            resources,
            key=lambda part: (not part.name.startswith("Pod/"), not part.message, part.name),
        )
    )


def _sources(spec: Json, sync: Json) -> tuple[ApplicationSource, ...]:
    several = _maps(spec.get("sources"))
    if several:
        revisions = _texts(sync.get("revisions"))
        pairs = enumerate(several)
        return tuple(
            _source(each, revisions[index] if index < len(revisions) else "")
            for index, each in pairs
        )
    source = _map(spec.get("source")) or _map(_map(spec.get("sourceHydrator")).get("drySource"))
    return (_source(source, _text(sync.get("revision"))),) if source else ()


def _source(source: Json, revision: str) -> ApplicationSource:
    values = _texts(_map(source.get("helm")).get("valueFiles"))
    target = _text(source.get("targetRevision")) or "HEAD"
    repository = _text(source.get("repoURL"))
    packed = bool(_text(source.get("chart"))) or repository.startswith("oci://")
    return ApplicationSource(
        repository, target, revision, _text(source.get("ref")), tuple(values), packed
    )


def _operation(state: Json) -> Operation | None:
    phase = _text(state.get("phase"))
    if not phase:
        return None
    asked = _map(state.get("operation"))
    sync = _map(asked.get("sync"))
    revisions = _revisions(_map(state.get("syncResult"))) or _revisions(sync)
    retries = state.get("retryCount")
    count = retries if isinstance(retries, int) and not isinstance(retries, bool) else 0
    finished = _text(state.get("finishedAt"))
    between = phase == "Running" and bool(finished)
    by_itself = (
        _map(asked.get("initiatedBy")).get("automated") is True
    )  # it heals what differs, of a commit synced before
    whole = sync.get("dryRun") is not True and (by_itself or not _maps(sync.get("resources")))
    renews = _map(asked.get("retry")).get("refresh") is True
    return Operation(
        phase,
        _words(state.get("message")),
        revisions,
        max(0, count),
        between,
        whole=whole,
        renews=renews,
        finished=finished,
    )


def _revisions(holder: Json) -> tuple[str, ...]:
    several = _texts(holder.get("revisions"))
    one = _text(holder.get("revision"))
    return tuple(several) or ((one,) if one else ())


def _part(resource: Json) -> ResourceState:
    health = _map(resource.get("health"))
    return ResourceState(
        _name(resource),
        _text(resource.get("status")),
        _text(health.get("status")),
        _words(health.get("message")),
        resource.get("requiresPruning") is True and resource.get("hook") is not True,
    )


def _name(resource: Json) -> str:
    return f"{_text(resource.get('kind'))}/{_text(resource.get('name'))}"


def _map(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _maps(value: object) -> list[Json]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    return [_text(each) for each in value] if isinstance(value, list) else []


def _text(value: object) -> str:
    return one_line(value[:_LONGEST]) if isinstance(value, str) else ""


def _words(value: object) -> str:
    """Return a message in one line; of a long one beginning and end, where Helm and Kubernetes say
    what is wrong.
    """
    text = one_line(value) if isinstance(value, str) else ""
    return (
        text
        if len(text) <= _LONGEST
        else f"{text[: _LONGEST // 3]} ... {text[-2 * _LONGEST // 3 :]}"
    )
