"""The double's HTTP: paths, logins, rights, forms and error pages."""

import base64
import json
import re
import uuid
import xml.etree.ElementTree as ElementTree
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.servers import handler
from tests.servers.faults import Reply
from tests.servers.jenkins_stub import xml
from tests.servers.jenkins_stub.builds import NOTE, Build, Input
from tests.servers.jenkins_stub.controller import QUIET, Item, Stub
from tests.servers.jenkins_stub.tree import picked

VERSION = "2.492.3"
LONGEST_LINE = 8192  # bytes of a request's line that Jetty takes
CRUMB = "the-crumb-of-this-session"
_UNSAFE = re.compile(r"[?*/\\%!@#$^&|<>\[\]:;]")
_PAGE = """<!DOCTYPE html><html><head><title>{title} [Jenkins]</title><script>var x = "<b>";</script></head>
<body><div id="main-panel"><h1>{title}</h1><p>{text}</p></div><footer>Jenkins 2.492.3</footer></body></html>"""


class Refused(Exception):
    """An answer that is an error."""

    def __init__(
        self,
        status: int,
        text: str = "",
        *,
        title: str = "Error",
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(text)
        self.status = status
        self.page = _PAGE.format(title=title, text=text)
        self.headers = headers or {}


class Handler(handler.Handler):
    """One request."""

    @property
    def stub(self) -> Stub:
        """Return the state."""
        stub: Stub = self.server.state
        return stub

    def do_GET(self) -> None:
        """Answer a question."""
        self._serve(b"")

    def do_POST(self) -> None:
        """Carry something out."""
        self._serve(self.body())

    def _serve(self, body: bytes) -> None:
        try:
            if len(self.path) > LONGEST_LINE:
                raise Refused(414, "URI Too Long", title="414")
            parts = urlsplit(self.path)
            if not parts.path.startswith(self.stub.prefix + "/"):
                self._send(404, b"<html><title>404 Not Found</title></html>", jenkins=False)
                return
            self.query = dict(parse_qsl(parts.query, keep_blank_values=True))
            self.sent = body
            self.user = self._login()
            self.stub.seen.append(f"{self.command} {self.path}")
            if self.command == "POST":
                self.stub.posts.append(parts.path.removeprefix(self.stub.prefix))
            self._route(parts.path.removeprefix(self.stub.prefix + "/"))
        except Refused as refused:
            self._send(refused.status, refused.page.encode(), headers=refused.headers)

    def _login(self) -> str:
        header = self.headers.get("Authorization", "")
        if not header:
            raise Refused(403, "Authentication required", title="Authentication required")
        name, _, secret = base64.b64decode(header.partition(" ")[2]).decode().partition(":")
        if self.stub.tokens.get(name) == secret:
            return name
        if self.stub.passwords.get(name) == secret:
            crumbed = self.headers.get(
                "Jenkins-Crumb"
            ) == CRUMB and "JSESSIONID=s" in self.headers.get("Cookie", "")
            if self.command == "POST" and not crumbed:
                raise Refused(403, "No valid crumb was included in the request", title="Error 403")
            return name
        raise Refused(
            401,
            "Invalid password/token for user",
            title="Error 401",
            headers={"WWW-Authenticate": 'Basic realm="Jenkins"'},
        )

    def _may(self, *rights: str) -> bool:
        held = self.stub.rights[self.user]
        return "Overall/Administer" in held or any(right in held for right in rights)

    def _need(self, right: str, *others: str) -> None:
        if not self._may(right, *others):
            text = f"{self.user} is missing the {right} permission"
            raise Refused(
                403, text, title="Access Denied", headers={"X-You-Are-Authenticated-As": self.user}
            )

    def _route(self, path: str) -> None:
        names: list[str] = []
        while match := re.match(r"job/([^/]+)/", path):
            names.append(unquote(match[1]))
            path = path[match.end() :]
        where = tuple(names)
        if where and (where not in self.stub.items or not self._may("Job/Read")):
            raise Refused(404, "Not Found", title="Not Found")
        if path == "createItem":
            self._create(where)
        elif not where:
            self._top(path)
        elif match := re.match(r"(\d+)/(.*)", path):
            self._build(where, int(match[1]), match[2])
        else:
            self._job(where, path)

    def _top(self, path: str) -> None:
        if path == "api/json":
            self._json(
                {
                    "_class": "hudson.model.Hudson",
                    "url": self.stub.own_url,
                    "jobs": self.stub.describe_jobs(()),
                }
            )
        elif path == "crumbIssuer/api/json":
            self._json(
                {"crumb": CRUMB, "crumbRequestField": "Jenkins-Crumb"},
                {"Set-Cookie": "JSESSIONID=s; Path=/"},
            )
        elif path == "queue/api/json":
            waiting = [
                item
                for item in self.stub.queue.values()
                if item.build is None and not item.cancelled
            ]
            self._json({"items": [self._item(item) for item in waiting]})
        elif match := re.fullmatch(r"queue/item/(\d+)/api/json", path):
            item = self.stub.queue.get(int(match[1]))
            if item is None or (self.stub.forgotten and item.build):
                raise Refused(404, "Not Found", title="Not Found")
            self._json(self._item(item))
        elif path == "queue/cancelItem":
            item = self.stub.queue.get(int(self.query["id"]))
            if item is None:
                raise Refused(404, "Not Found")
            item.cancelled = True
            self._send(204, b"")
        else:
            raise Refused(404, "Not Found", title="Not Found")

    def _item(self, item: Item) -> dict[str, Any]:
        kind = "LeftItem" if item.build or item.cancelled else "BuildableItem"
        build = item.build and {
            "number": item.build.number,
            "url": f"{self.stub.address(item.path)}{item.build.number}/",
        }
        parameters = [{"name": name, "value": value} for name, value in item.parameters.items()]
        return {
            "_class": f"hudson.model.Queue${kind}",
            "id": item.id,
            "why": self.stub.why(item),
            "cancelled": item.cancelled,
            "executable": build,
            "task": {"name": item.path[-1], "url": self.stub.address(item.path)},
            "actions": [{"parameters": parameters}],
        }

    def _create(self, where: tuple[str, ...]) -> None:
        self._need("Job/Create")
        name = self.query.get("name", "").strip()
        kind = self.headers.get("Content-Type", "")
        if not kind:
            raise self._failure("No Content-Type header set")
        if "xml" not in kind:
            raise self._failure("No mode given")
        if match := _UNSAFE.search(name):
            raise self._failure(f"'{match[0]}' is an unsafe character")
        if name in {".", ".."} or name.endswith("."):
            raise self._failure("A name cannot end with '.'")
        if (*where, name) in self.stub.items:
            raise self._failure(f"A job already exists with the name '{name}'")
        self.stub.items[*where, name] = self._document(kind)
        self._send(200, b"")

    def _failure(self, text: str) -> Refused:
        return Refused(400, text, headers={"X-Error": text.encode("ascii", "replace").decode()})

    def _document(self, kind: str) -> str:
        try:
            stored = xml.stored(self.sent, kind)
            return xml.saved(stored) if self.stub.serialises else stored
        except ValueError:
            raise self._oops() from None

    def _oops(self) -> Refused:
        return Refused(
            500,
            f"A problem occurred while processing the request. Logging ID={uuid.uuid4()}",
            title="Oops!",
        )

    def _job(self, where: tuple[str, ...], path: str) -> None:
        if path == "api/json":
            self._json(self.stub.describe_job(where))
        elif path == "config.xml" and self.command == "GET":
            self._need("Job/ExtendedRead", "Job/Configure")
            self._send(200, self.stub.items[where].encode(), {"Content-Type": "application/xml"})
        elif path == "config.xml":
            self._need("Job/Configure")
            self.stub.items[where] = self._document(self.headers.get("Content-Type", ""))
            self._send(200, b"")
        elif path == "build":
            raise Refused(400, "Nothing is submitted", title="Error 400")
        elif path == "buildWithParameters":
            self._start(where)
        elif path == "submitDescription":
            self._need("Job/Configure")
            root = ElementTree.fromstring(self.stub.items[where])
            found = root.find("description")
            (
                ElementTree.SubElement(root, "description") if found is None else found
            ).text = self._form()["description"]
            self.stub.items[where] = xml.saved(ElementTree.tostring(root, encoding="unicode"))
            self._send(302, b"", {"Location": "."})
        elif path == "doDelete":
            self.stub.items = {
                key: value for key, value in self.stub.items.items() if key[: len(where)] != where
            }
            self._send(302, b"", {"Location": self.stub.own_url})
        else:
            raise Refused(404, "Not Found", title="Not Found")

    def _start(self, where: tuple[str, ...]) -> None:
        if self.command == "GET":
            raise Refused(405, "Method Not Allowed")
        self._need("Job/Build")
        given = self.query | self._form()
        parameters: dict[str, Any] = {}
        for each in self.stub.parameters_of(where):
            value: Any = given.get(each["name"], each["defaultParameterValue"]["value"])
            if "choices" in each and value not in each["choices"]:
                raise self._oops()
            parameters[each["name"]] = (
                value.lower() == "true" if each["type"] == "BooleanParameterDefinition" else value
            )
        delay = 0.0 if given.get("delay") == "0sec" else QUIET
        item, new = self.stub.schedule(where, parameters, self.user, delay)
        self._send(
            201 if new else 303, b"", {"Location": f"{self.stub.own_url}queue/item/{item.id}/"}
        )

    def _build(self, where: tuple[str, ...], number: int, path: str) -> None:
        builds = self.stub.builds.get(where, [])
        if not 1 <= number <= len(builds):
            raise Refused(404, "Not Found", title="Not Found")
        build = builds[number - 1]
        if path == "api/json":
            self._json(self.stub.describe_build(build, int(self.query.get("depth", "0"))))
        elif path == "logText/progressiveText":
            self._log(build)
        elif path == "wfapi/pendingInputActions" and self.stub.wfapi:
            self._json([_told(each) for each in build.waiting()])
        elif path == "input/":
            self._send(
                200, self._input_page(build).encode(), {"Content-Type": "text/html;charset=utf-8"}
            )
        elif match := re.fullmatch(r"input/([^/]+)/(\w+)", path):
            self._answer(build, unquote(match[1]), match[2])
        elif path == "stop":
            self._need("Job/Cancel")
            build.stopped.set()
            self._send(302, b"", {"Location": "."})
        elif path == "submitDescription":
            self._need("Run/Update")
            build.description = self._form()["description"]
            self._send(302, b"", {"Location": "."})
        else:
            raise Refused(404, "Not Found", title="Not Found")

    def _log(self, build: Build) -> None:
        # the state first: what is written after it was read is sent the next time
        running, log = build.result is None, build.log.encode()
        start = int(self.query.get("start", "0"))
        text = (
            log[start if start <= len(log) else 0 :]
            .decode("utf-8", "replace")
            .replace(NOTE, "")
            .replace("\n", "\r\n")
        )
        more = {"X-More-Data": "true"} if running else {}
        self._send(
            200,
            text.encode(),
            {"Content-Type": "text/plain;charset=utf-8", "X-Text-Size": str(len(log)), **more},
        )

    def _input_page(self, build: Build) -> str:
        fields = [name for each in build.waiting() for name in each.fields]
        return "".join(
            f'<div name="parameter"><input name="name" type="hidden" value="{name}"></div>'
            for name in fields
        )

    def _answer(self, build: Build, identifier: str, how: str) -> None:
        question = next((each for each in build.waiting() if each.id == identifier), None)
        if question is None:
            raise Refused(404, "Not Found", title="Not Found")
        names = {each.lower() for each in question.submitter}
        entitled = (
            self.user.lower() in names
            or self._may("Overall/Administer")
            or (not names and self._may("Job/Build"))
        )
        if how == "abort":
            if not entitled and not self._may("Job/Cancel"):
                raise self._failure(
                    f"You need to be '{','.join(question.submitter)}' (or have Job/Cancel "
                    "permissions) to cancel this."
                )
            self._settle(question, f"Rejected by {self.user}")
            self._send(200, b"")
            return
        if not entitled:
            who = ",".join(question.submitter)
            raise self._failure(
                f"You need to be {who} to submit this."
                if who
                else "You need to have Job/Build permissions to submit this."
            )
        form = self._form()
        if how == "submit":
            self._submit(question, form)
        question.approver = self.user
        self._settle(
            question,
            f"Approved by {self.user}"
            if how == "proceedEmpty" or "proceed" in form
            else f"Rejected by {self.user}",
        )
        self._send(302, b"", {"Location": f"{self.stub.address(build.path)}{build.number}/console"})

    def _submit(self, question: Input, form: dict[str, str]) -> None:
        if "json" not in form:
            raise Refused(
                400, "This page expects a form submission but had only {}", title="Error 400"
            )
        names = [each["name"] for each in json.loads(form["json"])["parameter"]]
        if set(names) - set(question.fields):
            raise self._oops()

    def _settle(self, question: Input, answer: str) -> None:
        question.answer = answer
        question.answered.set()

    def _form(self) -> dict[str, str]:
        if "urlencoded" not in self.headers.get("Content-Type", ""):
            return {}
        return dict(parse_qsl(self.sent.decode(), keep_blank_values=True))

    def _json(self, value: Any, headers: dict[str, str] | None = None) -> None:
        told = {
            "Content-Type": "application/json;charset=utf-8",
            "X-Jenkins": VERSION,
            **(headers or {}),
        }
        self.reply_json(200, picked(value, self.query.get("tree")), told)

    def _send(
        self,
        status: int,
        body: bytes,
        headers: dict[str, str] | None = None,
        *,
        jenkins: bool = True,
    ) -> None:
        told = (
            {"Content-Type": "text/html;charset=utf-8"}
            | ({"X-Jenkins": VERSION} if jenkins else {})
            | (headers or {})
        )
        self.reply(Reply(status, body, tuple(told.items())))


def _told(question: Input) -> dict[str, Any]:
    fields = [
        {"type": "StringParameterDefinition", "name": name, "definition": {"defaultVal": ""}}
        for name in question.fields
    ]
    return {
        "id": question.id,
        "proceedText": question.ok,
        "message": question.message,
        "inputs": fields,
    }
