"""Requests to one registry about one image, which share a login."""

from urllib.parse import urlsplit

from gitops_ci.adapters import docker_config
from gitops_ci.adapters.docker_config import DockerCredentials
from gitops_ci.adapters.http.client import Client
from gitops_ci.adapters.http.failures import RequestError, shown
from gitops_ci.adapters.http.message import HttpRequest, HttpResponse, basic, server_of
from gitops_ci.adapters.registry.address import Address
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import UsageError
from gitops_ci.model.registry_settings import RegistrySettings
from gitops_ci.model.release import Unknown

_REFUSED = frozenset({401, 403})


class NoAnswer(Exception):
    """A question has no answer: ``fact`` says why, ``after`` when the server wants to be asked
    again (seconds).
    """

    def __init__(self, reason: str, *, transient: bool, after: float | None = None) -> None:
        super().__init__(reason)
        self.fact = Unknown(reason, transient)
        self.after = after


class RegistrySession:
    """Logs in as the registry asks for it; without need nothing is asked for twice."""

    def __init__(
        self, client: Client, address: Address, settings: RegistrySettings, deadline: Deadline
    ) -> None:
        self._client = client
        self._address = address
        self._settings = settings
        self._deadline = deadline
        # the login of the command, which saves most registries the first refusal
        self._preemptive = self._basic_login()
        self._authorization = f"Bearer {settings.token}" if settings.token else self._preemptive

    def send(self, method: str, path: str, accept: str) -> HttpResponse:
        """Send a request, log in when the registry asks for it, and return the answer.

        Raises NoAnswer, and what the client raises.
        """
        response = self._ask(method, path, accept)
        if self._preemptive and 400 <= response.status < 500 and response.status != 404:
            # the password is for the token server, or not for this registry, which may show it to
            # everybody
            self._preemptive = self._authorization = ""
            response = self._ask(method, path, accept)
        if self._authorization:
            return response
        self._authorization = self._log_in(response)
        return self._ask(method, path, accept) if self._authorization else response

    def request(self, request: HttpRequest) -> HttpResponse:
        """Send one request and follow its redirects; raises NoAnswer for what the server can't or
        mustn't do.
        """
        self._check(None, request.url)
        try:
            response = self._client.follow(request, self._deadline, self._check)
        except RequestError as error:
            if error.failure.kind != "size":
                raise
            raise NoAnswer(
                f"{server_of(request.url)} {error.failure.words}", transient=False
            ) from error
        except UsageError as error:
            raise NoAnswer(error.message, transient=False) from error
        if response.status == 429 or response.status >= 500:
            server = server_of(response.url)
            reason = f"{server} answers {response.status} {shown(response.reason)}".rstrip()
            raise NoAnswer(reason, transient=True, after=response.retry_after)
        return response

    def _ask(self, method: str, path: str, accept: str) -> HttpResponse:
        headers = {"Accept": accept}
        if self._authorization:
            headers["Authorization"] = self._authorization
        return self.request(HttpRequest(method, self._address.base + path, headers))

    def _check(self, _: HttpResponse | None, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and not self._settings.on_plain_http(parts.netloc):
            raise NoAnswer(
                "a redirect or token address leads to plain HTTP at "
                f"{shown(server_of(url)) or 'no server'}",
                transient=False,
            )

    def _log_in(self, response: HttpResponse) -> str:
        """Return the Authorization header that an answer asks for, '' where it asks for none."""
        challenge = response.headers.get("www-authenticate")
        if response.status in _REFUSED and challenge:
            from gitops_ci.adapters.registry import login

            return login.log_in(self, challenge, self._credentials())
        if response.status == 404:
            # some registries (Artifactory) hide from strangers what they would show to those who
            # log in
            credentials = self._credentials()
            if credentials and not credentials.identity:
                return basic(credentials.username, credentials.password)
        return ""

    def _credentials(self) -> DockerCredentials | None:
        if self._settings.username and self._settings.password:
            return DockerCredentials(self._settings.username, self._settings.password)
        return docker_config.credentials_for(self._address.netloc, self._deadline)

    def _basic_login(self) -> str:
        settings = self._settings
        if settings.token or not (settings.username and settings.password):
            return ""
        return basic(settings.username, settings.password)
