"""Logins are taken out of addresses, and found by pip and git all the same."""

import netrc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from installer.logins import Login, check_alike, netrc_file, split_login
from installer.words import Problem


@pytest.mark.parametrize(
    ("address", "plain", "login"),
    [
        (
            "https://bob:p%40ss%3A@host:8443/simple",
            "https://host:8443/simple",
            Login("https", "host:8443", "bob", "p@ss:"),
        ),
        ("http://bob:p@ss@host/simple", "http://host/simple", Login("http", "host", "bob", "p@ss")),
        ("https://token@host/simple", "https://host/simple", Login("https", "host", "token", "")),
        (
            "gitops-ci @ git+https://bob:pw@host/tools/x.git@v1#subdirectory=a",
            "gitops-ci @ git+https://host/tools/x.git@v1#subdirectory=a",
            Login("https", "host", "bob", "pw"),
        ),
    ],
)
def test_a_login_is_taken_out_of_an_address(address: str, plain: str, login: Login) -> None:
    assert split_login(address) == (plain, login)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "gitops-ci==1.0",
        "https://host/simple",
        "gitops-ci @ git+https://host/tools/x.git@v1",
        "gitops-ci @ git+ssh://git@host/tools/x.git@v1",
        "gitops-ci @ file:///a@b/x.whl",
        "dist/a@b.whl",
    ],
)
def test_what_has_no_login_stays_as_it_is(address: str) -> None:
    assert split_login(address) == (address, None)


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]))


@given(WORDS.filter(bool), WORDS)
def test_every_login_can_be_read_from_the_netrc_file(
    tmp_path_factory: pytest.TempPathFactory, user: str, password: str
) -> None:
    folder = tmp_path_factory.mktemp("netrc", numbered=True)
    file = netrc_file([Login("https", "host:8443", user, password)], folder)
    found = netrc.netrc(str(file)).authenticators("host")
    assert found is not None
    assert (found[0], found[2]) == (user, password)
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_logins_of_the_agent_itself_stay_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    own.write_text("machine other login eve password word\n")
    monkeypatch.setenv("NETRC", str(own))
    file = netrc_file([Login("https", "host", "bob", "pw")], tmp_path)
    assert netrc.netrc(str(file)).hosts == {"host": ("bob", "", "pw"), "other": ("eve", "", "word")}


def test_a_netrc_file_of_the_agent_that_nobody_can_read_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own"
    own.write_text("machine other log in eve\n")
    monkeypatch.setenv("NETRC", str(own))
    file = netrc_file([Login("https", "host", "bob", "pw")], tmp_path)
    assert netrc.netrc(str(file)).hosts == {"host": ("bob", "", "pw")}


def test_two_logins_for_one_host_are_refused() -> None:
    first, second = Login("https", "host", "bob", "pw"), Login("https", "host:8443", "eve", "pw")
    check_alike([first, first])
    with pytest.raises(Problem, match="two logins for host"):
        check_alike([first, second])
