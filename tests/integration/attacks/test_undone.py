"""What somebody wrote by hand is put back as it was: findings ask for that."""

from tests.integration.attacks.attacked import FILE, AttackedRepository


def test_putting_back_what_an_operation_left_is_taken(unsigned: AttackedRepository) -> None:
    """Such as by `git revert`: production is where an operation had left it."""
    pushed = unsigned.push(hand_edit(unsigned))
    assert pushed.taken, pushed.words
    assert [each["kind"] for each in unsigned.notices()] == ["taken-back"]
    unsigned.deploy("16")
    assert [each["kind"] for each in unsigned.audit()] == ["hand-edit"]


def test_putting_back_the_value_before_the_last_operation_is_caught(
    unsigned: AttackedRepository,
) -> None:
    """Only a rollback brings that back."""
    left = unsigned.text()
    unsigned.deploy("16")
    unsigned.is_caught(unsigned.commit({FILE: left}), "hand-edit")


def test_putting_back_needs_a_signature_where_there_are_signers(
    attacked: AttackedRepository,
) -> None:
    back = hand_edit(attacked)
    if attacked.signed:
        attacked.is_caught(back, "unsigned")
    else:
        assert attacked.push(back).taken


def hand_edit(attacked: AttackedRepository) -> str:
    """Let production be at 99 by hand, as before there was a hook; return the commit that puts
    back what was there.
    """
    left = attacked.text()
    evil = attacked.commit({FILE: attacked.with_tag("99")})
    attacked.slip_in(evil)
    return attacked.commit({FILE: left}, "Revert", onto=evil)
