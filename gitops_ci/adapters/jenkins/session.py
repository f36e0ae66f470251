"""Single requests to one controller with its login, which goes nowhere else."""

import os
from http.cookiejar import CookieJar

from gitops_ci.adapters.http.client import Client, Limits
from gitops_ci.adapters.http.failures import RequestError
from gitops_ci.adapters.http.message import HttpRequest, HttpResponse, basic, origin_of
from gitops_ci.adapters.http.trust import trust
from gitops_ci.adapters.jenkins.connection import JenkinsConnection
from gitops_ci.adapters.jenkins.failures import JenkinsError, foreign_redirect, leads_to_login
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import UsageError
from gitops_ci.base.redaction import remember

LIMITS = Limits(connect=10.0, silence=30.0, largest=32 * 1024 * 1024)
_EXTRA = "JENKINS_API_EXTRA_HEADERS"  # of python-jenkins: lines of NAME: VALUE


class Session:
    """Sends requests to one controller; the cookies that it sets belong to the crumbs that it
    gives.
    """

    def __init__(self, connection: JenkinsConnection) -> None:
        self._url = connection.url
        self._headers = {**_extra_headers(), **_authorization(connection)}
        try:
            trust(connection.ca_file)
        except UsageError as error:
            raise UsageError(error.message, remedy="give a file in PEM") from error
        self._client = Client(LIMITS, ca_file=connection.ca_file, cookies=CookieJar())

    def close(self) -> None:
        """End the connections."""
        self._client.close()

    def send(self, request: HttpRequest, deadline: Deadline) -> HttpResponse:
        """Send a request and return the answer, whatever its status; a GET follows redirects within
        the controller.

        Raises JenkinsError for a redirect that leads away from it, and RequestError.
        """
        try:
            return self._client.follow(request.having(self._headers), deadline, self._check)
        except RequestError as error:
            raise self._final(error, request) or error from error.cause

    def _final(self, error: RequestError, request: HttpRequest) -> JenkinsError | None:
        if error.failure.kind == "redirects":
            return JenkinsError(
                f"{self._url} redirects without end",
                remedy="check the URL of Jenkins with its prefix",
            )
        if error.failure.kind == "size":
            where = request.url.partition("?")[0]
            return JenkinsError(f"Jenkins {error.failure.words} at {where}")
        return None

    def _check(self, response: HttpResponse, target: str) -> None:
        if origin_of(target) != origin_of(self._url) or leads_to_login(target):
            raise foreign_redirect(response, target)


def _extra_headers() -> dict[str, str]:
    lines = (line.partition(":") for line in os.environ.get(_EXTRA, "").split("\n"))
    headers = {name.strip(): value.strip() for name, mark, value in lines if mark}
    remember(*headers.values())
    return headers


def _authorization(connection: JenkinsConnection) -> dict[str, str]:
    if not (connection.username and connection.secret):
        return {}
    return {"Authorization": basic(connection.username, connection.secret)}
