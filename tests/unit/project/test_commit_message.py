"""A commit message has a short subject and a body that says why."""

import pytest

from scripts.commit_message import faults

BODY = "The old one failed on every machine without a proxy.\n"


@pytest.mark.parametrize(
    "message",
    [
        f"Ask the proxy last\n\n{BODY}",
        f"{'x' * 71}\n\n{BODY}",
        f"Ask the proxy last\n\n{BODY}\nSigned-off-by: Ann <ann@example.com>\n",
        'Revert "Ask the proxy last"\n\nThis reverts commit 1f0c3a5.\n',
        "fixup! Ask the proxy last\n",
        "squash! Ask the proxy last\n\nmore\n",
        "",
    ],
)
def test_a_message_that_says_what_and_why_passes(message: str) -> None:
    assert faults(message) == []


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (f"{'x' * 72}\n\n{BODY}", "the subject has 72 characters"),
        (f"Ask the proxy last.\n\n{BODY}", "ends with a full stop"),
        (f"Ask the proxy last\n{BODY}", "an empty line is missing"),
        ("Ask the proxy last\n", "a body is missing"),
        ("Ask the proxy last\n\nSigned-off-by: Ann <ann@example.com>\n", "a body is missing"),
        ("Merge branch 'other'\n", "a body is missing"),
    ],
)
def test_what_is_wrong_is_named(message: str, fault: str) -> None:
    (found,) = faults(message)
    assert fault in found
