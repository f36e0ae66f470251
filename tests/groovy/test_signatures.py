"""Which lines of the reviewed list are used is told by the test that ends last, and by no other."""

from pathlib import Path

from tests.groovy.signatures import Used

LISTED = {"method a", "method b"}


def test_nothing_is_told_before_the_last_test_has_ended(tmp_path: Path) -> None:
    used = Used(tmp_path / "used", ["A#one", "A#two", "B#three"])
    used.note("A#one", ["method a"])
    used.note("B#three", [])
    assert used.unused(LISTED) == set()
    used.note("A#two", [])
    assert used.unused(LISTED) == {"method b"}


def test_what_other_workers_noted_counts(tmp_path: Path) -> None:
    one, two = (Used(tmp_path / "used", ["A#one", "B#two"]) for _ in range(2))
    one.note("A#one", ["method a"])
    two.note("B#two", ["method b"])
    assert one.unused({*LISTED, "method c"}) == two.unused({*LISTED, "method c"}) == {"method c"}


def test_a_test_that_runs_again_tells_again(tmp_path: Path) -> None:
    used = Used(tmp_path / "used", ["A#one"])
    used.note("A#one", ["method a"])
    assert used.unused(LISTED) == {"method b"}
    used.note("A#one", ["method a", "method b"])
    assert used.unused(LISTED) == set()
