"""Environments that are published as a Git tag: annotated, on the operation's commit, and never
moved.
"""

from gitops_ci.adapters.git import Repository, Tag
from gitops_ci.base.errors import RefusedError
from gitops_ci.core import ledger, plan_id
from gitops_ci.core.ref_template import check_version, expand
from gitops_ci.core.release_values import try_read
from gitops_ci.model.operation import GitTag, Plan, Request
from gitops_ci.model.outcome import Outcome
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.operation.snapshot import Selection


def git_tag_for(
    repository: Repository,
    request: Request,
    selection: Selection,
    ledger_reader: LedgerReader,
    plan: Plan,
) -> GitTag | None:
    """Return the tag that publishes what a plan leaves, None where the environment has none, or an
    adoption changes nothing.

    Raises UsageError when a value for its name is missing, RefusedError when the tag exists and
    holds something else.
    """
    template = plan.environment.tag
    if template is None or request.kind.keeps_release or request.publish_branch:
        return None
    name = _name(template, request, selection, plan)
    there = repository.references.tag(name)
    if there is None:
        return GitTag(
            name, commit=None if plan.changes else _deployed(selection, ledger_reader, name)
        )
    if plan.changes or not _holds(repository, selection, there):
        raise _refused(
            selection,
            f"the Git tag {name} exists already, on commit {there.commit[:12]}; a tag is "
            "never moved",
            "give another --version"
            if "{version}" in template
            else f"look at it with git show {name}",
        )
    return GitTag(name, commit=there.commit, there=True)


def tag_message(name: str, outcome: Outcome) -> str:
    """Return the message of a tag: what is published with it, in short, as Git trailers."""
    plan = outcome.plan
    changes = (*plan.changes, *plan.unchanged)
    lines = [f"Gitops-Operation: {plan.operation}", f"Gitops-Environment: {plan.environment.name}"]
    for change in changes:
        lines.append(f"Gitops-App: {change.app.name}")
        lines += [
            f"Gitops-Image: {ledger.with_repository(image, change.app.name)}"
            for image in change.after.images
        ]
    lines += [f"Gitops-Plan: {plan_id.with_form(plan.id)}"] if plan.changes else []
    what = (
        f"{changes[0].app.name} {changes[0].after}"
        if len(changes) == 1
        else f"{len(changes)} applications"
    )
    subject = ledger.sanitised(f"{plan.environment.name} {name}: {what}")
    return f"{subject}\n\n" + "".join(f"{ledger.sanitised(line)}\n" for line in lines)


def _name(template: str, request: Request, selection: Selection, plan: Plan) -> str:
    apps = [target.app.name for target in selection.targets]
    tags = {str(change.after) for change in (*plan.changes, *plan.unchanged)}
    values = {
        "version": check_version(request.version) if request.version else "",
        "tag": tags.pop() if len(tags) == 1 else "",
        "app": apps[0] if len(apps) == 1 else "",
        "env": plan.environment.name,
    }
    one = "promote the applications one by one, or use {version} in the template"
    remedies = {"version": "give --version VERSION", "tag": one, "app": one}
    return expand(template, values, remedies, f"tag: of {plan.environment.name}")


def _holds(repository: Repository, selection: Selection, tag: Tag) -> bool:
    """Tell whether a tag's values files say what runs now."""
    read = repository.read([(tag.commit, target.file) for target in selection.targets])
    for target in selection.targets:
        data = read[tag.commit, target.file]
        release = try_read(data, target.app, target.environment.name, target.file)
        if release is None or not release.same_content(target.release):
            return False
    return True


def _deployed(selection: Selection, ledger_reader: LedgerReader, name: str) -> str:
    """Return the commit of the branch with which all that runs had arrived; raises RefusedError for
    hand-written values.
    """
    records = ledger_reader.newest(selection.targets)
    for target in selection.targets:
        record = records.get(target.app.name)
        if target.brought_by(record) is None:
            raise _refused(
                selection,
                f"the Git tag {name} is missing, and no operation put {target.app.name} "
                f"{target.release} there",
                f"record it first: gitops-ci adopt {target.app.name} --env "
                f"{target.environment.name} --reason TEXT",
            )
    branch = selection.targets[0].branch
    arrived = {ledger_reader.branches.arrival(branch, record.commit) for record in records.values()}
    return ledger_reader.branches.newest_of(branch, arrived) or selection.snapshot.heads[branch]


def _refused(selection: Selection, message: str, remedy: str) -> RefusedError:
    target = selection.targets[0]
    error = RefusedError(
        message, remedy=remedy, app=target.app.name, environment=target.environment.name
    )
    error.gate = "tag"
    return error
