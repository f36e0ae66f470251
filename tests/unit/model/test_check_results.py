"""Results of checks survive the way into a note and back; what else stands in a note disturbs
nothing.
"""

import json

from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.model.check_results import (
    CheckResult,
    ReportFile,
    is_name,
    latest,
    line,
    of_release,
    parse,
    release_digest,
)
from gitops_ci.model.release import Image, Release

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64
names = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]| (?! )){0,20}[a-z]", fullmatch=True)
texts = st.none() | st.text(max_size=80)
results = st.builds(
    CheckResult,
    app=names,
    environment=names,
    digest=st.sampled_from([None, A, B]),
    name=names,
    passed=st.booleans(),
    when=st.integers(0, 4_000_000_000),
    by=texts,
    url=texts,
    tag=st.none() | names,
    report=st.none()
    | st.builds(ReportFile, name=names, sha256=st.just("c" * 64), size=st.integers(0, 10**12)),
)


def result(
    name: str = "integration",
    *,
    passed: bool = True,
    when: int = 5,
    digest: str | None = A,
    tag: str = "15",
) -> CheckResult:
    return CheckResult("shop", "stage", digest, name, passed, when, tag=tag)


@given(st.lists(results, max_size=5))
def test_what_was_written_is_read(recorded: list[CheckResult]) -> None:
    note = "".join(f"{line(each)}\n" for each in recorded)
    once = parse(note.encode())
    assert (len(once.results), once.damaged) == (len(recorded), 0)
    assert [line(each) for each in once.results] == note.splitlines()
    assert [(each.name, each.passed, each.when) for each in once.results] == [
        (each.name, each.passed, each.when) for each in recorded
    ]


def test_a_line_is_what_the_docs_show() -> None:
    recorded = CheckResult(
        "shop",
        "stage",
        A,
        "load",
        False,
        1_700_000_000,
        "carol",
        "https://ci/1",
        "15",
        ReportFile("r.xml", "c" * 64, 9),
    )
    assert json.loads(line(recorded)) == {
        "application": "shop",
        "environment": "stage",
        "tag": "15",
        "digest": A,
        "name": "load",
        "result": "failed",
        "url": "https://ci/1",
        "by": "carol",
        "when": "2023-11-14T22:13:20Z",
        "report": {"name": "r.xml", "sha256": "c" * 64, "size": 9},
    }


@given(st.binary(max_size=300))
def test_nothing_that_stands_in_a_note_is_an_error(note: bytes) -> None:
    parse(note)


def test_what_people_wrote_is_passed_over_and_damaged_lines_are_counted() -> None:
    good = line(result())
    damaged = [
        good[:-5],
        good.replace("passed", "PASSED"),
        good.replace('"1970-01-01T00:00:05Z"', '"yesterday"'),
        good.replace("1970-01-01T00:00:05Z", "1970-01-01T00:00:05"),
        good.replace("integration", "in\\u0000tegration"),
        good.replace("integration", "x" * 101),
        "{" * 100_000,
        '{"a": 1}',
    ]
    note = "\n".join(["looks good to me", "", good, *damaged, "[1]", "\ufeff"])
    assert parse(note.encode()) == parse(good.encode() + b"\r\n" + b"{\xff}\n" * len(damaged))
    assert parse(note.encode()).results == (result(),)
    assert parse(note.encode()).damaged == len(damaged)


@given(
    st.permutations(
        [result(when=1), result(when=7, passed=False), result(when=7), result("load", when=3)]
    )
)
def test_the_newest_result_counts_whatever_the_order_of_the_lines(lines: list[CheckResult]) -> None:
    assert latest(lines) == {
        "integration": result(when=7, passed=False),
        "load": result("load", when=3),
    }


def test_results_belong_to_a_release() -> None:
    release = Release((Image("r/shop", "15", A),))
    own, other, unknown = result(), result(digest=B), result(digest=None, when=4)
    foreign = CheckResult("cart", "stage", A, "integration", True, 5)
    assert of_release([own, other, unknown, foreign], "shop", "stage", release) == (unknown, own)
    assert of_release([own], "shop", "prod", release) == ()
    assert of_release([result(digest=None, tag="14")], "shop", "stage", release) == ()
    assert of_release([own], "shop", "stage", Release((Image("r/shop", "15"),))) == (own,)


def test_the_digest_of_a_release_names_all_its_images() -> None:
    assert release_digest(Release((Image("r/a", "1", A), Image("r/b", "1", B)))) == f"{A},{B}"
    assert release_digest(Release((Image("r/a", "1", A), Image("r/b", "1")))) is None


def test_a_line_holds_no_secret_and_obeys_no_terminal() -> None:
    hostile = CheckResult(
        "shop", "stage", A, "load", True, 5, by="a\nb\x1b[31m", url="https://me:pw@ci/1\u202e"
    )
    assert "\n" not in line(hostile)
    assert "pw" not in line(hostile)
    assert line(hostile).isprintable()


def test_a_name_stands_in_a_note_as_it_is_or_is_none() -> None:
    assert is_name("smoke test")
    assert not any(
        is_name(text)
        for text in ("smoke  test", " smoke", "smoke\u00a0\u00a0test", "a\nb", "", "x" * 101)
    )


@given(
    st.lists(
        st.builds(
            result, st.sampled_from(["load", "smoke"]), passed=st.booleans(), when=st.integers(1, 3)
        )
    )
)
def test_the_newest_of_each_name_decides_and_at_one_time_the_failed_one(
    lines: list[CheckResult],
) -> None:
    found = latest(lines)
    assert set(found) == {each.name for each in lines}
    for each in lines:
        newest = found[each.name]
        assert newest.when >= each.when
        assert newest.passed <= each.passed or newest.when > each.when


@given(st.lists(results, max_size=4), st.sampled_from([A, B, None]), texts)
def test_results_of_a_release_agree_with_every_digest_that_is_known(
    recorded: list[CheckResult], digest: str | None, tag: str | None
) -> None:
    release = Release((Image("r/shop", tag or "", digest),))
    for each in recorded:
        found = of_release(recorded, each.app, each.environment, release)
        assert all(other.digest in {None, digest} for other in found) or digest is None
        same = each.digest == digest if each.digest and digest else each.tag in {None, tag or ""}
        assert (each in found) == same
