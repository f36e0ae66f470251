"""The matrix: which rows come of what a machine has, how they are counted, and what is said of the
rest.
"""

from pathlib import Path

import pytest

from scripts.matrix import table
from scripts.matrix.__main__ import supported
from scripts.matrix.debian import wrap_all
from scripts.matrix.plan import GIT_TESTS, LIBRARY_TESTS, Gap, Git, Python, Row, numbers, rows
from scripts.matrix.running import Outcome, counted, environment
from tests.surroundings import ROOT

PYTHONS = {
    series: Python(f"{series}.4", f"/opt/python{series}") for series in ("3.11", "3.9", "3.12")
}
GIT = Git("2.39.5")
OTHER = Git("2.55.0", "/opt/git/bin")


def outcome(passed: int = 5, failed: int = 0, fault: str = "") -> Outcome:
    return Outcome(
        Row(PYTHONS["3.11"], "lock", GIT), passed, failed, 1, 61.4, Path("build/row.log"), fault
    )


def test_the_lock_is_tried_on_each_python_the_lowest_on_the_oldest_and_the_newest_on_the_newest() -> (
    None
):
    planned = [
        (row.python.series, row.libraries, row.git.version) for row in rows(PYTHONS, GIT, [OTHER])
    ]
    assert planned == [
        ("3.9", "lowest", "2.39.5"),
        ("3.9", "lock", "2.39.5"),
        ("3.11", "lock", "2.39.5"),
        ("3.12", "lock", "2.39.5"),
        ("3.12", "newest", "2.39.5"),
        ("3.9", "lock", "2.55.0"),
    ]


def test_without_a_python_there_is_nothing_to_run() -> None:
    assert rows({}, GIT, [OTHER]) == []


def test_every_named_test_exists() -> None:
    assert [name for name in (*LIBRARY_TESTS, *GIT_TESTS) if not (ROOT / name).exists()] == []


def test_the_pythons_are_those_of_the_classifiers() -> None:
    assert supported()[0] == "3.11"
    assert supported() == sorted(supported(), key=numbers)


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        ("3.9.1", "3.10.0"),
        ("3.11.7", "3.11.10"),
        ("2.31.0", "2.39.5.windows.1"),
        ("3.14.0rc1", "3.14.1"),
    ],
)
def test_versions_are_ordered_by_their_numbers(smaller: str, larger: str) -> None:
    assert numbers(smaller) < numbers(larger)


def test_another_git_comes_first_and_a_missing_part_is_no_failure() -> None:
    outside = {"PATH": "/usr/bin", "CI": "1", "HOME": "/home/ann", "VIRTUAL_ENV": "/opt/venv"}
    row = Row(PYTHONS["3.11"], "lock", OTHER, GIT_TESTS)
    assert environment(row, outside) == {"PATH": "/opt/git/bin:/usr/bin", "HOME": "/home/ann"}


def test_results_of_pytest_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "results.xml"
    file.write_text(
        '<testsuites><testsuite tests="9" failures="2" errors="1" skipped="3"/></testsuites>',
        encoding="utf-8",
    )
    assert counted(file) == (3, 3, 3)
    assert counted(tmp_path / "none.xml") == (0, 0, 0)


@pytest.mark.parametrize(
    ("ended", "good"),
    [
        (outcome(), True),
        (outcome(failed=1), False),
        (outcome(passed=0), False),  # nothing ran: nothing is known
        (outcome(fault="pytest ended with code 4"), False),
    ],
)
def test_a_row_is_good_when_tests_ran_and_none_failed(ended: Outcome, good: bool) -> None:
    assert ended.good is good


def test_the_report_shows_each_row_what_failed_and_what_was_not_tried() -> None:
    gap = Gap("Python 3.14", "not on PATH")
    assert table.text([outcome(), outcome(failed=2)], [gap]) == (
        "PYTHON  LIBRARIES  GIT     RESULT  PASSED  FAILED  SKIPPED  SECONDS\n"
        "3.11.4  lock       2.39.5  ok      5       0       1        61\n"
        "3.11.4  lock       2.39.5  FAILED  5       2       1        61\n"
        "Python 3.11.4, lock, Git 2.39.5: tests failed; see build/row.log\n"
        "Not tried:\n"
        "  Python 3.14: not on PATH\n"
    )
    assert table.text([outcome()], []).endswith("Nothing was left out.\n")


def test_unpacked_programs_are_started_by_the_loader_that_came_with_them(tmp_path: Path) -> None:
    tree, root = tmp_path / "half-made", tmp_path / "root"
    for name in (
        "usr/lib/x86_64-linux-gnu/libc.so.6",
        "usr/lib64/ld-linux-x86-64.so.2",
        "usr/bin/git",
        "usr/lib/git-core/git",
    ):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(b"\x7fELF")
    (tree / "usr/lib/git-core/git-sh-setup").write_text("#!/bin/sh\n", encoding="utf-8")
    (tree / "usr/lib/git-core/git-fetch").symlink_to("git")
    wrap_all(tree, root)
    started = (tree / "usr/lib/git-core/git").read_text(encoding="utf-8").splitlines()[-1]
    assert started == (
        f"exec '{root}/usr/lib64/ld-linux-x86-64.so.2' --inhibit-cache --library-path "
        f"'{root}/usr/lib/x86_64-linux-gnu' "
        f"""--argv0 "$0" '{root}/programs/usr/lib/git-core/git' "$@\""""
    )
    assert f"GIT_EXEC_PATH='{root}/usr/lib/git-core'" in (tree / "usr/bin/git").read_text(
        encoding="utf-8"
    )
    assert (tree / "programs/usr/bin/git").read_bytes() == b"\x7fELF"
    assert (tree / "usr/lib/git-core/git-sh-setup").read_text(encoding="utf-8") == "#!/bin/sh\n"
    assert (tree / "usr/lib/git-core/git-fetch").is_symlink()
