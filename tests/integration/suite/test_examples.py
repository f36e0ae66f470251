"""The examples of the laws: the same in every run, others in the slow tier, which says which."""

import re
from pathlib import Path

import pytest

from tests.integration.suite.running import run_pytest

LAW = """
from hypothesis import given, strategies as st

@given(st.integers(0, 10**9))
def test_law(number):
    print("tried", number)
    assert number < 10**6
"""


@pytest.mark.slow
def test_the_quick_ones_do_not_change(tmp_path: Path) -> None:
    first, second = (tried(run_pytest(tmp_path, LAW, CI="1").stdout) for _ in range(2))
    assert first == second


@pytest.mark.slow
def test_the_full_ones_come_again_with_their_seed(tmp_path: Path) -> None:
    full = ("--hypothesis-profile=full", "-n", "1")
    first = run_pytest(tmp_path, LAW, *full, CI="1").stdout
    assert "@reproduce_failure(" in first
    seed = re.search(r"--hypothesis-seed=(\d+) tries the same examples again", first)
    assert seed, first
    for number, same in ((int(seed[1]), True), (int(seed[1]) + 1, False)):
        again = run_pytest(tmp_path, LAW, *full, f"--hypothesis-seed={number}", CI="1").stdout
        assert (tried(again) == tried(first)) == same


def tried(printed: str) -> list[str]:
    """Return the numbers that a failing law was tried with."""
    numbers = re.findall(r"^tried (\d+)$", printed, re.MULTILINE)
    assert numbers, printed
    return numbers
