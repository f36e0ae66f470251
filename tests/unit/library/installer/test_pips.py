"""What of an agent's surroundings reaches pip, and what pip's words come to."""

import pytest
from installer import pips

LISTED = """\
For variant 'global', will try loading '/etc/pip.conf'
:env:.cert='/env/ca.pem'
:env:.target='/elsewhere'
global.cert='/etc/ca.pem'
global.extra-index-url='https://a.example.com/simple\\nhttps://b.example.com/simple'
global.index-url="https://o'hara:pw@packages.example.com/simple"
global.require-virtualenv='true'
global.quiet='3'
global.user='true'
install.index-url='https://other.example.com/simple'
install.no-build-isolation='true'
download.index-url='https://never.example.com/simple'
"""


def test_the_configuration_says_where_packages_are_and_no_more() -> None:
    assert pips.settings(LISTED, own_sources=False) == {
        "PIP_CERT": "/env/ca.pem",
        "PIP_EXTRA_INDEX_URL": "https://a.example.com/simple\nhttps://b.example.com/simple",
        "PIP_INDEX_URL": "https://other.example.com/simple",
    }


def test_with_an_index_of_our_own_no_other_is_asked() -> None:
    assert pips.settings(LISTED, own_sources=True) == {"PIP_CERT": "/env/ca.pem"}


def test_nothing_leads_python_elsewhere_or_shows_our_secrets() -> None:
    given = dict.fromkeys(
        ("PATH", "HTTPS_PROXY", "PIP_CERT", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV"), "x"
    )
    given |= dict.fromkeys(("GITOPS_TOOL_INDEX", "GITOPS_CI_GIT_PASSWORD"), "x")
    assert set(pips.surroundings(given)) == {"PATH", "HTTPS_PROXY", "PIP_CERT"}


FETCHED = (
    "2026-01-01T00:00:00,000 Could not fetch URL https://host/simple/a/: 401 Client Error: "
    "Unauthorized for url: x - skipping\n"
)


@pytest.mark.parametrize(
    ("printed", "log", "words"),
    [
        ("", "", ""),
        ("WARNING: something\n", "", ""),
        ("ERROR: one\n  more of it\nERROR: two\nERROR: two\nERROR: three\n", "", "two; three"),
        (
            "ERROR: No matching distribution found for a\n",
            f"2026-01-01T00:00:00,000 Looking\n{FETCHED}{FETCHED.replace('401', '403')}",
            "No matching distribution found for a; https://host/simple/a/: 401 Client "
            "Error: Unauthorized for url: x",
        ),
    ],
)
def test_the_reason_is_in_the_last_errors_and_in_what_did_not_answer(
    printed: str, log: str, words: str
) -> None:
    assert pips.reason(printed, log) == words
