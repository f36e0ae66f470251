"""Laws of the graph of a history: what one commit has and another one has not, whatever their
shape.
"""

from hypothesis import given
from hypothesis import strategies as st

from gitops_ci.core.audit.history.graph import Graph
from gitops_ci.core.config.reader import FILE
from gitops_ci.model.commits import Delta, LoggedCommit

SHAPES = st.lists(st.lists(st.integers(0, 30), max_size=3), min_size=1, max_size=30)


def history(shape: list[list[int]], *added: int) -> dict[str, LoggedCommit]:
    """Return commits whose parents are older ones; some of them add gitops.yaml."""
    commits: dict[str, LoggedCommit] = {}
    for number, parents in enumerate(shape):
        names = tuple(dict.fromkeys(str(parent % number) for parent in parents)) if number else ()
        deltas = (Delta(FILE, "000000", None, "100644", "x"),) if number in added else ()
        commits[str(number)] = LoggedCommit(str(number), names, 0, "", "", "", deltas)
    return commits


def ancestors(commits: dict[str, LoggedCommit], name: str) -> set[str]:
    """Return a commit and all before it, the slow way."""
    return {name}.union(*(ancestors(commits, parent) for parent in commits[name].parents))


@given(SHAPES, st.integers(0, 30), st.integers(0, 30))
def test_exclusive_is_the_difference_of_what_both_have_oldest_first(
    shape: list[list[int]], one: int, other: int
) -> None:
    commits = history(shape)
    first, second = str(one % len(shape)), str(other % len(shape))
    found = [commit.id for commit in Graph(commits).exclusive(first, second)]
    assert set(found) == ancestors(commits, first) - ancestors(commits, second)
    assert found == sorted(found, key=int)


@given(SHAPES, st.integers(0, 30))
def test_roots_are_the_ancestors_without_parents(shape: list[list[int]], head: int) -> None:
    commits = history(shape)
    name = str(head % len(shape))
    assert Graph(commits).roots(name) == {
        each for each in ancestors(commits, name) if not commits[each].parents
    }


def test_a_beginning_is_where_no_parent_had_gitops_yaml() -> None:
    """The third commit begins; the fifth, a merge, has it from there; the sixth is a beginning of
    its own.
    """
    commits = history([[], [0], [1], [0], [3, 2], []], 2, 4, 5)
    found = Graph(commits).beginnings()
    assert found == {"2": frozenset({"2", "4"}), "5": frozenset({"5"})}
