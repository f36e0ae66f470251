"""Honest changes that leave every value as it is, however they look."""

from collections.abc import Callable

from tests.fuzz.attacks.target import Pushed, Target
from tests.fuzz.history import History
from tests.fuzz.server import HEADS, File
from tests.fuzz.steps import Step

_NEW = "qa"  # an environment that nobody had before


def change(history: History, step: Step) -> None:
    """Try a change: the hook takes it, and the audit finds nothing in it. Then it is taken away."""
    running = sorted(set(history.oracle.places()) - history.oracle.tainted)
    if not running:
        return
    place = (step.app, step.environment)
    place = place if place in running else running[0]
    history.check_taken(CHANGES[step.detail](Target(history, place)))
    history.counts[f"change: {step.detail}"] += 1


def _renamed(target: Target) -> Pushed:
    """Name another file in every application; where the rules are on another branch, both are
    pushed together.
    """
    files: dict[str, File] = {}
    for app in target.history.rules.apps:
        own = Target(target.history, (app, target.place[1]))
        files |= {own.file: None, own.other_file: own.text.encode()}
    return target.push_with_rules(target.rules_of_other_file, files, signed=True)


def _other_branch(target: Target) -> Pushed:
    """Let the environment live on a branch that has the same value; it was pushed before."""
    target.server.move({f"{HEADS}elsewhere": target.head})
    rules, main = {"gitops.yaml": target.rules_of_other_branch}, target.server.head("main")
    return {f"{HEADS}main": target.commit(rules, main, signed=True)}


def _new_branch(target: Target) -> Pushed:
    """Let the environment live on a branch that is pushed with the rules that name it."""
    rules, main = {"gitops.yaml": target.rules_of_other_branch}, target.server.head("main")
    commit = target.commit(rules, main, signed=True)
    return {f"{HEADS}main": commit, f"{HEADS}elsewhere": target.head}


def _commented(target: Target) -> Pushed:
    text = f"# a word\n{target.text}# and another\n"
    return target.push(target.commit({target.file: text.encode()}))


def _quoted(target: Target) -> Pushed:
    return target.push(target.commit({target.file: target.text.replace('"', "'").encode()}))


def _rules_commented(target: Target) -> Pushed:
    return target.push_with_rules(
        target.rules("version: 1", "# rules\nversion: 1"), {}, signed=True
    )


def _new_environment(target: Target) -> Pushed:
    """Add an environment that nobody has to approve, with a value that comes with it."""
    rules = target.rules("  dev:", f"  {_NEW}: {{values: values-{_NEW}.yaml, from: dev}}\n  dev:")
    main, server = target.server.head("main"), target.server
    text = server.content(main, f"{target.folder}/values-dev.yaml").encode()
    files = {"gitops.yaml": rules, f"{target.folder}/values-{_NEW}.yaml": text}
    return {f"{HEADS}main": target.commit(files, main, signed=True)}


CHANGES: dict[str, Callable[[Target], Pushed]] = {
    "a file renamed": _renamed,
    "an environment on another branch with its value": _other_branch,
    "an environment on a new branch with its value": _new_branch,
    "a comment": _commented,
    "other quotes": _quoted,
    "a comment in the rules": _rules_commented,
    "a new environment": _new_environment,
}
