"""Sends requests to one registry, logging in as it asks for (basic or token, by oras)."""

import logging
from types import TracebackType

import oras.auth
import oras.auth.utils
import requests

from gitops_ci.causes import causes
from gitops_ci.deadline import Deadline
from gitops_ci.redaction import remember
from gitops_ci.registry import docker_config, faults
from gitops_ci.registry.address import Address
from gitops_ci.registry.answers import LOGIN, Answer, shown
from gitops_ci.registry.docker_config import Credentials
from gitops_ci.registry.session import Trouble, open_session
from gitops_ci.registry.settings import RegistrySettings

logging.getLogger("oras").addHandler(logging.NullHandler())  # oras logs its errors; ours say more
logging.getLogger("oras").propagate = False


class Conversation:
    """Requests to one registry about one image, which share a connection and a login; use it in a ``with``."""

    def __init__(self, address: Address, settings: RegistrySettings, deadline: Deadline) -> None:
        self._address = address
        self._settings = settings
        self._deadline = deadline
        self._session = open_session(settings, deadline)
        self._authorization = f"Bearer {settings.token}" if settings.token else ""

    def __enter__(self) -> "Conversation":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._session.close()

    def send(self, method: str, path: str, accept: str) -> Answer:
        """Send a request, log in when the registry asks for it, and return the answer; raises Trouble, OSError, ValueError."""
        response = self._request(method, path, accept)
        refused = response.status_code in {401, 403} and "WWW-Authenticate" in response.headers
        if refused and not self._authorization:
            self._authorization = self._log_in(response)
            response = self._request(method, path, accept)
        elif response.status_code == 404 and not self._authorization:
            # some registries (Artifactory) hide from strangers what they would show to those who log in
            credentials = self._credentials()
            if credentials and not credentials.identity:
                self._authorization = _basic(credentials)
                response = self._request(method, path, accept)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, response.content)

    def _request(self, method: str, path: str, accept: str) -> requests.Response:
        headers = {"Accept": accept}
        if self._authorization:
            headers["Authorization"] = self._authorization
        return self._session.request(method, self._address.base + path, headers=headers)

    def _credentials(self) -> Credentials | None:
        if self._settings.username and self._settings.password:
            return Credentials(self._settings.username, self._settings.password)
        return docker_config.credentials_for(self._address.netloc, self._deadline)

    def _log_in(self, response: requests.Response) -> str:
        """Return the Authorization header that the registry's challenge asks for."""
        credentials = self._credentials()
        challenge = response.headers["WWW-Authenticate"]
        if challenge.lower().startswith("basic"):
            if not credentials:
                raise Trouble(f"it wants credentials and none are known; {LOGIN}", transient=False)
            return _basic(credentials)
        header = oras.auth.utils.parse_auth_header(challenge)
        if not challenge.lower().startswith("bearer") or not header.realm or not header.realm.startswith(("http://", "https://")):
            raise Trouble(f"it wants a login of a kind that is not known: {shown(challenge)}", transient=False)
        if credentials and credentials.identity:
            return self._bearer(self._refresh(header.realm, header.service, header.scope, credentials))
        backend = oras.auth.get_auth_backend("token", self._session, insecure=self._address.plain)
        if credentials:
            backend.set_basic_auth(credentials.username, credentials.password)
        try:
            _, accepted = backend.authenticate_request(response, {})
        except (AttributeError, TypeError) as error:  # oras takes for granted that a token answer is a JSON object
            raise Trouble("the answer of its token server makes no sense", transient=False) from error
        if not accepted or not isinstance(backend.token, str):
            raise Trouble(f"its token server does not accept the credentials, or wants some; {LOGIN}", transient=False)
        return self._bearer(backend.token)

    def _refresh(self, realm: str, service: str | None, scope: str | None, credentials: Credentials) -> str:
        """Trade an identity token for an access token, which oras can't (https://distribution.github.io/distribution/spec/auth/oauth/)."""
        form = {"grant_type": "refresh_token", "client_id": "gitops-ci", "refresh_token": credentials.password}
        form.update({name: value for name, value in (("service", service), ("scope", scope)) if value})
        response = self._session.post(realm, data=form)
        document = response.json() if response.status_code == 200 else None
        token = document.get("access_token") if isinstance(document, dict) else None
        if not isinstance(token, str):
            raise Trouble(f"its token server does not accept the identity token; {LOGIN}", transient=False)
        return token

    def _bearer(self, token: str) -> str:
        remember(token)
        return f"Bearer {token}"


def _basic(credentials: Credentials) -> str:
    return f"Basic {oras.auth.utils.get_basic_auth(credentials.username, credentials.password)}"


def reason_of(error: Exception, address: Address) -> tuple[str, bool]:
    """Return what a failed request means in words, and whether it may pass."""
    if isinstance(error, requests.exceptions.ProxyError):
        return "can't be reached through the proxy that the environment names", True
    plain = faults.reason_of(error, address)
    if plain:
        return plain
    if any(isinstance(cause, requests.exceptions.TooManyRedirects) for cause in causes(error)):
        return "redirects without end", False
    if isinstance(error, requests.exceptions.Timeout):
        return "does not answer in time", True
    if isinstance(error, requests.exceptions.ConnectionError | requests.exceptions.ChunkedEncodingError):
        return "ended the connection in the middle of an answer", True
    return f"sends what can't be understood ({type(error).__name__})", False
