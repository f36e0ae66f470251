"""Definitions of promotion jobs, usual and hostile."""

from typing import Any

from hypothesis import strategies as st

from gitops_ci.core.promotion_job.definition import Definition

# what XML 1.0 can hold; what it can't stands in no name, and is escaped in the script
PRINTABLE = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
    min_size=1,
    max_size=30,
)
ANY_TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"), max_size=60
)
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)
VALUES = st.one_of(
    ANY_TEXT,
    st.booleans(),
    st.integers(0, 10**6),
    st.lists(ANY_TEXT, max_size=3),
    st.dictionaries(NAMES, ANY_TEXT),
)


def definition(**changes: Any) -> Definition:
    """Return a usual definition with some values changed."""
    usual: dict[str, Any] = {
        "path": ("gitops", "promote"),
        "repo": "https://git.example.com/gitops.git",
        "apps": ("shop", "cart"),
        "environments": ("stage", "prod"),
        "library": "gitops-ci@v1.2.3",
        "arguments": {
            "repo": "https://git.example.com/gitops.git",
            "approval": {"timeout": 2, "unit": "DAYS"},
        },
        "keep": 100,
    }
    return Definition(**usual | changes)


DEFINITIONS = st.builds(
    definition,
    repo=PRINTABLE.map(str.strip).filter(bool),
    apps=st.lists(NAMES, min_size=1, max_size=5, unique=True).map(tuple),
    environments=st.lists(NAMES, min_size=1, max_size=3, unique=True).map(tuple),
    library=PRINTABLE,
    arguments=st.dictionaries(
        st.sampled_from(["repo", "branch", "label", "approval", "lock", "caFile"]), VALUES
    ),
    keep=st.integers(1, 10**5),
)
