"""Builds: started with a form, found in the queue, and followed by their log."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

import msgspec

from gitops_ci.adapters.jenkins.controller import Controller, below
from gitops_ci.adapters.jenkins.failures import JenkinsError, NotFoundError
from gitops_ci.model.promotion_builds import Build

_ITEM = re.compile(r"/queue/item/(\d+)/?$")
_NEWEST = 300  # builds among which those that run are looked for
_BUILD = (
    "number,url,building,result,displayName,description,queueId,timestamp,"
    "actions[parameters[name,value],causes[userId]]"
)


class Queued(msgspec.Struct, frozen=True):
    """An item of the queue: ``why`` it waits, or the ``number`` of its build once it has left the
    queue.
    """

    why: str
    cancelled: bool
    number: int | None


class Text(msgspec.Struct, frozen=True):
    """A piece of a log, the position behind it, and whether more will come."""

    text: bytes
    end: int
    more: bool


def start(
    controller: Controller, path: tuple[str, ...], parameters: Mapping[str, str]
) -> tuple[int, bool]:
    """Start a build at once and return its number in the queue, and whether the same was waiting
    there already.

    A form, not a query: Jenkins takes parameters of any length there. Raises JenkinsError,
    UnavailableError, UncertainError.
    """
    response = controller.post(f"{below(path)}buildWithParameters", dict(parameters), delay="0sec")
    match = _ITEM.search(response.headers.get("location", ""))
    if response.status not in {201, 303, 302} or not match:
        raise JenkinsError(
            f"{'/'.join(path)} was not started: Jenkins answers {response.status} without a "
            "place in the queue",
            remedy="look at the job's page; a proxy may answer in place of Jenkins",
        )
    return int(match[1]), response.status != 201


def queued(controller: Controller, number: int) -> Queued | None:
    """Return an item of the queue, None where it left it some minutes ago."""
    try:
        item = controller.read(
            f"queue/item/{number}/api/json", _Item, tree="why,cancelled,executable[number]"
        )
    except NotFoundError:
        return None
    return Queued(
        item.why or "", bool(item.cancelled), item.executable.number if item.executable else None
    )


def waiting(controller: Controller, name: str) -> list[tuple[int, dict[str, str]]]:
    """Return number and parameters of what waits in the queue for a job (by its full name)."""
    queue = controller.read(
        "queue/api/json", _Queue, tree="items[id,task[url],actions[parameters[name,value]]]"
    )
    path = unquote(below(tuple(name.split("/"))))
    return [
        (item.id, _parameters(item.actions))
        for item in queue.items or ()
        if item.task and unquote(item.task.url or "").endswith("/" + path)
    ]


def build(controller: Controller, path: tuple[str, ...], number: int) -> Build:
    """Return one build; raises NotFoundError."""
    try:
        return _build(controller.read(f"{below(path)}{number}/api/json", _BuildRun, tree=_BUILD))
    except NotFoundError as error:
        raise NotFoundError(
            f"{'/'.join(path)} has no build {number}", remedy=error.remedy
        ) from error


def newest(controller: Controller, path: tuple[str, ...]) -> list[Build]:
    """Return the newest builds, the newest first; ``builds`` of a job ends after 100 whatever the
    tree says.
    """
    runs = controller.read(
        f"{below(path)}api/json", _Runs, tree=f"allBuilds[{_BUILD}]{{0,{_NEWEST}}}"
    )
    return [_build(run) for run in runs.all_builds or ()]


def log_text(controller: Controller, path: tuple[str, ...], number: int, position: int) -> Text:
    """Return what a build's log has behind a position; without the header that says where it ends,
    what was sent counts.
    """
    response = controller.get(f"{below(path)}{number}/logText/progressiveText", start=str(position))
    size = response.headers.get("x-text-size", "")
    end = int(size) if size.isdigit() else position + len(response.body)
    more = response.headers.get("x-more-data", "").lower() == "true"
    if end < position or (end == position and response.body):
        return Text(b"", end, more)  # asked beyond its end, Jenkins sends the whole log once more
    return Text(response.body, end, more)


def describe(controller: Controller, path: tuple[str, ...], number: int, text: str) -> None:
    """Give a build a description."""
    controller.post(f"{below(path)}{number}/submitDescription", {"description": text})


def approvers(controller: Controller, path: tuple[str, ...], number: int) -> list[str]:
    """Return the ids of those who approved in a build, in their order."""
    run = controller.read(f"{below(path)}{number}/api/json", _BuildRun, depth="1")
    return [
        str(action.user_id)
        for action in run.actions or ()
        if action and action.user_id and "ApproverAction" in action.kind
    ]


def _build(run: "_BuildRun") -> Build:
    causes = _mappings(run.actions, "causes")
    return Build(
        number=run.number,
        url=run.url or "",
        building=bool(run.building),
        result=run.result,
        title=run.display_name or f"#{run.number}",
        description=run.description or "",
        queue_id=run.queue_id,
        parameters=_parameters(run.actions),
        users=tuple(str(cause["userId"]) for cause in causes if cause.get("userId")),
    )


def _parameters(actions: "Sequence[_BuildAction | None] | None") -> dict[str, str]:
    return {
        str(parameter["name"]): _text(parameter.get("value"))
        for parameter in _mappings(actions, "parameters")
        if "name" in parameter
    }


def _mappings(actions: "Sequence[_BuildAction | None] | None", name: str) -> list[dict[str, Any]]:
    """Return the mappings that actions list under a name: those of other plug-ins may call anything
    parameters or causes.
    """
    lists = (getattr(action, name) for action in actions or () if action)
    items = (item for values in lists if isinstance(values, list) for item in values)
    return [item for item in items if isinstance(item, dict)]


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


class _BuildAction(msgspec.Struct, frozen=True, rename={"kind": "_class", "user_id": "userId"}):
    kind: str = ""
    parameters: Any = None
    causes: Any = None
    user_id: Any = None


class _BuildRun(msgspec.Struct, frozen=True, rename="camel"):
    number: int
    url: str | None = None
    building: bool | None = None
    result: str | None = None
    display_name: str | None = None
    description: str | None = None
    queue_id: int | None = None
    actions: tuple[_BuildAction | None, ...] | None = None


class _Runs(msgspec.Struct, frozen=True, rename="camel"):
    all_builds: tuple[_BuildRun, ...] | None = None


class _Number(msgspec.Struct, frozen=True):
    number: int


class _Task(msgspec.Struct, frozen=True):
    url: str | None = None


class _Item(msgspec.Struct, frozen=True):
    id: int = 0
    why: str | None = None
    cancelled: bool | None = None
    executable: _Number | None = None
    task: _Task | None = None
    actions: tuple[_BuildAction | None, ...] | None = None


class _Queue(msgspec.Struct, frozen=True):
    items: tuple[_Item, ...] | None = None
