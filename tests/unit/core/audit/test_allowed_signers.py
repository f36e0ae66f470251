"""Which lines of a file of allowed signers count at a time."""

from datetime import UTC, datetime

import pytest

from gitops_ci.core.audit.allowed_signers import valid_between

DAY = 86400
JUNE = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp())
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA"


def counts(options: str, time: int, until: int | None = None) -> bool:
    line = f"pipeline@example.com {options} {KEY}\n".encode()
    return bool(valid_between(line, time, time if until is None else until))


@pytest.mark.parametrize(
    ("options", "before", "after"),
    [
        ('namespaces="git"', True, True),
        ('namespaces="git",valid-before="20260601Z"', True, False),
        ("valid-before=20260601000000Z", True, False),
        ('valid-after="202606010000Z",namespaces="git"', False, True),
        ('Valid-After="20260601Z"', False, True),
        ('valid-before="soon"', False, False),
        ('valid-before="20261399Z"', False, False),
        ('valid-after="20200101Z",valid-before="20260601Z"', True, False),
        ('valid-after="20200101Z",valid-before="20210101Z"', False, False),
    ],
)
def test_a_key_counts_from_its_beginning_to_its_end(
    options: str, before: bool, after: bool
) -> None:
    assert counts(options, JUNE - DAY) == before
    assert counts(options, JUNE + DAY) == after


def test_where_nobody_knows_when_it_has_to_count_all_the_time() -> None:
    assert not counts("valid-before=20260601Z", JUNE - DAY, JUNE + DAY)
    assert counts("valid-before=20260601Z", JUNE - 2 * DAY, JUNE - DAY)


def test_without_a_zone_it_is_a_time_of_this_machine() -> None:
    """As ssh-keygen reads it."""
    local = int(datetime(2026, 6, 1).timestamp())
    assert counts("valid-before=20260601", local)
    assert not counts("valid-before=20260601", local + 1)


def test_other_lines_stay_as_they_are() -> None:
    """Comments, PGP keys, and what has no limits."""
    text = f"# people\na {KEY}\n-----BEGIN PGP PUBLIC KEY BLOCK-----\nabc\n".encode()
    assert valid_between(text, 0, 0) == text
    limited = text + f"b valid-before=20200101Z {KEY}\n".encode()
    assert valid_between(limited, JUNE, JUNE) == text
