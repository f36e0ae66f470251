"""Puts policies in force, notes what changes of them mean, and has those before sign them."""

from gitops_ci.base.redaction import one_line
from gitops_ci.core.audit.findings import FindingCollector, RequiredSignatures
from gitops_ci.core.audit.history.arrivals import ArrivedCommit, change_of_file, files
from gitops_ci.core.audit.replay_input import ReplayInput
from gitops_ci.core.audit.state.branch_trees import BranchTrees
from gitops_ci.core.audit.state.policies import Policies, differences, same_rules
from gitops_ci.core.audit.state.values_index import ValuesIndex
from gitops_ci.core.audit.state.weakenings import weakenings
from gitops_ci.core.audit.words import sentence, who
from gitops_ci.core.config.reader import FILE
from gitops_ci.model.commits import REGULAR, Delta
from gitops_ci.model.config import Config


class PolicyChanges:
    """``index`` is that of the policy in force, None before the first one."""

    def __init__(
        self,
        replay_input: ReplayInput,
        policies: Policies,
        trees: BranchTrees,
        collector: FindingCollector,
    ) -> None:
        self._input = replay_input
        self._policies = policies
        self._trees = trees
        self._collector = collector
        self.index: ValuesIndex | None = None

    def enact(self, config: Config, commit: str, arrived: int) -> None:
        """Put a policy in force; '' as the commit: it is there without gitops.yaml."""
        self.index = ValuesIndex(config, self._input.policy_branch)
        self._policies.add(config, commit, arrived)
        self._read_signers(config)

    def coming(self, step: ArrivedCommit) -> ValuesIndex | None:
        """Return the index of the policy that a step brings, None where it brings none that can be
        read.
        """
        delta = change_of_file(step.commit, FILE)
        config = self._policy(delta) if delta else None
        return ValuesIndex(config, step.branch) if isinstance(config, Config) else None

    def apply(self, step: ArrivedCommit, delta: Delta) -> ValuesIndex | None:
        """Put a new gitops.yaml in force, and note what it changes; return the index of the policy
        that it replaces.

        One that can't be read leaves the old one in force, and replaces none.
        """
        former = self.index
        config = self._policy(delta)
        if isinstance(config, str):
            if former:
                message = (
                    f"{one_line(config)} ({_by(step)}); the rules before it stay in force here"
                )
                self._collector.add_unreadable_policy(step, message)
                self._require_signatures(step, former.config, None)
            return None
        if former:
            self._collector.settle_policy()
            for environment, words in differences(former.config, config):
                message = f"{one_line(words)} ({_by(step)})"
                self._collector.add_policy_change(step, environment, message)
            add_weakenings(self._collector, step, former.config, config, _by(step))
            self._require_signatures(step, former.config, config)
        self.enact(config, step.commit.id, step.arrived)
        return former

    def apply_signers(self, step: ArrivedCommit, config: Config) -> None:
        """Put new files of signers in force; whoever stood in a file before signs its change."""
        changed = {delta.path for delta in files(step.commit)}
        for name, environment in config.environments.items():
            path = environment.signers
            if not path or path not in changed:
                continue
            message = f"{path} was changed"
            self._collector.add_policy_change(step, name, f"{message} ({_by(step)})")
            signers = self._policies.signers.get(name)
            if signers:
                authors = _authors(step, path)
                self._collector.require_signatures(
                    RequiredSignatures(authors, signers, ("", name), step, message)
                )
        self._read_signers(config)

    def _policy(self, delta: Delta) -> Config | str:
        if delta.after and delta.mode in REGULAR:
            return self._input.policy(delta.after)
        return f"{FILE} was removed"

    def _read_signers(self, config: Config) -> None:
        self._policies.signers = {
            name: self._trees.regular_file(self._input.policy_branch, environment.signers)
            for name, environment in config.environments.items()
            if environment.signers
        }

    def _require_signatures(self, step: ArrivedCommit, old: Config, new: Config | None) -> None:
        """Require the signatures that a change of the rules needs under the rules before it."""
        for name, signers in self._policies.signers.items():
            if new and _same_rules(old, new, name):
                continue
            authors = _authors(step, FILE)
            self._collector.require_signatures(
                RequiredSignatures(authors, signers, ("", name), step, f"{FILE} was changed")
            )


def add_weakenings(
    collector: FindingCollector, step: ArrivedCommit, old: Config, new: Config, by: str
) -> None:
    """Note what new rules ask less of than old ones; ``by`` is who did that."""
    for name, words in weakenings(old, new):
        unsigned = "" if _signed(old, name) else f"{name or FILE} has no signers"
        message = sentence(f"{one_line(words)} ({by})", unsigned)
        collector.add_weakening(step, name, message)


def _signed(config: Config, name: str) -> bool:
    """Tell whether rules are those of signers: of an environment, or of any of them."""
    own = config.environments.get(name)
    environments = [own] if own else config.environments.values()
    return any(environment.signers for environment in environments)


def _same_rules(old: Config, new: Config, environment: str) -> bool:
    apps = {*old.apps, *new.apps, "*"}
    return all(same_rules(old, new, (app, environment)) for app in apps)


def _by(step: ArrivedCommit) -> str:
    return f"by {who(step.commit)}"


def _authors(step: ArrivedCommit, path: str) -> tuple[str, ...]:
    """Return the commits that have to be signed for a change of a file: those that a merge brought,
    or the step itself.
    """
    delta = change_of_file(step.commit, path)
    touching = [
        (commit.id, merged) for commit in step.side if (merged := change_of_file(commit, path))
    ]
    if touching and touching[-1][1].after == (delta.after if delta else None):
        return tuple(commit for commit, _ in touching)
    return (step.commit.id,)
