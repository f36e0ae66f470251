"""Pure: acknowledgements <-> lines of the tracked file, and messages; who may make one."""

from collections.abc import Iterable, Sequence

import msgspec
from msgspec.structs import replace

from gitops_ci.base import canonical
from gitops_ci.base.errors import GitopsError
from gitops_ci.base.redaction import one_line
from gitops_ci.core import ledger, plan_id
from gitops_ci.core.gates import approval
from gitops_ci.core.gates.gate import Facts, GateInput
from gitops_ci.core.gates.people import identities, identity
from gitops_ci.model.acknowledgement import FILE, OPERATION, Acknowledgement, FindingName
from gitops_ci.model.commits import LoggedCommit
from gitops_ci.model.config import App, Approval, Config, Environment
from gitops_ci.model.operation import REFUSED, Actor, Change, Plan, Verdict
from gitops_ci.model.release import Release

_HEAD = "# Violations of the past that somebody answered for: gitops-ci audit acknowledge\n"
_TRAILER = "Acknowledge"


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    """One entry of the file."""

    finding: str
    reason: str


def read_lines(content: bytes | None) -> dict[str, str]:
    """Return the reasons by the id of the finding; raises GitopsError for what is no such file.

    Each entry is JSON on a line of its own, so that it can be read in one way alone.
    """
    lines: dict[str, str] = {}
    for number, line in enumerate((content or b"").splitlines(), 1):
        if not line.strip() or line.startswith(b"#"):
            continue
        try:
            entry = msgspec.json.decode(line.removeprefix(b"- "), type=_Line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            entry = None
        if entry is None or entry.finding in lines or not line.startswith(b"- "):
            raise GitopsError(
                f"{FILE}:{number} is no entry as gitops-ci writes it",
                remedy=f"restore {FILE}, and use: gitops-ci audit acknowledge",
            )
        lines[entry.finding] = entry.reason
    return lines


def with_line(content: bytes | None, finding: str, reason: str) -> bytes:
    """Return the file with one more entry, in the order of the ids: two that are added at once
    merge well.
    """
    lines = read_lines(content) | {finding: reason}
    entries = [
        b"- " + msgspec.json.encode(_Line(name, lines[name])) + b"\n" for name in sorted(lines)
    ]
    return _HEAD.encode() + b"".join(entries)


def claims(commit: LoggedCommit) -> list[Acknowledgement]:
    """Return what a commit's trailers claim to acknowledge; nothing is verified here."""
    if len(commit.parents) > 1 or f"{ledger.PREFIX}{_TRAILER}: " not in commit.message:
        return []
    found = []
    for trailers in ledger.operations(commit.message):
        values: dict[str, list[str]] = {}
        for key, value in trailers:
            values.setdefault(key, []).append(value)
        if values.get("Operation") == [OPERATION] and values.get(_TRAILER):
            found.append(
                Acknowledgement(
                    commit.id,
                    values[_TRAILER][0],
                    next(iter(values.get("Reason", ())), ""),
                    next(iter(values.get("Plan", ())), None),
                    tuple(filter(None, values.get("Requested-By", ()))),
                    tuple(filter(None, values.get("Approved-By", ()))),
                )
            )
    return found


def message(name: FindingName, plan: str, policy: str, actor: Actor) -> str:
    """Return the commit message of an acknowledgement."""
    place = f"({name.app})" if name.app else ""
    where = f" in {name.environment}" if name.environment else ""
    subject = f"{OPERATION}{place}: {name.kind} of {name.commit[:12]}{where}"
    trailers = [
        ("Operation", OPERATION),
        ("App", name.app),
        ("Environment", name.environment),
        (_TRAILER, str(name)),
        ("Plan", plan_id.with_form(plan)),
        ("Policy", policy),
        *(("Requested-By", person) for person in actor.requesters),
        *(("Approved-By", person) for person in actor.approved_by),
        ("Reason", actor.reason or ""),
    ]
    lines = [
        f"{ledger.PREFIX}{key}: {ledger.sanitised(value)}\n" for key, value in trailers if value
    ]
    return f"{ledger.sanitised(subject)}\n\n{''.join(lines)}"


def plan_of(name: FindingName, reason: str, config: Config, prior: str | None) -> str:
    """Return the hash of what is approved; ``prior`` is the plan of the acknowledgement before it,
    of the same finding: the same once more needs an approval of its own.
    """
    environments = name.environments_in(config)
    return canonical.digest(
        {
            "form": plan_id.FORM,
            "operation": OPERATION,
            "finding": str(name),
            "reason": reason,
            "policies": {environment.name: environment.policy for environment in environments},
            "prior": prior,
        }
    )


def judge(
    name: FindingName, plan: str, config: Config, actor: Actor, makers: Iterable[str]
) -> tuple[Verdict, ...]:
    """Return what each environment's rule of approval says; ``makers`` made the commit that is
    acknowledged, and where there are four eyes their approval does not count.
    """
    environments = [each for each in name.environments_in(config) if each.approval]
    return tuple(
        _verdict(_Case(name, plan, config, actor, tuple(makers)), each) for each in environments
    )


class _Case(msgspec.Struct, frozen=True):
    name: FindingName
    plan: str
    config: Config
    actor: Actor
    makers: Sequence[str]

    def refused(self, environment: Environment, reason: str, remedy: str) -> Verdict:
        return Verdict(approval.GATE.name, self.name.app, environment.name, REFUSED, reason, remedy)

    def own(self, people: Iterable[str]) -> list[str]:
        """Return those of some people who made what is acknowledged."""
        makers = identities(self.makers, self.config)
        return [person for person in people if identity(person, self.config) in makers]


def _verdict(case: _Case, environment: Environment) -> Verdict:
    actor, rule = case.actor, environment.approval
    if actor.approved_plan and not plan_id.approves(actor.approved_plan, case.plan):
        return case.refused(
            environment,
            f"plan {actor.approved_plan} was approved, but {case.plan} is what would happen now",
            f"look at it again: gitops-ci audit acknowledge {case.name.short} --reason TEXT "
            "--dry-run",
        )
    four_eyes = bool(rule and (rule.distinct_requester or rule.distinct_authors))
    own = case.own(actor.approved_by) if four_eyes else []
    if own:
        reason = f"{one_line(' and '.join(own))} made the commit that is acknowledged"
        return case.refused(environment, reason, "ask another approver")
    asking = _asking(environment, case)
    if asking.approval and asking.approval.approvers == () != (rule and rule.approvers):
        reason = "nobody is left who may approve: all approvers made what is acknowledged"
        return case.refused(environment, reason, "name another approver in gitops.yaml")
    app, nothing = App(case.name.app, "", ()), Release(())
    change = Change(app, asking, "", FILE, nothing, nothing, (), None)
    plan = Plan(OPERATION, environment, None, (change,), (), case.plan)
    asked = replace(actor, approved_plan=None)
    gate_input = GateInput(approval.GATE.name, plan, change, case.config, Facts(), asked)
    return replace(approval.GATE.verdict(gate_input), warning="")


def _asking(environment: Environment, case: _Case) -> Environment:
    """Return an environment whose rule is about people alone: what is acknowledged has no source
    revision, and whoever made it is no approver.
    """
    rule = environment.approval
    if rule is None:
        return environment
    approvers = rule.approvers
    if approvers and (rule.distinct_requester or rule.distinct_authors):
        own = case.own(approvers)
        approvers = tuple(name for name in approvers if name not in own)
    about_people = Approval(approvers, rule.distinct_requester, distinct_authors=False)
    return replace(environment, approval=replace(about_people, reason=rule.reason))
