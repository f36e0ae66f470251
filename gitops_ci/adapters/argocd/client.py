"""The questions to Argo CD's API server, as measured with version 3.5."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from gitops_ci.adapters.argocd.address import ArgocdServer
from gitops_ci.adapters.argocd.failures import (
    TOKEN,
    LoginError,
    NotArgocdError,
    of_exception,
    of_status,
)
from gitops_ci.adapters.http.client import Client, Limits
from gitops_ci.adapters.http.failures import RequestError
from gitops_ci.adapters.http.message import HttpRequest, HttpResponse, with_query
from gitops_ci.adapters.http.trust import trust
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitopsError

ANSWER = 15.0  # seconds for one answer; a refresh waits for the controller
# an application with thousands of resources has some millions of bytes
_LIMITS = Limits(connect=10.0, silence=3600.0, largest=50_000_000)
# of a list: histories and resources would be most of it; Argo CD knows a few names, and leaves out
# any other
_FIELDS = (
    "metadata.name",
    "metadata.namespace",
    "spec",
    "status.sync.status",
    "status.sync.revision",
    "status.health",
    "status.summary",
    "status.sourceHydrator",
)


@dataclass(frozen=True)
class Access:
    """How Argo CD is reached: ``token`` gives the token as it is now, a file is read again at each
    call.
    """

    server: ArgocdServer
    token: Callable[[], str | None] = field(repr=False)
    ca_file: str | None = None
    insecure: bool = False


class ApplicationName(msgspec.Struct, frozen=True):
    """Which application is meant: ``namespace`` is that of the Application itself, None for Argo
    CD's own.
    """

    name: str
    namespace: str | None = None
    project: str | None = None

    def __str__(self) -> str:
        """Return the name, with its namespace where it has one."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class Argocd:
    """One conversation with a server; not for several threads at once. The state is its connection
    and the token in use.
    """

    def __init__(self, access: Access, deadline: Deadline) -> None:
        self._access = access
        self._deadline = deadline
        # a file that can't be used is an error before anything is done
        trust(access.ca_file, insecure=access.insecure)
        self._client = Client(_LIMITS, ca_file=access.ca_file, insecure=access.insecure)
        self._token = access.token()

    @property
    def server(self) -> ArgocdServer:
        """Return where the server is."""
        return self._access.server

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def page(self, application: ApplicationName) -> str:
        """Return the URL of an application's page for people."""
        middle = f"{quote(application.namespace)}/" if application.namespace else ""
        return f"{self.server.url}/applications/{middle}{quote(application.name)}"

    def application(self, application: ApplicationName) -> dict[str, Any]:
        """Return the document of an application as the API server has it.

        Raises LoginError, HiddenError, AbsentError, NotArgocdError and ArgocdError for good,
        NoAnswerError for now.
        """
        return self._document(f"the application {application}", _path(application))

    def refreshed(self, application: ApplicationName, seconds: float = ANSWER) -> dict[str, Any]:
        """Have the controller compare an application with Git, and return the document after that.

        Blocks until the controller has done it; raises NoAnswerError when it does not within
        ``seconds``, and as ``application`` does. Needs no more than the right to get the
        application.
        """
        return self._document(
            f"the application {application}", _path(application, refresh="normal"), seconds
        )

    def resource_tree(self, application: ApplicationName) -> dict[str, Any]:
        """Return the resources of an application with what their health says."""
        return self._document(
            f"the resources of {application}",
            _path(application, "/resource-tree"),
        )

    def sync_windows(self, application: ApplicationName) -> dict[str, Any]:
        """Return which sync windows hold for an application, and ``canSync``."""
        return self._document(
            f"the sync windows of {application}",
            _path(application, "/syncwindows"),
        )

    def applications(
        self, projects: Sequence[str] = (), namespace: str | None = None
    ) -> list[dict[str, Any]]:
        """Return all applications that the token may see, each with what tells its state and no
        more.

        A list can't be asked for conditions, and not for the revisions of several sources.
        """
        query: list[tuple[str, str]] = [("projects", project) for project in projects]
        query += [("appNamespace", namespace)] if namespace else []
        query.append(("fields", ",".join(f"items.{name}" for name in _FIELDS)))
        document = self._document(
            "the list of applications", f"/api/v1/applications?{urlencode(query)}"
        )
        items = document.get("items")
        return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []

    def version(self) -> str:
        """Return the server's version; needs no token."""
        version = self._document("the version", "/api/version").get("Version")
        return version if isinstance(version, str) else ""

    def sync(self, application: ApplicationName, revision: str | None) -> None:
        """Start a sync to a commit, None: to what the application's target revisions name. Nothing
        is pruned.

        Raises BusyError while another operation runs, SyncWindowError, HiddenError without the
        right to sync, and as ``application`` does.
        """
        body = {"name": application.name, **_query(application)}
        if revision:
            body["revision"] = revision
        path = f"{_base(application)}/sync"
        self._request("POST", path, f"the sync of {application}", body=json.dumps(body).encode())

    def _document(self, what: str, path: str, seconds: float = ANSWER) -> dict[str, Any]:
        answer = self._request("GET", path, what, seconds=seconds)
        try:
            document = msgspec.json.decode(answer.body)
        except (msgspec.DecodeError, RecursionError, ValueError):
            document = None
        if not isinstance(document, dict):
            raise NotArgocdError(
                f"{self.server.url} answers with something else than Argo CD's documents",
                remedy="check --argocd-server: a login page or another program may stand there",
            )
        return document

    def _request(
        self, method: str, path: str, what: str, body: bytes | None = None, seconds: float = ANSWER
    ) -> HttpResponse:
        answer = self._send(method, path, body, seconds)
        if answer.status == 401:
            fresh = self._renewed()
            # somebody renewed the file: an expired token is no reason to stop
            if fresh != self._token:
                self._token = fresh
                answer = self._send(method, path, body, seconds)
        if answer.status == 401 and not self._token:
            raise LoginError(
                f"Argo CD at {self.server.url} wants a token, and there is none", remedy=TOKEN
            )
        if answer.status != 200:
            raise of_status(self.server, answer, what)
        return answer

    def _renewed(self) -> str | None:
        try:
            return self._access.token()
        except GitopsError:  # it was good in the beginning: somebody is writing it
            return self._token

    def _send(self, method: str, path: str, body: bytes | None, seconds: float) -> HttpResponse:
        headers = {"Accept": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        soon = Deadline.after(max(0.1, min(seconds, self._deadline.remaining())))
        try:
            return self._client.send(
                HttpRequest(method, self.server.url + path, headers, body), soon
            )
        except RequestError as error:
            raise of_exception(self.server, error.cause) from None


def _query(application: ApplicationName) -> dict[str, str]:
    named = {"project": application.project, "appNamespace": application.namespace}
    return {name: value for name, value in named.items() if value}


def _base(application: ApplicationName) -> str:
    return f"/api/v1/applications/{quote(application.name, safe='')}"


def _path(application: ApplicationName, rest: str = "", **query: str) -> str:
    return with_query(_base(application) + rest, {**query, **_query(application)})
