"""What a replay reads beside the commits that arrived."""

from collections.abc import Callable, Mapping

import msgspec

from gitops_ci.core.audit.history.check_timeline import CheckTimeline
from gitops_ci.core.audit.history.merges import Merges
from gitops_ci.core.audit.rebuilt_operation import ChartExclusions
from gitops_ci.core.audit.state.values_index import AuditedTarget, Key
from gitops_ci.model.config import Config


class ReplayInput(msgspec.Struct, frozen=True):
    """The policy branch and the position of every commit on it, policies and contents by object id.

    ``policy`` returns a Config, or in words why the file is none; ``chart_boundary`` returns what
    stays when the chart of a target comes along; ``reported`` tells of a branch and a commit that
    arrived there whether what is found in it is asked for; ``implicit`` is the policy that holds
    without gitops.yaml, from before the commit ``implicit_since`` on; ``apps`` are those that what
    is asked for concerns (None: all); ``tagged`` says of which commits has to be known what ran;
    ``merges`` is None where there are none; ``acknowledged`` are the commits that acknowledgements
    are about, and theirs.
    """

    policy_branch: str
    positions: Mapping[str, int]
    policy: Callable[[str], Config | str]
    content: Callable[[str], bytes | None]
    chart_boundary: Callable[[Config, AuditedTarget], ChartExclusions]
    reported: Callable[[str, str], bool]
    checks: CheckTimeline
    implicit: Config | None = None
    implicit_since: str | None = None
    apps: frozenset[str] | None = None
    tagged: Mapping[str, frozenset[Key]] = {}
    merges: Merges | None = None
    acknowledged: frozenset[str] = frozenset()

    def concerns(self, target: AuditedTarget) -> bool:
        """Tell whether an application has to be looked at."""
        return self.apps is None or target.app.name in self.apps
