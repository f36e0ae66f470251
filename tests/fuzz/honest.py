"""What honest people and pipelines do; each step that is refused is tried again by forgery."""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from tests.fuzz import forgery, values
from tests.fuzz.history import History, LawBroken
from tests.fuzz.operations import BY, Operation, carry_out, check_refused
from tests.fuzz.rules import CHECK, HOUR, SOURCES, Rules
from tests.fuzz.steps import Step


def update(history: History, step: Step) -> None:
    """Bring a new build to dev."""
    carry_out(history, Operation("update", "dev", {step.app: history.new_tag()}))


def promote(history: History, step: Step) -> None:
    """Promote one application, by whom and with whose approval ever."""
    if can_promote(history, step.app, step.environment):
        _promote(history, [step.app], step.environment, step.detail)


def promote_all(history: History, step: Step) -> None:
    """Promote every application that has something new, in one commit."""
    apps = [app for app in history.rules.apps if can_promote(history, app, step.environment)]
    if apps:
        _promote(history, apps, step.environment, step.detail)


def can_promote(history: History, app: str, environment: str) -> bool:
    """Tell whether a promotion would change something."""
    source, oracle = SOURCES.get(environment), history.oracle
    if source is None or oracle.tainted & {(app, source), (app, environment)}:
        return False
    tag = oracle.tag((app, source))
    return tag is not None and tag != oracle.tag((app, environment))


def promotion(history: History, apps: Sequence[str], name: str, approver: str) -> Operation:
    """Return the promotion of what runs in the environment before."""
    tags = {app: history.oracle.tag((app, SOURCES[name])) or "" for app in apps}
    return Operation("promote", name, tags, approver)


def refusing(history: History, operation: Operation) -> frozenset[str]:
    """Return application and gate of what an oracle has against a promotion."""
    now = history.server.now
    return frozenset(
        f"{app} {gate}"
        for app in operation.tags
        for gate in history.oracle.refused_gates(
            app, operation.environment, BY, operation.approver, now
        )
    )


def _promote(history: History, apps: Sequence[str], environment: str, approver: str) -> None:
    operation = promotion(history, apps, environment, approver)
    gates = refusing(history, operation)
    if not gates:
        carry_out(history, operation)
        return
    answer = check_refused(history, operation, gates)
    if len(apps) == 1:
        forgery.check_promotion(history, operation, answer)


def rollback(history: History, step: Step) -> None:
    """Return to an earlier release."""
    place = (step.app, step.environment)
    earlier = history.oracle.earlier(place)
    if not history.rules.has_digest(step.app):  # nobody knows what that of before the rules was
        earlier = [tag for tag in earlier if tag != values.INHERITED_TAG]
    if not earlier or place in history.oracle.tainted:
        return
    operation = Operation("rollback", step.environment, {step.app: earlier[0]}, step.detail)
    if step.environment == "prod" and not history.oracle.approves(BY, step.detail):
        check_refused(history, operation, frozenset({f"{step.app} approval"}))
    else:
        carry_out(history, operation)


def deploy(history: History, step: Step) -> None:
    """Bring a new build to prod, with all that the rules ask for."""
    update(history, step)
    history.pass_time()
    promote(history, Step("promote", step.app, "stage"))
    history.pass_time()
    if history.rules.checks:
        check(history, Step("check", step.app, "stage", "passed"))
    history.pass_time(history.rules.soak * HOUR + 1)
    while history.rules.frozen(history.server.now):
        history.pass_time(6 * HOUR)
    promote(history, Step("promote", step.app, "prod", "alice"))


def check(history: History, step: Step) -> None:
    """Record what a test said of the release in stage."""
    stage = (step.app, "stage")
    tag = history.oracle.tag(stage)
    if tag is None or stage in history.oracle.tainted:
        return
    words = ["check", step.app, "--env", "stage", "--name", CHECK, f"--{step.detail}"]
    answer = history.server.run(*words, "--requested-by", "dave")
    if answer.code:
        raise LawBroken(f"{' '.join(words)}: {answer.err}")
    history.oracle.checks[step.app, tag] = step.detail == "passed"


def wait(history: History, step: Step) -> None:
    history.pass_time(int(step.detail.removesuffix("h")) * HOUR)


def other(history: History, step: Step) -> None:
    """Change what is no managed value: a file that nobody manages, and another key."""
    place = (step.app, step.environment)
    text = history.text(place)
    replicas = text.replace("replicas: 2", "replicas: 3")
    if replicas == text:
        replicas = text.replace("replicas: 3", "replicas: 2")
    files = {"README.md": str(history.server.now).encode(), history.file(place): replicas.encode()}
    history.write(history.branch(place), files)


def chart(history: History, step: Step) -> None:
    """Change the chart of an application."""
    text = f"name: {step.app}\nversion: {history.server.now}\n"
    history.write("main", {f"apps/{step.app}/charts/Chart.yaml": text.encode()})


def policy(history: History, step: Step) -> None:
    """Change a rule of prod."""
    history.oracle.rules = changed_rules(history.rules, step.detail)
    text = history.rules.text(history.registry.address)
    history.write("main", {"gitops.yaml": text.encode()}, signed=True)


def changed_rules(rules: Rules, aspect: str) -> Rules:
    """Return rules of which one aspect is another one."""
    changes: dict[str, object] = {
        "soak": 0 if rules.soak else 2,
        "checks": not rules.checks,
        "freeze": not rules.freeze,
        "distinct": not rules.distinct,
        "approvers": ("alice",) if len(rules.approvers) > 1 else ("alice", "bob"),
    }
    return replace(rules, **{aspect: changes[aspect]})


def adopt(history: History, step: Step) -> None:
    """Write a value by hand, which is a violation, until somebody answers for it."""
    place = (step.app, step.environment)
    if history.oracle.tag(place) is None or place in history.oracle.tainted:
        return
    tag = history.new_tag()
    text = values.with_tag(history.text(place), tag)
    text = values.with_digest(text, history.registry.digest(step.app, tag))
    pushed = forgery.edited(history, place, text)
    history.check_refused(pushed, place)
    history.server.move(pushed)
    history.pass_time()
    carry_out(history, Operation("adopt", step.environment, {step.app: tag}, "alice"))


STEPS: dict[str, Callable[[History, Step], None]] = {
    "deploy": deploy,
    "update": update,
    "promote": promote,
    "promote all": promote_all,
    "rollback": rollback,
    "check": check,
    "wait": wait,
    "other": other,
    "chart": chart,
    "policy": policy,
    "adopt": adopt,
}
