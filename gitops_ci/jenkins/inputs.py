"""The questions that builds ask (the step ``input``): which wait, and how they are answered so that Jenkins knows who did."""

import html
import json
import re
from collections.abc import Mapping
from urllib.parse import quote

import msgspec

from gitops_ci.jenkins.controller import Controller, below
from gitops_ci.jenkins.failures import NotFoundError

_HIDDEN_NAME = re.compile(r"<input[^>]*\bname=[\"']name[\"'][^>]*>", re.IGNORECASE)
_VALUE = re.compile(r"\bvalue=[\"']([^\"']*)[\"']", re.IGNORECASE)


class Question(msgspec.Struct, frozen=True):
    """A question that waits: ``message`` as far as it is known, ``fields`` are the parameters that it asks for."""

    id: str
    message: str
    fields: tuple[str, ...]
    proceed: str


def questions(controller: Controller, path: tuple[str, ...], number: int) -> list[Question]:
    """Return what a build asks now; without the Pipeline REST API plug-in the message may be cut off."""
    place = f"{below(path)}{number}/"
    try:
        found = controller.json(f"{place}wfapi/pendingInputActions")
    except NotFoundError:
        return _without_wfapi(controller, place)
    return [
        Question(
            id=str(each["id"]),
            message=str(each.get("message") or ""),
            fields=tuple(str(field.get("name")) for field in each.get("inputs") or []),
            proceed=str(each.get("proceedText") or "Proceed"),
        )
        for each in found
    ]


def approve(controller: Controller, path: tuple[str, ...], number: int, question: Question, values: Mapping[str, str]) -> None:
    """Answer with the form of the page: with ``proceedEmpty`` Jenkins would not tell the build who approved.

    Raises JenkinsError, UnavailableError, UncertainError.
    """
    given = {"parameter": [{"name": name, "value": value} for name, value in values.items()]}
    form = {"proceed": question.proceed, "json": json.dumps(given)}
    controller.post(f"{below(path)}{number}/input/{quote(question.id, safe='')}/submit", form)


def abort(controller: Controller, path: tuple[str, ...], number: int, question: Question) -> None:
    """Reject; the build ends as aborted. Raises as ``approve`` does."""
    controller.post(f"{below(path)}{number}/input/{quote(question.id, safe='')}/abort", {})


def _without_wfapi(controller: Controller, place: str) -> list[Question]:
    found = controller.json(f"{place}api/json", tree="actions[*[*]]")
    executions = [
        each
        for action in found.get("actions") or []
        if "InputAction" in str((action or {}).get("_class"))
        for each in action.get("executions") or []
        if not each.get("settled")
    ]
    if not executions:
        return []
    fields = _fields(controller.get(f"{place}input/").text) if len(executions) == 1 else ()
    return [Question(str(each["id"]), str(each.get("displayName") or ""), fields, "Proceed") for each in executions]


def _fields(page: str) -> tuple[str, ...]:
    found = (_VALUE.search(tag) for tag in _HIDDEN_NAME.findall(page))
    return tuple(html.unescape(match[1]) for match in found if match)
