"""Every check that the target asks for has passed for this release."""

from gitops_ci.check_results import CheckResult, latest, of_release
from gitops_ci.config.model import Config
from gitops_ci.gates.facts import Facts
from gitops_ci.gates.verdict import undecided, verdict
from gitops_ci.gates.words import quoted
from gitops_ci.model import Release, Unknown
from gitops_ci.operation import PASSED, REFUSED, Actor, Change, Plan, Verdict


def checks(plan: Plan, change: Change, config: Config, facts: Facts, actor: Actor) -> Verdict:
    """Every check that the target asks for has passed for this release; the latest result of each name decides."""
    results = facts.checks.get(change.app.name, ())
    if isinstance(results, Unknown):
        return undecided("checks", change, results, "see that refs/notes/gitops-ci of the GitOps repository can be read")
    wanted = change.environment.checks
    source = change.environment.source or ""
    newest = latest(of_release(results, change.app.name, source, change.after))
    missing = [name for name in wanted if name not in newest]
    failed = [newest[name] for name in wanted if name in newest and not newest[name].passed]
    if not missing and not failed:
        return verdict("checks", change, PASSED, f"{' and '.join(wanted)} passed for {change.after}")
    reasons = [_failed(result) for result in failed]
    if missing:
        reasons.append(f"no result of {' and '.join(missing)} for {change.after} in {source}")
    first = failed[0].name if failed else missing[0]
    record = f"gitops-ci check {change.app.name} --env {source} --tag {_tag(change.after)} --name {quoted(first)} --passed"
    return verdict("checks", change, REFUSED, "; ".join(reasons), f"when it has passed, record it: {record}")


def _failed(result: CheckResult) -> str:
    who = f" by {result.by}" if result.by else ""
    return f"{result.name} failed{who}" + (f" ({result.url})" if result.url else "")


def _tag(release: Release) -> str:
    return release.images[0].tag if release.images else "TAG"
