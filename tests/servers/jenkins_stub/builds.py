"""Builds of the double: they carry out a script of few steps, and wait at ``input``."""

import re
import threading
from dataclasses import dataclass, field
from typing import Any

# a hidden note, as Jenkins puts them into logs: counted in the size, not shown
NOTE = "\x1b[8mha:////4AAAAAAAAAA=\x1b[0m"
_STEP = re.compile(r"(echo|error|unstable|sleep|input|properties)\((.*)\)", re.DOTALL)
_TEXT = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


@dataclass
class Input:
    """A question that waits; ``answer`` is ``Approved by ...`` or ``Rejected by ...``."""

    id: str
    message: str
    ok: str
    submitter: tuple[str, ...]
    who: bool
    fields: tuple[str, ...]
    answered: threading.Event = field(default_factory=threading.Event)
    answer: str = ""
    approver: str | None = None


@dataclass
class Build:
    """One build; ``log`` is the raw text with its hidden notes."""

    number: int
    path: tuple[str, ...]
    user: str
    parameters: dict[str, Any]
    queue_id: int
    script: str
    log: str = ""
    result: str | None = None
    description: str | None = None
    inputs: list[Input] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def waiting(self) -> list[Input]:
        """Return the questions that wait."""
        return [each for each in self.inputs if not each.answered.is_set()]

    def run(self) -> None:
        """Carry the script out to its end."""
        self._say(f"{NOTE}Started by user {self.user}", "[Pipeline] Start of Pipeline")
        result = "SUCCESS"
        for name, given in statements(self.script, self.parameters):
            self._say(f"{NOTE}[Pipeline] {name}")
            ended = self._step(name, given)
            if ended:
                result = ended
                if ended != "UNSTABLE":
                    break
        self._say(f"{NOTE}[Pipeline] End of Pipeline", f"Finished: {result}")
        self.result = result

    def _step(self, name: str, given: dict[str, Any]) -> str | None:
        text = given.get("text", "")
        if name == "echo":
            self._say(text)
        elif name == "sleep":
            return "ABORTED" if self.stopped.wait(float(given["seconds"])) else None
        elif name == "error":
            self._say(f"ERROR: {text}")
            return "FAILURE"
        elif name == "unstable":
            self._say(f"WARNING: {text}")
            return "UNSTABLE"
        elif name == "input":
            return self._ask(given)
        return None

    def _ask(self, given: dict[str, Any]) -> str | None:
        identifier = given.get("id") or "E00852fe7d0d8e6a3a0d3b0b6d7e0b5c1"[:32]
        question = Input(
            id=identifier[0].upper() + identifier[1:],
            message=given.get("message", ""),
            ok=given.get("ok", "Proceed"),
            submitter=tuple(
                word.strip() for word in given.get("submitter", "").split(",") if word.strip()
            ),
            who="submitterParameter" in given,
            fields=tuple(given.get("fields", ())),
        )
        if question.who or question.fields:
            self._say("Input requested")
        else:
            self._say(question.message, f"{question.ok} or Abort")
        self.inputs.append(question)
        while not question.answered.wait(0.02):
            if self.stopped.is_set():
                question.answered.set()
                question.answer = "Aborted"
        self._say(question.answer)
        return None if question.answer.startswith("Approved") else "ABORTED"

    def _say(self, *lines: str) -> None:
        self.log += "".join(f"{line}\n" for line in lines)


def statements(script: str, parameters: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the steps of a script: one a line, texts in single quotes; the var of the library is
    what it does.
    """
    if "gitopsPromotionJob(" in script:
        return _promotion(script, parameters)
    found = []
    for line in script.splitlines():
        match = _STEP.fullmatch(line.strip())
        if match:
            found.append((match[1], _arguments(match[1], match[2])))
    return found


def literal(text: str) -> str:
    """Return what a Groovy text in single quotes means."""
    return re.sub(r"\\([0-3][0-7]{2}|.)", lambda match: _escaped(match[1]), text, flags=re.DOTALL)


def _escaped(code: str) -> str:
    return chr(int(code, 8)) if len(code) == 3 else _ESCAPES.get(code, code)


def _arguments(name: str, text: str) -> dict[str, Any]:
    if name == "sleep":
        return {"seconds": text}
    if name != "input":
        return {"text": "".join(literal(match) for match in _TEXT.findall(text))}
    given: dict[str, Any] = {
        key: literal(value)
        for key, value in re.findall(r"(\w+): '((?:[^'\\]|\\.)*)'", text, re.DOTALL)
        if key != "name"
    }
    given["fields"] = re.findall(r"string\(name: '(\w+)'", text)
    return given


def _promotion(script: str, parameters: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    app, to, tag = parameters["APP"], parameters["TO"], parameters["TAG"] or "15"
    plan = "6085cd7666d070e6e6ba3c77962350df04668b8f8d866ef9c195f4589700227b"
    change = (
        '--- a/values-prod.yaml\n+++ b/values-prod.yaml\n@@ -4,3 +4,3 @@\n-  tag: "14"\n+  tag: "'
        + tag
        + '"'
    )
    before = {"stage": "dev"}.get(to, "stage")
    moves = f"promote {app}: {before} -> {to}, 14 -> {tag}\n\n{change}\n\n"
    gates = (
        f"  ok   order     {app}: {tag} runs in {before}\n  wait approval  {app}: waits for the "
        "approval of alice or bob\n\n"
    )
    summary = f"{moves}{gates}plan {plan}\n"
    steps: list[tuple[str, dict[str, Any]]] = [("node", {}), ("echo", {"text": summary})]
    if parameters["DRY_RUN"]:
        return steps
    submitter = ",".join(
        re.findall(r"'([^']*)'", (re.search(r"submitter: \[(.*?)\]", script) or [""])[0])
    )
    question = {"id": f"gitops-{plan[:12]}", "message": summary, "submitter": submitter}
    return [
        *steps,
        ("input", {**question, "ok": "Approve", "submitterParameter": "APPROVER"}),
        ("node", {}),
    ]
