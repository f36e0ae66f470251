"""Which places the check of mutations switches off, and how."""

from pathlib import Path

import pytest

from scripts.mutations import current, places
from scripts.mutations.copies import batches, reached

_SOURCE = """\
class FindingCollector:
    def add_violation(self, kind):
        self._add(Finding(VIOLATION, kind))

    def add_hand_edit(self, kind):
        self.add_violation(kind)

    def add_notice(self, kind):
        self._add(Finding(NOTICE, kind))


def judge(collector, known, seen):
    collector.add_hand_edit(
        "ä"
    )
    collector.add_notice("x")
    add = collector.add_notice if known else collector.add_violation
    collector.require_signatures(seen)
    if any(each.severity == VIOLATION for each in seen):
        return Finding(NOTICE if known else VIOLATION, "y")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "one.py").write_text(_SOURCE, encoding="utf-8")
    return tmp_path


def test_every_place_that_makes_a_violation_is_found(project: Path) -> None:
    """By its own words, through another method, under another name; not where it is compared."""
    found = places.find(project, ["code"])
    assert [(place.line, place.what) for place in found] == [
        (3, "VIOLATION"),
        (6, "add_violation"),
        (13, "add_hand_edit"),
        (17, "add_violation"),
        (18, "require_signatures"),
        (20, "VIOLATION"),
    ]


def test_a_place_is_switched_off_and_nothing_else_changes(project: Path) -> None:
    content = _SOURCE.encode()
    found = places.find(project, ["code"])
    texts = [places.switched_off(content, place).decode() for place in found]
    assert texts[0] == _SOURCE.replace("Finding(VIOLATION, kind)", 'Finding("notice", kind)')
    assert texts[2] == _SOURCE.replace('collector.add_hand_edit(\n        "ä"\n    )', "None")
    assert texts[3] == _SOURCE.replace("else collector.add_violation", "else collector.add_notice")
    assert texts[5] == _SOURCE.replace("known else VIOLATION", 'known else "notice"')
    for text in texts:
        compile(text, "one.py", "exec")


def test_what_is_recorded_says_which_test_reaches_what(
    project: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = project / "log"
    monkeypatch.setenv("MUTATIONS_LOG", str(log))
    source = b"VIOLATION = 1\n\n\ndef find():\n    return Finding(VIOLATION)\n"
    (project / "code" / "one.py").write_bytes(source)
    (place,) = places.find(project, ["code"])
    scope = {"Finding": lambda severity: severity}
    exec(places.recording(source, [(7, place)]), scope)
    current.pytest_runtest_setup(request.node)
    assert eval("find()", scope) == 1
    assert reached(log) == {7: [request.node.nodeid]}


def test_tests_that_reach_few_places_come_first(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("1 a::b\n2 a::b\n1 a::c[x y]\n1 a::b\n")
    assert reached(log) == {1: ["a::c[x y]", "a::b"], 2: ["a::b"]}


def test_batches_grow() -> None:
    tests = [str(number) for number in range(45)]
    assert [len(batch) for batch in batches(tests)] == [8, 32, 5]
