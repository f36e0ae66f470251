"""What findings call people, claims and approvals: the one place for it. All of it is one line."""

from collections.abc import Sequence

from gitops_ci.base.redaction import one_line
from gitops_ci.core.audit.rebuilt_operation import release_words
from gitops_ci.core.audit.state.environment_states import Value
from gitops_ci.core.gates.approval import openers_of
from gitops_ci.model.commits import LoggedCommit
from gitops_ci.model.config import Environment
from gitops_ci.model.operation import ADOPT, PROMOTE, RETIRE, ROLLBACK, UPDATE, Record, Verdict
from gitops_ci.model.release import Image, Release

NAMES = {
    UPDATE: "an update",
    PROMOTE: "a promotion",
    ROLLBACK: "a rollback",
    ADOPT: "an adoption",
    RETIRE: "a retirement",
}
_NOBODY = "somebody without an address"


def who(commit: LoggedCommit) -> str:
    """Return who made a commit: its author, and the committer where that is somebody else."""
    author, committer = one_line(commit.author) or _NOBODY, one_line(commit.committer)
    return author if committer in {"", author} else f"{author} (committed by {committer})"


def claim(commit: LoggedCommit, record: Record) -> str:
    """Return what a commit says of itself."""
    release, place = one_line(release_words(record.release)), one_line(record.environment)
    if record.approved_by:
        people = one_line(" and ".join(record.approved_by))
        return f"{who(commit)}'s commit claims that {people} approved {release} for {place}"
    return f"{who(commit)}'s commit claims {operation(record)}"


def operation(record: Record) -> str:
    """Return what a record says that was done."""
    release, place = one_line(release_words(record.release)), one_line(record.environment)
    name = NAMES.get(record.operation) or f"the operation {one_line(record.operation)}"
    return f"{name} of {release} to {place}"


def could_open(verdict: Verdict) -> str:
    """Return who could have opened a gate, '' where nobody is named for it."""
    people = " or ".join(map(one_line, verdict.openers))
    if not people:
        return ""
    verb = "approved it" if verdict.gate == "approval" else "overridden it"
    return f"{people} could have {verb}"


def origin(record: Record, earlier: Sequence[Record]) -> str:
    """Return where the plan of a record really comes from: ``earlier`` are those that name it."""
    if not earlier:
        return ""
    first = earlier[0]
    what = "approval" if record.approved_by else "plan"
    release, place = one_line(release_words(first.release)), one_line(first.environment)
    if (release, place) == (one_line(release_words(record.release)), one_line(record.environment)):
        return f"that {what} was used by commit {first.commit[:12]}"
    elsewhere = f" in {place}" if first.environment != record.environment else ""
    return f"that {what} was for {release}{elsewhere} (commit {first.commit[:12]})"


def approvers(environment: Environment) -> str:
    """Return who may approve for an environment, '' where nobody has to."""
    rule = environment.approval
    return " or ".join(map(one_line, openers_of(rule))) if rule else ""


def misread(value: Value) -> str:
    """Return what Helm reads in the place of the first text that it reads otherwise."""
    key = next(key for key in value.texts or {} if key in value.misread)
    text = one_line((value.texts or {})[key] or "") or "the empty text"
    return f"Helm reads {one_line(value.misread[key]) or 'null'} as {key}, not {text}"


def not_approved(environment: Environment) -> str:
    """Return that an approval is missing and who could have given it; '' where none is needed."""
    people = approvers(environment)
    return f"nobody approved this: {people} could have" if people else ""


def sentence(*parts: str) -> str:
    """Return what there is to say, in the order of its parts."""
    return "; ".join(filter(None, parts))


def contradiction(release: Release, recorded: Sequence[Release]) -> str:
    """Return how tag and digest contradict each other, as records know the digest; '' where they
    don't.
    """
    known = [image for other in recorded for image in other.images]
    for image in release.images:
        tags = [other.tag for other in known if _is_digest_of(other, image)]
        if tags and image.tag and image.tag not in tags:
            return (
                f"tag and digest contradict each other: the tag says {one_line(image.tag)}, and "
                f"the digest is that of {one_line(tags[-1])}"
            )
    return ""


def _is_digest_of(recorded: Image, image: Image) -> bool:
    return bool(image.digest and recorded.tag) and recorded.digest == image.digest
