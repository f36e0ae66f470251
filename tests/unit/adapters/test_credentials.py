"""Logins from the environment."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_ci.adapters.credentials import git_login, read_login, registry_settings
from gitops_ci.base import redaction
from gitops_ci.base.errors import UsageError
from gitops_ci.model.login import Login


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """Forget the secrets of a test: they would be masked in others."""
    before = set(redaction._secrets)
    yield
    redaction._secrets.clear()
    redaction._secrets.update(before)


def test_nothing_set_is_no_login() -> None:
    assert git_login({}) == Login()
    assert git_login({"GITOPS_CI_GIT_USERNAME": "", "GITOPS_CI_GIT_PASSWORD": ""}) == Login()


def test_a_login_is_read_and_masked_from_then_on() -> None:
    environ = {"GITOPS_CI_GIT_USERNAME": "robot", "GITOPS_CI_GIT_PASSWORD": "s3cret/word"}
    assert git_login(environ) == Login("robot", "s3cret/word")
    pair = base64.b64encode(b"robot:s3cret/word").decode()
    assert redaction.redact(f"s3cret/word s3cret%2Fword {pair}") == "**** **** ****"
    assert "s3cret" not in repr(git_login(environ))


def test_a_file_may_hold_the_value_and_end_in_a_newline(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret token\r\n")
    environ = {"GITOPS_CI_REGISTRY_TOKEN_FILE": str(tmp_path / "token")}
    settings = registry_settings(["Host:5000"], "ca.pem", environ)
    assert settings.token == "s3cret token"
    assert settings.plain_http == {"host:5000"}
    assert settings.ca_file == "ca.pem"
    assert "s3cret" not in repr(settings)


def test_a_token_of_a_user_is_a_password_for_a_registry() -> None:
    environ = {"GITOPS_CI_REGISTRY_USERNAME": "robot", "GITOPS_CI_REGISTRY_TOKEN": "s3cret"}
    settings = registry_settings(environ=environ)
    assert (settings.username, settings.password, settings.token) == ("robot", "s3cret", None)


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"PASSWORD": "a-secret"}, "GITOPS_CI_GIT_USERNAME"),
        ({"USERNAME": "robot"}, "GITOPS_CI_GIT_PASSWORD"),
        ({"USERNAME": "robot", "PASSWORD": "a-secret", "TOKEN": "a-secret"}, "GITOPS_CI_GIT_TOKEN"),
        ({"TOKEN": "a-secret", "TOKEN_FILE": "/dev/null"}, "GITOPS_CI_GIT_TOKEN_FILE"),
        ({"TOKEN_FILE": "/nowhere/token"}, "/nowhere/token"),
        ({"TOKEN_FILE": "/"}, "GITOPS_CI_GIT_TOKEN_FILE"),
        ({"TOKEN_FILE": "/dev/null"}, "is empty"),
        ({"TOKEN_FILE": "/dev/zero"}, "too large"),
        ({"TOKEN": "a-secret\nX-Header: y"}, "more than one line"),
    ],
)
def test_a_login_that_makes_no_sense_is_a_usage_error_without_the_secret(
    environ: dict[str, str], named: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read_login("GIT", {f"GITOPS_CI_GIT_{name}": value for name, value in environ.items()})
    assert named in str(caught.value)
    assert "a-secret" not in str(caught.value)


@pytest.mark.parametrize("host", ["http://host", "host/path"])
def test_plain_http_names_hosts(host: str) -> None:
    with pytest.raises(UsageError, match="not a host"):
        registry_settings([host], environ={})
