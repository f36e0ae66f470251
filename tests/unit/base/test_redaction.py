"""Secrets and control characters stay out of what is shown."""

import base64
import unicodedata
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.base.redaction import one_line, printable, redact, remember, remember_login

SECRET = "p@ss/w%rd:\"'$ é"


def test_every_form_of_a_secret_is_masked() -> None:
    remember_login("robot", SECRET)
    pair = base64.b64encode(f"robot:{SECRET}".encode()).decode()
    for form in (
        SECRET,
        quote(SECRET, safe=""),
        quote(SECRET),
        base64.b64encode(SECRET.encode()).decode(),
        pair,
    ):
        assert redact(f"<{form}>") == "<****>"


def test_what_a_query_calls_a_secret_is_masked() -> None:
    for name in ("private_token", "access-token", "X-Amz-Signature", "client_secret", "apiKey"):
        assert redact(f"at https://example.com/x?page=2&{name}=abc-1%2F#top") == (
            f"at https://example.com/x?page=2&{name}=****#top"
        )
    assert redact("https://example.com/x#access_token=abc") == (
        "https://example.com/x#access_token=****"
    )
    assert redact("image?tag=v1&digest=2 # token = none") == "image?tag=v1&digest=2 # token = none"


def test_user_information_is_taken_out_of_addresses() -> None:
    assert redact("at https://robot:other@example.com/x") == "at https://example.com/x"
    assert redact("mail to a@example.com") == "mail to a@example.com"


def test_what_is_too_short_or_empty_is_no_secret() -> None:
    remember("", None, "ab")
    assert redact("ab and more") == "ab and more"


def test_a_secret_that_is_not_utf_8_is_masked_too() -> None:
    remember("sec\udcffret")
    assert redact("a sec\udcffret b") == "a **** b"


@given(st.text())
def test_one_line_is_one_printable_line(text: str) -> None:
    line = one_line(text)
    assert "\n" not in line
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in line)
    line.encode()


@given(st.text())
def test_what_is_printable_keeps_lines_and_tabs(text: str) -> None:
    shown = printable(text)
    assert shown.count("\n") == text.count("\n")
    assert printable(shown) == shown
