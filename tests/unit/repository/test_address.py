"""What a repository URL may be, and that user and password leave it."""

import os
from pathlib import Path

import pytest

from gitops_ci.errors import UsageError
from gitops_ci.redaction import redact
from gitops_ci.repository import Credentials, clean_url


@pytest.mark.parametrize(
    ("url", "clean", "credentials"),
    [
        ("https://git.example.com/a.git", "https://git.example.com/a.git", None),
        ("https://git.example.com:8443/g/a", "https://git.example.com:8443/g/a", None),
        ("HTTPS://bob@git.example.com/a", "https://git.example.com/a", Credentials("bob", None, None)),
        ("https://bob:pw%40%2F%3A@git.example.com/a", "https://git.example.com/a", Credentials("bob", "pw@/:", None)),
        ("https://bob:p@ss@git.example.com/a", "https://git.example.com/a", Credentials("bob", "p@ss", None)),
        ("http://bob:@[::1]:80/a", "http://[::1]:80/a", Credentials("bob", "", None)),
        ("ssh://git@git.example.com:2222/a.git", "ssh://git@git.example.com:2222/a.git", None),
        ("ssh://git.example.com/a.git", "ssh://git.example.com/a.git", None),
        ("git@git.example.com:group/a.git", "git@git.example.com:group/a.git", None),
        ("host:a.git", "host:a.git", None),
        ("file:///srv/a%20b.git", "file:///srv/a%20b.git", None),
        ("/srv/a.git", "/srv/a.git", None),
    ],
)
def test_a_url_is_cleaned(url: str, clean: str, credentials: Credentials | None) -> None:
    assert clean_url(url) == (clean, credentials)


def test_a_relative_path_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert clean_url("some/a.git") == (os.path.join(tmp_path, "some/a.git"), None)
    assert clean_url("./a:b.git") == (os.path.join(tmp_path, "a:b.git"), None)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "-u./run",
        "--upload-pack=run",
        "ext::sh -c run",
        "fd::17",
        "git://git.example.com/a",
        "ftp://git.example.com/a",
        "https:///a",
        "https://user@/a",
        "https://-oProxyCommand=run/a",
        "ssh://-oProxyCommand=run/a",
        "ssh://-l@host/a",
        "git@-oProxyCommand=run:a",
        "https://git.example.com/a\nb",
        "https://git.example.com/a\0b",
        "https://bob:p%0d%0aX-Forged%3A1@git.example.com/a",
        "ssh://git:secret-word@git.example.com/a",
    ],
)
def test_what_git_would_take_for_something_else_is_refused(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        clean_url(url)
    assert "secret-word" not in str(caught.value)


def test_a_password_is_masked_from_then_on() -> None:
    clean_url("https://bob:pass%20phrase-1@git.example.com/a")
    assert redact("pass phrase-1 pass%20phrase-1") == "**** ****"
