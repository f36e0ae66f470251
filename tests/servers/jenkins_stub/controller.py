"""The state of the double, and what its parts say of themselves."""

import contextlib
import itertools
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.servers.handler import serving
from tests.servers.jenkins_stub import xml
from tests.servers.jenkins_stub.builds import Build, Input

QUIET = 5.0  # seconds in which Jenkins waits for more changes, unless it is told not to
CUT = 32  # characters of a question's message that its display name has
NEW_BUILDS = 100  # that ``builds`` of a job tells at most
RIGHTS = frozenset(
    {
        "Overall/Read",
        "Job/Read",
        "Job/Build",
        "Job/Cancel",
        "Job/Create",
        "Job/Configure",
        "Run/Update",
    }
)
VIEWER = frozenset({"Overall/Read", "Job/Read", "Job/ExtendedRead"})
Path_ = tuple[str, ...]


@dataclass
class Item:
    """A place in the queue."""

    id: int
    path: Path_
    parameters: dict[str, Any]
    user: str
    quiet_until: float
    why: str | None = None
    cancelled: bool = False
    build: Build | None = None


@dataclass
class Stub:
    """A running double: users with tokens (or passwords) and rights, jobs as XML, and a queue that
    can be held up.

    ``seen`` are all requests of users, ``posts`` those that would change something; ``wfapi`` off:
    the Pipeline REST API plug-in is not there.
    """

    scheme: str
    port: int
    prefix: str = ""
    root_url: str = ""
    tokens: dict[str, str] = field(default_factory=lambda: {"admin": "token-of-admin"})
    passwords: dict[str, str] = field(default_factory=dict)
    rights: dict[str, frozenset[str]] = field(
        default_factory=lambda: {"admin": RIGHTS | {"Overall/Administer"}}
    )
    items: dict[Path_, str] = field(default_factory=dict)
    builds: dict[Path_, list[Build]] = field(default_factory=dict)
    queue: dict[int, Item] = field(default_factory=dict)
    held: str | None = None  # why nothing leaves the queue
    wfapi: bool = True
    # Jenkins 2.568.1 and later store and tell a job as they understood it, not as it was sent
    serialises: bool = False
    exports_input: bool = True  # an Input plug-in of 2023 or later tells what it asks
    seen: list[str] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)
    forgotten: bool = False  # the queue has forgotten what left it
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(85))
    lock: threading.RLock = field(default_factory=threading.RLock)
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Return the address under which it is reached."""
        return f"{self.scheme}://localhost:{self.port}{self.prefix}/"

    @property
    def own_url(self) -> str:
        """Return the address that it takes for its own: an administrator has typed it."""
        return self.root_url or self.url

    def add_user(self, name: str, token: str, rights: frozenset[str] = RIGHTS) -> None:
        """Add a user with an API token."""
        self.tokens[name], self.rights[name] = token, rights

    def save(self, path: Path_) -> None:
        """Write a job anew, as its page does."""
        self.items[path] = xml.saved(self.items[path])

    def wait_for_build(self, path: Path_, number: int) -> Build:
        """Return a build once it is there."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            if len(self.builds.get(path, ())) >= number:
                return self.builds[path][number - 1]
            time.sleep(0.01)
        raise AssertionError(f"no build {number} of {path}")

    def schedule(
        self, path: Path_, parameters: dict[str, Any], user: str, delay: float
    ) -> tuple[Item, bool]:
        """Put a build into the queue; the same one waits there only once."""
        with self.lock:
            for item in self.queue.values():
                if (
                    item.build is None
                    and not item.cancelled
                    and (item.path, item.parameters) == (path, parameters)
                ):
                    return item, False
            item = Item(next(self.numbers), path, parameters, user, time.monotonic() + delay)
            self.queue[item.id] = item
        threading.Thread(target=self._serve, args=(item,), daemon=True).start()
        return item, True

    def parameters_of(self, path: Path_) -> list[dict[str, Any]]:
        """Return the definitions of a job's parameters, as the API tells them."""
        root = ElementTree.fromstring(self.items[path])
        found = []
        for each in root.iterfind(".//parameterDefinitions/*"):
            kind = each.tag.rpartition(".")[2]
            told: dict[str, Any] = {"_class": each.tag, "name": each.findtext("name"), "type": kind}
            if kind == "ChoiceParameterDefinition":
                told["choices"] = [choice.text or "" for choice in each.iter("string")]
            told["defaultParameterValue"] = {
                "value": each.findtext("defaultValue") or told.get("choices", [""])[0]
            }
            found.append(told)
        return found

    def why(self, item: Item) -> str | None:
        """Return why an item waits."""
        if item.build or item.cancelled:
            return None
        left = item.quiet_until - time.monotonic()
        return (
            f"In the quiet period. Expires in {left:.1f} sec"
            if left > 0
            else self.held or self._blocked(item)
        )

    def describe_job(self, path: Path_) -> dict[str, Any]:
        """Return a job as the API tells it."""
        root = ElementTree.fromstring(self.items[path])
        told = {
            "name": path[-1],
            "fullName": "/".join(path),
            "url": self.address(path),
            "displayName": path[-1],
        }
        if root.tag == xml.FOLDER:
            return {"_class": xml.FOLDER, **told, "jobs": self.describe_jobs(path)}
        builds = self.builds.get(path, [])
        told_builds = [self.describe_build(build, 0) for build in reversed(builds)]
        definitions = {
            "_class": "hudson.model.ParametersDefinitionProperty",
            "parameterDefinitions": self.parameters_of(path),
        }
        return {
            "_class": "org.jenkinsci.plugins.workflow.job.WorkflowJob",
            **told,
            "description": root.findtext("description"),
            "buildable": root.findtext("disabled") != "true",
            "inQueue": any(
                item.path == path and item.build is None for item in self.queue.values()
            ),
            "nextBuildNumber": len(builds) + 1,
            "property": [definitions, {"_class": "jenkins.model.BuildDiscarderProperty"}],
            "builds": told_builds[:NEW_BUILDS],
            "allBuilds": told_builds,
        }

    def describe_jobs(self, path: Path_) -> list[dict[str, Any]]:
        """Return what a folder, or with () the controller, holds."""
        return [self.describe_job(each) for each in self.items if each[:-1] == path]

    def describe_build(self, build: Build, depth: int) -> dict[str, Any]:
        """Return a build as the API tells it; what an approver's action says shows one level
        deeper.
        """
        cause = {
            "_class": "hudson.model.Cause$UserIdCause",
            "userId": build.user,
            "userName": build.user,
        }
        parameters = [
            {"_class": "hudson.model.StringParameterValue", "name": k, "value": v}
            for k, v in build.parameters.items()
        ]
        actions: list[dict[str, Any]] = [
            {"_class": "hudson.model.CauseAction", "causes": [cause]},
            {"_class": "hudson.model.ParametersAction", "parameters": parameters},
            {},
        ]
        for each in build.inputs:
            if each.approver:
                known = {"userId": each.approver} if depth else {}
                actions.append(
                    {
                        "_class": "org.jenkinsci.plugins.workflow.support.steps.input.ApproverAction",
                        **known,
                    }
                )
        if build.waiting():
            executions = [self._execution(each) for each in build.waiting()]
            kind = "org.jenkinsci.plugins.workflow.support.steps.input.InputAction"
            actions.append({"_class": kind, "waitingForInput": True, "executions": executions})
        return {
            "_class": "org.jenkinsci.plugins.workflow.job.WorkflowRun",
            "actions": actions,
            "number": build.number,
            "url": f"{self.address(build.path)}{build.number}/",
            "building": build.result is None,
            "inProgress": build.result is None,
            "result": build.result,
            "displayName": f"#{build.number}",
            "description": build.description,
            "queueId": build.queue_id,
            "timestamp": 1_700_000_000_000,
            "duration": 0,
        }

    def _execution(self, question: Input) -> dict[str, Any]:
        cut = question.message if len(question.message) < CUT else f"{question.message[:CUT]}..."
        told: dict[str, Any] = {"id": question.id, "displayName": cut, "settled": False}
        if self.exports_input:
            parameters = [
                {"_class": "hudson.model.StringParameterDefinition", "name": name}
                for name in question.fields
            ]
            told["input"] = {
                "message": question.message,
                "ok": question.ok,
                "parameters": parameters,
            }
        return told

    def address(self, path: Path_) -> str:
        """Return a job's URL as the controller tells it."""
        from urllib.parse import quote

        return self.own_url + "".join(f"job/{quote(name)}/" for name in path)

    def _blocked(self, item: Item) -> str | None:
        if "DisableConcurrentBuildsJobProperty" not in self.items.get(item.path, ""):
            return None
        running = [build for build in self.builds.get(item.path, []) if build.result is None]
        return f"Build #{running[0].number} is already in progress (ETA: N/A)" if running else None

    def _serve(self, item: Item) -> None:
        while self.why(item):
            time.sleep(0.02)
        with self.lock:
            if item.cancelled or item.path not in self.items:
                return
            script = (
                ElementTree.fromstring(self.items[item.path]).findtext("definition/script") or ""
            )
            builds = self.builds.setdefault(item.path, [])
            item.build = Build(
                len(builds) + 1, item.path, item.user, item.parameters, item.id, script
            )
            builds.append(item.build)
        item.build.run()


@contextlib.contextmanager
def serve(prefix: str = "", certificate: Path | None = None) -> Iterator[Stub]:
    """Run a double; ``certificate`` is a PEM file with key and certificate for TLS."""
    from tests.servers.jenkins_stub.handler import Handler

    def state(port: int) -> Stub:
        return Stub("https" if certificate else "http", port, prefix)

    with serving(Handler, state, certificate=certificate) as stub:
        try:
            yield stub
        finally:
            for builds in stub.builds.values():
                for build in builds:
                    build.stopped.set()
