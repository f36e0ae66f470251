"""Which route a ref takes, and what a revision stands for."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.core.routes import BRANCH, TAG, Ref, find, matches
from gitops_ci.model.config import Route
from gitops_ci.model.source_revision import SourceCommit, lineage

TEXTS = st.text("ab*?/", max_size=8)


@given(pattern=TEXTS, name=st.text("ab/", max_size=8))
def test_a_pattern_fits_as_its_regular_expression_does(pattern: str, name: str) -> None:
    expression = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern)
    assert matches(pattern, name) == bool(re.fullmatch(expression, name))


def test_a_pattern_that_would_stop_a_regular_expression_is_quick() -> None:
    assert not matches("*a" * 500 + "b", "a" * 5000)


def test_brackets_and_dots_are_themselves() -> None:
    assert matches("v1.[0]", "v1.[0]")
    assert not matches("v1.[0]", "v1.0")
    assert not matches("v1.0", "v1x0")


def test_the_first_route_wins_and_branches_are_no_tags() -> None:
    routes = (Route("stage", "release/*", None), Route("dev", "*", None), Route("prod", None, "v*"))
    assert find(routes, Ref(BRANCH, "release/1")) == routes[0]
    assert find(routes, Ref(BRANCH, "v1")) == routes[1]
    assert find(routes, Ref(TAG, "v1")) == routes[2]
    assert find(routes, Ref(TAG, "release/1")) is None


IDS = [digit * 40 for digit in "abcde"]


def commit(oid: str, tree: str, *parents: str) -> SourceCommit:
    return SourceCommit(oid, tree, parents)


@given(
    trees=st.lists(st.sampled_from(["t", "u", None]), max_size=4), own=st.sampled_from(["t", "u"])
)
def test_a_merge_stands_for_exactly_the_parents_with_its_tree(
    trees: list[str | None], own: str
) -> None:
    names = IDS[: len(trees)]
    parents = {
        name: commit(name, tree) if tree else None for name, tree in zip(names, trees, strict=True)
    }
    found = lineage(commit("f" * 40, own, *names), parents)
    if len(names) < 2:
        assert (found.equal, found.different, found.unread) == ((), (), ())
        return
    assert set(found.equal) == {
        name for name, tree in zip(names, trees, strict=True) if tree == own
    }
    assert sorted([*found.equal, *found.different, *found.unread]) == sorted(names)


@pytest.mark.parametrize("parents", [("a" * 40,), ("a" * 40, "a" * 40)])
def test_a_commit_with_one_parent_stands_for_itself_alone(parents: tuple[str, ...]) -> None:
    assert lineage(commit("f" * 40, "t", *parents), {"a" * 40: commit("a" * 40, "t")}).equal == ()
