"""What to do about a finding: here, where it is in the history, and in a push that is refused."""

from gitops_ci.core.audit.state.values_index import AuditedTarget
from gitops_ci.core.gates.words import quoted
from gitops_ci.model.acknowledgement import FindingName
from gitops_ci.model.config import Config, Environment
from gitops_ci.model.ledger_views import Finding

OPERATE = (
    "nothing was taken: make the change with gitops-ci (update, promote, rollback), in haste with"
    " --override GATE --reason TEXT by whom gitops.yaml names for it"
)
RESTORE_RULES = "restore the rules in gitops.yaml, or have a signer commit the change"
_PEOPLE = " --requested-by NAME --approved-by NAME"
MEND = "nothing was taken: mend what is wrong, and push again"


def record_it(target: AuditedTarget) -> str:
    """Return how a value that stands there becomes one of an operation."""
    environment = target.environment
    return (
        f"take it back, or record it: gitops-ci adopt {target.app.name} --env {environment.name}"
        f" --reason TEXT{approved(environment)}"
    )


def retire_it(target: AuditedTarget) -> tuple[str, str]:
    """Return how a place goes in the open, where it is gone already and where it is there still."""
    environment = target.environment
    command = (
        f"gitops-ci retire {target.app.name} --env {environment.name} --reason TEXT"
        f"{approved(environment)}"
    )
    return f"put it back, then: {command}", f"nothing was taken: {command}"


def acknowledge(name: FindingName, config: Config) -> str:
    """Return how a violation of the past is closed."""
    asks = any(each.approval for each in name.environments_in(config))
    people = _PEOPLE if asks else ""
    return f"gitops-ci audit acknowledge {quoted(name.short)} --reason TEXT{people}"


def approved(environment: Environment) -> str:
    """Return the options that name an approval, '' where nobody has to approve."""
    return _PEOPLE if environment.approval else ""


def at_push(finding: Finding) -> str:
    """Return what whoever pushed can do: what is refused is on no branch, so that nobody can adopt
    it.
    """
    return finding.at_push or finding.remedy or MEND
