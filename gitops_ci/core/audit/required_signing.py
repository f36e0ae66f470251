"""Requires signatures for what no operation did and is no violation by itself."""

import msgspec

from gitops_ci.core.audit.findings import FindingCollector, RequiredSignatures
from gitops_ci.core.audit.history.arrivals import ArrivedCommit
from gitops_ci.core.audit.state.policies import Policies
from gitops_ci.core.audit.state.values_index import AuditedTarget
from gitops_ci.model.commits import LoggedCommit


class SigningRules(msgspec.Struct, frozen=True):
    """Whose signatures the policy in force asks for, by environment."""

    policies: Policies
    collector: FindingCollector

    def require(
        self, step: ArrivedCommit, commit: LoggedCommit, target: AuditedTarget, what: str
    ) -> None:
        """Have a commit verified that changes an environment with signers; ``what`` it did stands
        in the finding.
        """
        name = target.environment.name
        if name in self.policies.signers:
            signers = self.policies.signers[name]
            self.collector.require_signatures(
                RequiredSignatures((commit.id,), signers, target.key, step, what)
            )
