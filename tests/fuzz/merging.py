"""Proposals, merged in every way of docs/protected-branches.md, and merges of every day."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from tests.fuzz import honest
from tests.fuzz.history import History, LawBroken
from tests.fuzz.operations import Operation, written
from tests.fuzz.oracle import Place
from tests.fuzz.rules import HOUR
from tests.fuzz.server import Entry, File, NewCommit
from tests.fuzz.steps import Step

_CO_AUTHOR = "Co-authored-by: Ann <ann@example.com>"
# what makes a new commit of the proposal's, so that its signature is lost
UNSIGNED = frozenset({"rebase", "squash by GitHub", "squash by GitLab", "squash by git"})


class Proposal(Struct, frozen=True):
    """An operation on a branch of its own: what it brings to a place, and its commits."""

    place: Place
    base: str
    commit: str


def merge(history: History, step: Step) -> None:
    """Propose an operation, let something else happen, and merge it."""
    if step.detail in _OTHER:
        _OTHER[step.detail](history, step)
        history.counts[f"merge: {step.detail}"] += 1
        return
    if step.detail == "stale":
        _stale(history, step)
    else:
        _merge(history, step)
    history.counts[f"merge: {step.detail}"] += 1


def _merge(history: History, step: Step) -> None:
    operation = _operation(history, step)
    (place,) = operation.places
    if history.rules.signers and place[1] == "prod" and step.detail in UNSIGNED:
        operation = _update(history, step)
        (place,) = operation.places
    proposal = propose(history, operation)
    history.pass_time()
    if step.detail != "fast-forward":
        history.write(history.branch(place), {"README.md": b"meanwhile\n"}, judged=False)
    history.pass_time()
    while place[1] == "prod" and history.rules.frozen(history.server.now):
        history.pass_time(6 * HOUR)
    history.push(history.branch(place), merged(history, proposal, step.detail))
    history.oracle.arrive(place, operation.tags[place[0]], history.server.now)


def _operation(history: History, step: Step) -> Operation:
    """Return something that can be proposed: a promotion, where nothing is in its way, else an
    update.
    """
    if not honest.can_promote(history, step.app, step.environment):
        return _update(history, step)
    operation = honest.promotion(history, [step.app], step.environment, "alice")
    return _update(history, step) if honest.refusing(history, operation) else operation


def _update(history: History, step: Step) -> Operation:
    tag = history.new_tag()
    history.registry.digest(step.app, tag)
    return Operation("update", "dev", {step.app: tag})


def propose(history: History, operation: Operation) -> Proposal:
    """Propose an operation; a proposal is a branch, which the hook lets everybody push."""
    (place,) = operation.places
    base, words = history.head(place), operation.words
    if (history.rules.release and place[1] == "stage") or history.every(3):
        answer = history.server.run(*words, "--publish-branch", "propose/{app}-{env}")
        if answer.code or answer.result["published"] != "proposed":
            raise LawBroken(f"{' '.join(words)} can't be proposed: {answer.err}")
        return Proposal(place, base, answer.result["commit"])
    return Proposal(place, base, written(history, operation))


def merged(history: History, proposal: Proposal, style: str) -> str:
    """Return the commit that brings a proposal to its branch."""
    head, topic = history.head(proposal.place), proposal.commit
    text = history.server.message(topic)
    files = changes(history, proposal)
    if style == "fast-forward":
        return topic
    if style == "merge commit":
        message = f"Merge pull request #12 from team/proposal\n\n{text}"
        return _commit(history, message, files, head, topic)
    if style == "merge after a pull":
        message = f"Merge branch '{history.branch(proposal.place)}' into propose/it"
        return _commit(history, message, files, topic, head, base=head)
    return _commit(history, _squashed(text, style), files, head)


def changes(history: History, proposal: Proposal) -> Mapping[str, Entry]:
    """Return the files that a proposal changes."""
    before = history.server.files(proposal.base)
    after = history.server.files(proposal.commit)
    return {path: entry for path, entry in after.items() if before.get(path) != entry}


def _squashed(text: str, style: str) -> str:
    """Return the message of a squash as a server makes it, or of a rebase."""
    subject, _, body = text.partition("\n\n")
    indented = "\n".join(f"    {line}" for line in text.splitlines())
    return {
        "rebase": text,
        "squash by GitHub": f"{subject} (#12)\n\n{body}\n\n{_CO_AUTHOR}",
        "squash by GitLab": f"{text}\n\nSee merge request team/gitops!12",
        "squash by git": f"Squashed commit of the following:\n\n{indented}\n",
    }[style]


def _commit(
    history: History, message: str, files: Mapping[str, File], *parents: str, base: str = ""
) -> str:
    new = NewCommit(files=files, message=message, parents=parents, base=base or parents[0])
    return history.server.commit(new)


def _stale(history: History, step: Step) -> None:
    """Merge a proposal after a newer build came to its place, and keep the newer one."""
    proposal = propose(history, _update(history, step))
    history.pass_time()
    honest.update(history, step)
    history.pass_time()
    head = history.server.head("main")
    history.push("main", _commit(history, "Merge branch 'propose/it'", {}, head, proposal.commit))


def _pull(history: History, step: Step) -> None:
    """Let a person commit, while others deploy, and pull before the push: the own commit is the
    merge's first parent.
    """
    branch = history.rules.branch(step.environment)
    old = history.server.head(branch)
    files: dict[str, File] = {f"notes/{history.server.now}.md": b"mine\n"}
    own = _commit(history, "mine", files, old)
    honest.deploy(history, step)
    history.pass_time()
    head = history.server.head(branch)
    message = f"Merge branch '{branch}' of git.example.com:team/gitops"
    history.push(branch, _commit(history, message, files, own, head, base=head))


def _back_merge(history: History, step: Step) -> None:
    """Bring what is new on main into the release branch, whose own values stay."""
    if not history.rules.release:
        return
    files: dict[str, File] = {"README.md": b"of main\n"}
    history.write("main", files)
    release, main = history.server.head("release"), history.server.head("main")
    message = "Merge branch 'main' into release"
    history.push("release", _commit(history, message, files, release, main))


_OTHER: dict[str, Callable[[History, Step], None]] = {"pull": _pull, "back-merge": _back_merge}
