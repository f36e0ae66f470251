"""A controller: what can be asked again is asked again, what changes something is sent once and its
answer understood.
"""

import logging
from typing import TypeVar
from urllib.parse import quote

import jenkins
import msgspec
import requests

from gitops_ci.adapters.http.failures import RequestError
from gitops_ci.adapters.http.message import HttpRequest, HttpResponse, with_query
from gitops_ci.adapters.jenkins import failures
from gitops_ci.adapters.jenkins.connection import JenkinsConnection
from gitops_ci.adapters.jenkins.failures import JenkinsError, NotFoundError, UncertainError
from gitops_ci.adapters.jenkins.session import Session
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import UnavailableError
from gitops_ci.base.redaction import one_line
from gitops_ci.base.retry import Retry

log = logging.getLogger(__name__)

Shape = TypeVar("Shape")

# seconds for which a request is repeated, where the operation itself may take days
PATIENCE = 120.0
_FIRST_PAUSE = 0.5  # seconds
_DEFECTS = 3  # requests that Jenkins answers with a failure of its own
_WARN_AFTER = 3  # requests, until people learn that it takes longer
_PASSING = frozenset({429, 502, 503, 504})


class Controller:
    """One controller; use it in a ``with``. ``library`` is python-jenkins over the same session.

    ``slack``: seconds that a request may take beyond the deadline, so that running out of time is
    not taken for a silent controller.
    """

    def __init__(
        self, connection: JenkinsConnection, deadline: Deadline, slack: float = 0.0
    ) -> None:
        self._slack = slack
        self.url = connection.url
        self.username = connection.username
        self.deadline = deadline
        self._session = Session(connection)
        self._crumb: dict[str, str] = {}
        self.library = _Library(self)

    def __enter__(self) -> "Controller":
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def read(self, path: str, shape: type[Shape], **query: str) -> Shape:
        """Return what the controller says at a path below its URL, in this shape; raises
        JenkinsError, UnavailableError.
        """
        response = self.get(path, **query)
        try:
            return msgspec.json.decode(response.body, type=shape, strict=False)
        except msgspec.ValidationError as error:
            raise JenkinsError(
                f"Jenkins sends JSON that makes no sense at {self.url}{path}: "
                f"{one_line(str(error))}",
                remedy="is that the URL of Jenkins? A proxy may answer in its place",
            ) from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise failures.page_instead(response, "JSON") from None

    def get(self, path: str, **query: str) -> HttpResponse:
        """Return the answer to a question; raises JenkinsError, UnavailableError."""
        return self.get_with_retry(HttpRequest("GET", with_query(self.url + path, query)))

    def post(self, path: str, form: dict[str, str], **query: str) -> HttpResponse:
        """Send a form once; raises JenkinsError, UnavailableError where it did not arrive,
        UncertainError where it may have.
        """
        return self.send_once(HttpRequest.form(with_query(self.url + path, query), form))

    def get_with_retry(self, request: HttpRequest) -> HttpResponse:
        """Send a request that changes nothing, again and again while that may help."""
        deadline = Deadline.after(min(PATIENCE, max(self._slack, self.deadline.remaining())))
        retry = Retry(deadline, _FIRST_PAUSE)
        while True:
            try:
                response = self._session.send(request, deadline)
            except RequestError as error:
                trouble = failures.unreachable(error, self.url)
                again = error.failure.may_pass
            else:
                if response.status < 400:
                    return response
                trouble = failures.refusal(response, self.username)
                again = _may_pass(response, retry.attempt)
            if not again:
                raise trouble
            level = logging.INFO if retry.attempt == _WARN_AFTER else logging.DEBUG
            log.log(level, "%s; asking again", trouble.message)
            retry.wait(trouble)

    def send_once(self, request: HttpRequest) -> HttpResponse:
        """Send a request that changes something; a redirect is an answer. Raises as ``post``
        does.
        """
        deadline = Deadline.after(min(PATIENCE, self.deadline.remaining()))
        response = self._send(request, deadline)
        if response.status == 403 and not self._crumb and _wants_crumb(response):
            self._crumb = self._new_crumb()
            response = self._send(request, deadline)
        if response.status >= 400:
            refused = failures.refusal(response, self.username)
            if isinstance(refused, UnavailableError):
                raise UncertainError(refused.message, remedy=refused.remedy)
            raise refused
        location = response.headers.get("location", "")
        if failures.leads_to_login(location):
            raise failures.foreign_redirect(response, location)
        return response

    def _send(self, request: HttpRequest, deadline: Deadline) -> HttpResponse:
        """Send a request again only where it can't have arrived."""
        retry = Retry(deadline, _FIRST_PAUSE)
        while True:
            try:
                return self._session.send(request.having(self._crumb), deadline)
            except RequestError as error:
                trouble = failures.unreachable(error, self.url)
                if not error.failure.may_pass:
                    raise trouble from error
                if error.failure.sent:
                    raise UncertainError(trouble.message, remedy=trouble.remedy) from error
                retry.wait(trouble)

    def _new_crumb(self) -> dict[str, str]:
        """A login with a password, not with a token, needs one; it belongs to the session's
        cookie.
        """
        crumb = self.read("crumbIssuer/api/json", _Crumb)
        return {crumb.field: crumb.crumb}


class _Crumb(msgspec.Struct, frozen=True, rename={"field": "crumbRequestField"}):
    field: str
    crumb: str


class _Library(jenkins.Jenkins):  # type: ignore[misc]  # it has no types
    """python-jenkins without its own session, which has no time limit and shows whole pages as
    errors.
    """

    def __init__(self, controller: Controller) -> None:
        # its own opens a session, and logs the headers of JENKINS_API_EXTRA_HEADERS
        self.server = controller.url
        self._controller = controller

    def jenkins_request(
        self,
        req: requests.Request,
        add_crumb: bool = True,
        resolve_auth: bool = True,
        stream: bool | None = None,
    ) -> HttpResponse:
        """Send a request of the library; it knows only its own exception for what is not there."""
        ready = req.prepare()
        body = ready.body.encode() if isinstance(ready.body, str) else ready.body
        request = HttpRequest(ready.method or "GET", ready.url or "", dict(ready.headers), body)
        try:
            return (
                self._controller.get_with_retry(request)
                if req.method == "GET"
                else self._controller.send_once(request)
            )
        except NotFoundError as error:
            raise jenkins.NotFoundException(error.message) from error


def below(names: tuple[str, ...]) -> str:
    """Return the path of a job or folder below the controller's URL, with a slash at its end."""
    return "".join(f"job/{quote(name, safe='')}/" for name in names)


def _wants_crumb(response: HttpResponse) -> bool:
    return "crumb" in failures.message_of(response).lower()


def _may_pass(response: HttpResponse, attempt: int) -> bool:
    status = response.status
    return status in _PASSING or (status >= 500 and attempt < _DEFECTS)
