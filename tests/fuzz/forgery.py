"""Commits that say what gitops-ci would say, made by somebody else."""

import re

from tests.fuzz import values
from tests.fuzz.history import History, LawBroken
from tests.fuzz.operations import Operation, written
from tests.fuzz.oracle import Place
from tests.fuzz.rules import SOURCES
from tests.fuzz.server import HEADS, Answer, NewCommit

_GATE = re.compile(r"(\S+) did not hold")


def edited(history: History, place: Place, text: str, message: str = "by hand") -> dict[str, str]:
    """Return a push of another values file."""
    files = {history.file(place): text.encode()}
    new = NewCommit(files=files, message=message, parents=(history.head(place),))
    return {f"{HEADS}{history.branch(place)}": history.server.commit(new)}


def with_release(history: History, place: Place, tag: str) -> str:
    """Return a values file with another release, as an operation would write it."""
    text = values.with_tag(history.text(place), tag)
    return values.with_digest(text, history.registry.digest(place[0], tag))


def message(history: History, place: Place, tag: str, **trailers: str) -> str:
    """Return what a promotion would say; ``trailers`` are those beside its own, as keywords."""
    app, environment = place
    source = SOURCES.get(environment, "dev")
    lines = {
        "Operation": "promote",
        "App": app,
        "Environment": environment,
        "From": source,
        "Image": history.registry.reference(app, tag),
        "Policy": history.server.head("main"),
        "Requested-By": "carol",
    } | {name.replace("_", "-"): value for name, value in trailers.items()}
    text = "".join(f"Gitops-{name}: {value}\n" for name, value in lines.items() if value)
    return f"promote({app}): {source} -> {environment} {tag}\n\n{text}"


def check_promotion(history: History, operation: Operation, answer: Answer) -> None:
    """Write what the command refused, as it would have written it: hook and audit refuse it too,
    because of the same gates.
    """
    (place,) = operation.places
    pushed = {f"{HEADS}{history.branch(place)}": written(history, operation)}
    said = history.check_refused(pushed, place)
    gates = {f"{place[0]} {match[1]}" for each in said if (match := _GATE.match(each))}
    if gates != answer.refused_gates or len(said) != len(gates):
        raise LawBroken(
            f"the command refused because of {sorted(answer.refused_gates)}, the audit says "
            f"{sorted(said)}"
        )
    history.counts["forged promotion"] += 1
