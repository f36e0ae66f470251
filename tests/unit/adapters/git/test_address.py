"""What a repository URL may be, and that user and password leave it."""

import os
from pathlib import Path

import pytest

from gitops_ci.adapters.git import GitCredentials, clean_url
from gitops_ci.base.errors import UsageError
from gitops_ci.base.redaction import redact


@pytest.mark.parametrize(
    ("url", "clean", "credentials"),
    [
        ("https://git.example.com/a.git", "https://git.example.com/a.git", None),
        ("https://git.example.com:8443/g/a", "https://git.example.com:8443/g/a", None),
        (
            "HTTPS://bob@git.example.com/a",
            "https://git.example.com/a",
            GitCredentials("bob", None, None),
        ),
        (
            "https://bob:pw%40%2F%3A@git.example.com/a",
            "https://git.example.com/a",
            GitCredentials("bob", "pw@/:", None),
        ),
        (
            "https://bob:p@ss@git.example.com/a",
            "https://git.example.com/a",
            GitCredentials("bob", "p@ss", None),
        ),
        ("http://bob:@[::1]:80/a", "http://[::1]:80/a", GitCredentials("bob", "", None)),
        ("ssh://git@git.example.com:2222/a.git", "ssh://git@git.example.com:2222/a.git", None),
        ("ssh://git.example.com/a.git", "ssh://git.example.com/a.git", None),
        ("git@git.example.com:group/a.git", "git@git.example.com:group/a.git", None),
        ("host:a.git", "host:a.git", None),
        ("file:///srv/a%20b.git", "file:///srv/a%20b.git", None),
        ("/srv/a.git", "/srv/a.git", None),
    ],
)
def test_a_url_is_cleaned(url: str, clean: str, credentials: GitCredentials | None) -> None:
    assert clean_url(url) == (clean, credentials)


@pytest.mark.parametrize(
    "url",
    [
        "http://ci:s3cret/x@127.0.0.1:1/r.git",  # read by the letter: host ci, port s3cret
        "https://ci:a/s3cret@host/r.git",
        "https://ci:1234/s3cret@host.example.com/r.git",
        "https://ci:1234/@s3cret@host.example.com/r.git",
        "https://ci:a@s3cret/c@host/r.git",  # user ci, password a, host s3cret
        "https://ci:s3cret@b/c@host/r.git",
        "https://ci:s3cret?x@host/r.git",
        "https://ci:s3cret#x@host/r.git",
        "https://host/r.git?private_token=s3cret-s3cret-s3cret",
        "https://host/r.git#s3cret-s3cret-s3cret-s3cret",
        "http://http://ci:s3cret@host/r.git",
        " https://ci:s3cret@host/r.git",
        "https://ci:s3cret@host/r.git ",
        "ssh://git:s3cret/x@host/r.git",
        "ci:s3cret@host:team/r.git",
        "ci:s3cret/x@host/r.git",
        "ci:team/s3cret@host:r.git",
        "http//ci:s3cret@host/r.git",
        "http:/ci:s3cret@host/r.git",
        "file://ci:s3cret@host/r.git",
        "-https://host/r.git?private_token=s3cret-s3cret-s3cret",
        "http::https://ci:s3cret@host/r.git",
        "ext::ci:s3cret@host",
    ],
)
def test_an_address_that_can_be_read_in_two_ways_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        clean_url(url)
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in redact(f"git said: {url}")


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example.com/@scope/a.git",
        "https://git.example.com:8443/@scope/a.git",
        "host:team/@scope/a.git",
    ],
)
def test_a_scope_is_no_login(url: str) -> None:
    assert clean_url(url) == (url, None)


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
