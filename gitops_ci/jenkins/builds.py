"""Builds: started with a form, found in the queue, and followed by their log."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from gitops_ci.jenkins.controller import Controller, below
from gitops_ci.jenkins.failures import JenkinsError, NotFoundError

_ITEM = re.compile(r"/queue/item/(\d+)/?$")
_NEWEST = 300  # builds among which those that run are looked for
_BUILD = "number,url,building,result,displayName,description,queueId,timestamp,actions[parameters[name,value],causes[userId]]"


class Queued(msgspec.Struct, frozen=True):
    """An item of the queue: ``why`` it waits, or the ``number`` of its build once it has left the queue."""

    why: str
    cancelled: bool
    number: int | None


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


class Text(msgspec.Struct, frozen=True):
    """A piece of a log, the position behind it, and whether more will come."""

    text: bytes
    end: int
    more: bool


def start(controller: Controller, path: tuple[str, ...], parameters: Mapping[str, str]) -> tuple[int, bool]:
    """Start a build at once and return its number in the queue, and whether the same was waiting there already.

    A form, not a query: Jenkins takes parameters of any length there. Raises JenkinsError, UnavailableError, UncertainError.
    """
    response = controller.post(f"{below(path)}buildWithParameters", {**parameters, "delay": "0sec"})
    match = _ITEM.search(response.headers.get("Location", ""))
    if response.status_code not in {201, 303, 302} or not match:
        raise JenkinsError(
            f"{'/'.join(path)} was not started: Jenkins answers {response.status_code} without a place in the queue",
            remedy="look at the job's page; a proxy may answer in place of Jenkins",
        )
    return int(match[1]), response.status_code != 201


def queued(controller: Controller, number: int) -> Queued | None:
    """Return an item of the queue, None where it left it some minutes ago."""
    try:
        found = controller.json(f"queue/item/{number}/api/json", tree="why,cancelled,executable[number]")
    except NotFoundError:
        return None
    build = found.get("executable") or {}
    return Queued(str(found.get("why") or ""), bool(found.get("cancelled")), build.get("number"))


def waiting(controller: Controller, name: str) -> list[tuple[int, dict[str, str]]]:
    """Return number and parameters of what waits in the queue for a job (by its full name)."""
    found = controller.json("queue/api/json", tree="items[id,task[url],actions[parameters[name,value]]]")
    path = below(tuple(name.split("/")))
    return [
        (int(item["id"]), _parameters(item))
        for item in found.get("items") or []
        if str((item.get("task") or {}).get("url") or "").endswith("/" + path)
    ]


def build(controller: Controller, path: tuple[str, ...], number: int) -> Build:
    """Return one build; raises NotFoundError."""
    try:
        return _build(controller.json(f"{below(path)}{number}/api/json", tree=_BUILD))
    except NotFoundError as error:
        raise NotFoundError(f"{'/'.join(path)} has no build {number}", remedy=error.remedy) from error


def newest(controller: Controller, path: tuple[str, ...]) -> list[Build]:
    """Return the newest builds, the newest first."""
    found = controller.json(f"{below(path)}api/json", tree=f"builds[{_BUILD}]{{0,{_NEWEST}}}")
    return [_build(each) for each in found.get("builds") or []]


def log_text(controller: Controller, path: tuple[str, ...], number: int, position: int) -> Text:
    """Return what a build's log has behind a position; without the header that says where it ends, what was sent counts."""
    response = controller.get(f"{below(path)}{number}/logText/progressiveText", start=str(position))
    size = response.headers.get("X-Text-Size", "")
    end = int(size) if size.isdigit() else position + len(response.content)
    more = response.headers.get("X-More-Data", "").lower() == "true"
    if end < position or (end == position and response.content):
        return Text(b"", end, more)  # asked beyond its end, Jenkins sends the whole log once more
    return Text(response.content, end, more)


def describe(controller: Controller, path: tuple[str, ...], number: int, text: str) -> None:
    """Give a build a description."""
    controller.post(f"{below(path)}{number}/submitDescription", {"description": text})


def approvers(controller: Controller, path: tuple[str, ...], number: int) -> list[str]:
    """Return the ids of those who approved in a build, in their order."""
    found = controller.json(f"{below(path)}{number}/api/json", depth="1", tree="actions[_class,userId]")
    actions = [each for each in found.get("actions") or [] if "ApproverAction" in str(each.get("_class"))]
    return [str(each["userId"]) for each in actions if each.get("userId")]


def _build(found: dict[str, Any]) -> Build:
    queue_id = found.get("queueId")
    causes = [cause for action in found.get("actions") or [] for cause in (action or {}).get("causes") or []]
    return Build(
        number=int(found["number"]),
        url=str(found.get("url") or ""),
        building=bool(found.get("building")),
        result=found.get("result"),
        title=str(found.get("displayName") or f"#{found['number']}"),
        description=str(found.get("description") or ""),
        queue_id=int(queue_id) if queue_id is not None else None,
        parameters=_parameters(found),
        users=tuple(str(cause["userId"]) for cause in causes if cause and cause.get("userId")),
    )


def _parameters(found: dict[str, Any]) -> dict[str, str]:
    pairs = [each for action in found.get("actions") or [] for each in (action or {}).get("parameters") or []]
    return {str(each["name"]): _word(each.get("value")) for each in pairs if "name" in each}


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
