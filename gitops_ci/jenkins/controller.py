"""A controller: what can be asked again is asked again, what changes something is sent once and its answer understood."""

import logging
from types import TracebackType
from typing import TypeVar
from urllib.parse import quote

import jenkins
import msgspec
import requests

from gitops_ci.deadline import Deadline
from gitops_ci.errors import UnavailableError
from gitops_ci.jenkins import failures
from gitops_ci.jenkins.connection import Connection
from gitops_ci.jenkins.failures import JenkinsError, NotFoundError, UncertainError
from gitops_ci.jenkins.session import Session
from gitops_ci.redaction import one_line

log = logging.getLogger(__name__)

Shape = TypeVar("Shape")

PATIENCE = 120.0  # seconds for which one question is asked again, where the operation itself may take days
_FIRST_PAUSE = 0.5
_DEFECTS = 3  # times that a question is asked which Jenkins answers with a failure of its own
_TOLD = 3  # times after which people are told that it takes longer
_PASSING = frozenset({429, 502, 503, 504})


class Controller:
    """A conversation with one controller; use it in a ``with``. ``library`` is python-jenkins over the same conversation.

    ``slack``: seconds that a question may take beyond the deadline, where running out of time is told otherwise than silence.
    """

    def __init__(self, connection: Connection, deadline: Deadline, slack: float = 0.0) -> None:
        self._slack = slack
        self.url = connection.url
        self.username = connection.username
        self.deadline = deadline
        self._session = Session(connection)
        self._crumb: dict[str, str] = {}
        self.library = _Library(self)

    def __enter__(self) -> "Controller":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._session.close()

    def read(self, path: str, shape: type[Shape], **query: str) -> Shape:
        """Return what the controller says at a path below its URL, in this shape; raises JenkinsError, UnavailableError."""
        response = self.get(path, **query)
        try:
            return msgspec.json.decode(response.content, type=shape, strict=False)
        except msgspec.ValidationError as error:
            raise JenkinsError(
                f"Jenkins sends JSON that makes no sense at {self.url}{path}: {one_line(str(error))}",
                remedy="is that the URL of Jenkins? A proxy may answer in its place",
            ) from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise failures.page_instead(response, "JSON") from None

    def get(self, path: str, **query: str) -> requests.Response:
        """Return the answer to a question; raises JenkinsError, UnavailableError."""
        return self.ask(requests.Request("GET", self.url + path, params=query))

    def post(self, path: str, form: dict[str, str], **query: str) -> requests.Response:
        """Send a form once; raises JenkinsError, UnavailableError where it did not arrive, UncertainError where it may have."""
        return self.tell(requests.Request("POST", self.url + path, data=form, params=query))

    def ask(self, request: requests.Request) -> requests.Response:
        """Send a request that changes nothing, again and again while that may help."""
        deadline = Deadline.after(min(PATIENCE, max(self._slack, self.deadline.remaining())))
        attempt = 0
        while True:
            attempt += 1
            try:
                response = self._session.send(request, deadline)
                if response.ok:
                    return response
                trouble = failures.refusal(response, self.username)
                if not _may_pass(response, attempt):
                    raise trouble
            except requests.RequestException as error:
                trouble = self._trouble(error)
            log.log(logging.INFO if attempt == _TOLD else logging.DEBUG, "%s; asking again", trouble.message)
            if not deadline.pause(attempt, _FIRST_PAUSE):
                raise trouble

    def tell(self, request: requests.Request) -> requests.Response:
        """Send a request that changes something; a redirect is an answer. Raises as ``post`` does."""
        request.headers = {**request.headers, **self._crumb}
        deadline = Deadline.after(min(PATIENCE, self.deadline.remaining()))
        attempt = 0
        while True:
            attempt += 1
            try:
                response = self._session.send(request, deadline)
            except requests.RequestException as error:
                trouble = self._trouble(error)
                if not failures.never_arrived(error):
                    raise UncertainError(trouble.message, remedy=trouble.remedy) from error
                if not deadline.pause(attempt, _FIRST_PAUSE):
                    raise trouble from error
                continue
            if response.status_code < 400:
                return self._accepted(response)
            if response.status_code == 403 and "crumb" in failures.said(response).lower() and not self._crumb:
                self._crumb = self._new_crumb()
                request.headers = {**request.headers, **self._crumb}
                continue
            refused = failures.refusal(response, self.username)
            if isinstance(refused, UnavailableError):
                raise UncertainError(refused.message, remedy=refused.remedy)
            raise refused

    def _accepted(self, response: requests.Response) -> requests.Response:
        location = response.headers.get("Location", "")
        if failures.leads_to_login(location):
            raise failures.elsewhere(response, location)
        return response

    def _new_crumb(self) -> dict[str, str]:
        """A login with a password, not with a token, needs one; it belongs to the session's cookie."""
        found = self.read("crumbIssuer/api/json", _Crumb)
        return {found.field: found.crumb}

    def _trouble(self, error: requests.RequestException) -> UnavailableError:
        reason, passing = failures.unreachable(error, self.url)
        if not passing:
            raise JenkinsError(reason) from error
        return UnavailableError(reason, remedy="try again later; is that the URL of Jenkins?")


class _Crumb(msgspec.Struct, frozen=True, rename={"field": "crumbRequestField"}):
    field: str
    crumb: str


class _Library(jenkins.Jenkins):  # type: ignore[misc]  # it has no types
    """python-jenkins, with its conversation replaced: its own has no time limit, and shows whole pages as errors."""

    def __init__(self, controller: Controller) -> None:
        super().__init__(controller.url)
        self._controller = controller

    def jenkins_request(
        self, req: requests.Request, add_crumb: bool = True, resolve_auth: bool = True, stream: bool | None = None
    ) -> requests.Response:
        """Send a request of the library; it knows only its own exception for what is not there."""
        try:
            return self._controller.ask(req) if req.method == "GET" else self._controller.tell(req)
        except NotFoundError as error:
            raise jenkins.NotFoundException(error.message) from error


def below(names: tuple[str, ...]) -> str:
    """Return the path of a job or folder below the controller's URL, with a slash at its end."""
    return "".join(f"job/{quote(name, safe='')}/" for name in names)


def _may_pass(response: requests.Response, attempt: int) -> bool:
    status = response.status_code
    return status in _PASSING or (status >= 500 and attempt < _DEFECTS)
