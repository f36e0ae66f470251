"""Pushes of many references: only branches on which environments live are looked at."""

from unittest import mock

from gitops_ci.adapters.git.connection.process import Git
from tests.integration.attacks.attacked import FILE, AttackedRepository


def test_free_branches_cost_nothing_and_hide_nothing(attacked: AttackedRepository) -> None:
    """A change by hand among three hundred branches that nobody deploys from."""
    honest = attacked.head
    free = {f"refs/heads/free/{number}": honest for number in range(300)}
    free |= {f"refs/tags/v{number}": honest for number in range(100)}
    forged = attacked.commit({FILE: attacked.with_tag("99")})
    with mock.patch.object(Git, "run", autospec=True, side_effect=Git.run) as run:
        alone = attacked.push_references({f"refs/heads/{attacked.branch}": forged})
        asked = run.call_count
        among = attacked.push_references({**free, f"refs/heads/{attacked.branch}": forged})
        asked_among = run.call_count - asked
    assert alone.taken == among.taken != attacked.hook
    assert asked_among <= asked
    if attacked.hook:
        assert "NO   hand-edit " in among.words
        assert attacked.push_references(free).taken
    else:
        assert attacked.audit()[0]["kind"] == "hand-edit"
