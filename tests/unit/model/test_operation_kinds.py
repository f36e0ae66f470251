"""The table of the kinds of operations, and the laws that its rows have to keep among
themselves.
"""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.model.operation import ADOPT, PROMOTE, RETIRE, ROLLBACK, UPDATE
from gitops_ci.model.operation_kind import KINDS, OperationKind, kind_of


def named(kind: OperationKind) -> set[str]:
    return {name for name, holds in msgspec.structs.asdict(kind).items() if holds}


def test_these_operations_are_all_there_are() -> None:
    assert set(KINDS) == {UPDATE, PROMOTE, ROLLBACK, ADOPT, RETIRE}


@given(st.text())
def test_of_any_other_word_nothing_holds(word: str) -> None:
    assert word in KINDS or named(kind_of(word)) == set()


@pytest.mark.parametrize("operation", KINDS)
def test_a_release_comes_from_one_place_or_goes(operation: str) -> None:
    origins = {"writes_build", "from_before", "goes_back", "keeps_release", "removes"}
    assert len(named(kind_of(operation)) & origins) == 1


@pytest.mark.parametrize("operation", KINDS)
def test_what_is_new_here_moves_forward_and_may_be_named_by_its_image(operation: str) -> None:
    kind = kind_of(operation)
    new = kind.writes_build or kind.from_before
    assert kind.moves_forward == new
    assert kind.takes_image == new


@pytest.mark.parametrize("operation", KINDS)
def test_digests_are_filled_only_where_no_record_can_have_them(operation: str) -> None:
    kind = kind_of(operation)
    assert kind.fills_digests == (kind.writes_build or kind.keeps_release)


@pytest.mark.parametrize("operation", KINDS)
def test_a_chart_comes_only_from_another_environment(operation: str) -> None:
    kind = kind_of(operation)
    assert not kind.carries_chart or kind.from_before


def test_what_was_written_by_hand_and_what_goes_for_good_needs_a_reason() -> None:
    assert {name for name in KINDS if kind_of(name).needs_reason} == {ADOPT, RETIRE}
