"""The questions that builds ask (the step ``input``): which wait, and how they are answered so that
Jenkins knows who did.
"""

import html
import json
import re
from collections.abc import Mapping
from urllib.parse import quote

import msgspec

from gitops_ci.adapters.jenkins.controller import Controller, below
from gitops_ci.adapters.jenkins.failures import NotFoundError
from gitops_ci.model.promotion_builds import PendingInput

TREE = "actions[executions[id,displayName,settled,input[message,ok,parameters[name]]]]"
_HIDDEN_NAME = re.compile(r"\bname=[\"']name[\"']", re.IGNORECASE)
_VALUE = re.compile(r"\bvalue=[\"']([^\"']*)[\"']", re.IGNORECASE)


def questions(controller: Controller, path: tuple[str, ...], number: int) -> list[PendingInput]:
    """Return what a build asks now; an Input plug-in of before 2023 without the Pipeline REST API
    one cuts the message off.
    """
    build = f"{below(path)}{number}/"
    try:
        pendings = controller.read(f"{build}wfapi/pendingInputActions", list[_Pending])
    except NotFoundError:
        return _without_wfapi(controller, build)
    return [
        PendingInput(
            pending.id,
            pending.message or "",
            tuple(field.name for field in pending.inputs or ()),
            pending.proceed_text or "Proceed",
        )
        for pending in pendings
    ]


def approve(
    controller: Controller,
    path: tuple[str, ...],
    number: int,
    question: PendingInput,
    values: Mapping[str, str],
) -> None:
    """Answer with the form of the page: with ``proceedEmpty`` Jenkins would not tell the build who
    approved.

    Raises JenkinsError, UnavailableError, UncertainError.
    """
    given = {"parameter": [{"name": name, "value": value} for name, value in values.items()]}
    form = {"proceed": question.proceed, "json": json.dumps(given)}
    controller.post(f"{below(path)}{number}/input/{quote(question.id, safe='')}/submit", form)


def abort(
    controller: Controller, path: tuple[str, ...], number: int, question: PendingInput
) -> None:
    """Reject; the build ends as aborted. Raises as ``approve`` does."""
    controller.post(f"{below(path)}{number}/input/{quote(question.id, safe='')}/abort", {})


def _without_wfapi(controller: Controller, path: str) -> list[PendingInput]:
    executions = _open_executions(controller.read(f"{path}api/json", _PendingRun, tree=TREE))
    page = ""
    if len(executions) == 1 and not executions[0].input:
        page = controller.get(f"{path}input/").text
    return [_question(execution, page) for execution in executions]


def _open_executions(run: "_PendingRun") -> "list[_Execution]":
    actions = [action for action in run.actions or () if action and "InputAction" in action.kind]
    return [
        execution
        for action in actions
        for execution in action.executions or ()
        if not execution.settled
    ]


def _question(execution: "_Execution", page: str) -> PendingInput:
    step = execution.input or _Input()
    fields = tuple(field.name for field in step.parameters or ()) or _fields(page)
    message = step.message or execution.display_name or ""
    return PendingInput(execution.id, message, fields, step.ok or "Proceed")


def _fields(page: str) -> tuple[str, ...]:
    tags = (piece.partition(">")[0] for piece in page.split("<"))
    hidden = (tag for tag in tags if tag[:5].lower() == "input" and _HIDDEN_NAME.search(tag))
    matches = (_VALUE.search(tag) for tag in hidden)
    return tuple(html.unescape(match[1]) for match in matches if match)


class _Field(msgspec.Struct, frozen=True):
    name: str


class _Pending(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    message: str | None = None
    inputs: tuple[_Field, ...] | None = None
    proceed_text: str | None = None


class _Input(msgspec.Struct, frozen=True):
    message: str | None = None
    ok: str | None = None
    parameters: tuple[_Field, ...] | None = None


class _Execution(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    display_name: str | None = None
    settled: bool | None = None
    input: _Input | None = None


class _InputAction(msgspec.Struct, frozen=True, rename={"kind": "_class"}):
    kind: str = ""
    executions: tuple[_Execution, ...] | None = None


class _PendingRun(msgspec.Struct, frozen=True):
    actions: tuple[_InputAction | None, ...] | None = None
