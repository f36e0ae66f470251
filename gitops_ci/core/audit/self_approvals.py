"""Tells of approvals by those who asked for it or wrote it, where the rules let them."""

from collections.abc import Mapping, Sequence

from gitops_ci.base.redaction import one_line
from gitops_ci.core.audit.rebuilt_operation import RebuiltChange
from gitops_ci.core.authors import authors_of
from gitops_ci.core.gates.people import identities, identity
from gitops_ci.core.requesters import people_of
from gitops_ci.model.config import Config
from gitops_ci.model.release import Release


def self_approval(
    rebuilt: RebuiltChange, config: Config, releases: Mapping[str, Sequence[Release]]
) -> str:
    """Return who approved what is their own, '' for nobody; where that is forbidden the gate says
    so. ``releases`` are the recorded ones by application.
    """
    record, rule = rebuilt.record, rebuilt.target.environment.approval
    if rule is None:
        return ""
    asked = identities(people_of(record.requesters), config)
    recorded = releases.get(rebuilt.target.app.name, ())
    wrote = identities(authors_of(record.release, recorded), config)
    forbidden = (asked if rule.distinct_requester else set()) | (
        wrote if rule.distinct_authors else set()
    )
    own = (asked | wrote) - forbidden
    people = [name for name in record.approved_by if identity(name, config) in own]
    if not people:
        return ""
    who = one_line(" and ".join(people))
    return f"{who} approved what is their own: the rules do not ask for a second pair of eyes"
