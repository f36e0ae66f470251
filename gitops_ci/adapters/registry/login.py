"""Answers a registry's challenge: basic authentication, or a token of the server that it names.

Source: https://distribution.github.io/distribution/spec/auth/
"""

from typing import Any
from urllib.request import parse_http_list, parse_keqv_list

from gitops_ci.adapters.docker_config import DockerCredentials
from gitops_ci.adapters.http.failures import shown
from gitops_ci.adapters.http.message import HttpRequest, basic, with_query
from gitops_ci.adapters.registry.answers import LOGIN, as_json
from gitops_ci.adapters.registry.session import NoAnswer, RegistrySession
from gitops_ci.base.redaction import remember


def log_in(session: RegistrySession, challenge: str, credentials: DockerCredentials | None) -> str:
    """Return the Authorization header that a challenge asks for; raises NoAnswer where there
    is none.
    """
    kind, _, rest = challenge.partition(" ")
    if kind.lower() == "basic":
        if not credentials:
            raise NoAnswer(f"it wants credentials and none are known; {LOGIN}", transient=False)
        return basic(credentials.username, credentials.password)
    parameters = _parameters(rest)
    realm = parameters.get("realm", "")
    if kind.lower() != "bearer" or not realm.startswith(("http://", "https://")):
        raise NoAnswer(
            f"it wants a login of a kind that is not known: {shown(challenge)}", transient=False
        )
    query = {name: parameters[name] for name in ("service", "scope") if parameters.get(name)}
    if credentials and credentials.identity:
        token = _refreshed(session, realm, query, credentials)
    else:
        token = _token(session, realm, query, credentials)
    remember(token)
    return f"Bearer {token}"


def _token(
    session: RegistrySession,
    realm: str,
    query: dict[str, str],
    credentials: DockerCredentials | None,
) -> str:
    headers = {"Accept": "application/json"}
    if credentials:
        headers["Authorization"] = basic(credentials.username, credentials.password)
    document = _document(session, HttpRequest("GET", with_query(realm, query), headers))
    token = document.get("token") or document.get("access_token")
    if not isinstance(token, str):
        raise NoAnswer(
            f"its token server does not accept the credentials, or wants some; {LOGIN}",
            transient=False,
        )
    return token


def _refreshed(
    session: RegistrySession, realm: str, query: dict[str, str], credentials: DockerCredentials
) -> str:
    """Trade an identity token for an access token."""
    form = {
        "grant_type": "refresh_token",
        "client_id": "gitops-ci",
        "refresh_token": credentials.password,
        **query,
    }
    token = _document(session, HttpRequest.form(realm, form)).get("access_token")
    if not isinstance(token, str):
        raise NoAnswer(
            f"its token server does not accept the identity token; {LOGIN}", transient=False
        )
    return token


def _document(session: RegistrySession, request: HttpRequest) -> dict[str, Any]:
    response = session.request(request)
    document = as_json(response.body) if response.status == 200 else {}
    if not isinstance(document, dict):
        raise NoAnswer("the answer of its token server makes no sense", transient=False)
    return document


def _parameters(text: str) -> dict[str, str]:
    try:
        return parse_keqv_list(parse_http_list(text))
    except ValueError:
        return {}
