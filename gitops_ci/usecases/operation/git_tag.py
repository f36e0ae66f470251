"""Environments that are published as a Git tag: annotated, on the operation's commit, and never
moved.
"""

from gitops_ci.adapters.git import Repository, Tag
from gitops_ci.core import ledger, plan_id
from gitops_ci.core.ref_template import check_version, expand
from gitops_ci.core.release_values import try_read
from gitops_ci.model.operation import GitTag, Plan
from gitops_ci.usecases.facts import FactQuery
from gitops_ci.usecases.operation.snapshot import Selection
from gitops_ci.usecases.refusal import refusal


def git_tag_for(repository: Repository, template: str, query: FactQuery) -> GitTag | None:
    """Return the tag that publishes what a plan leaves, None where nothing new stands on the
    branch of the environment: an adoption changes nothing, a proposal is not there yet.

    Raises UsageError when a value for its name is missing, RefusedError when the tag exists and
    holds something else.
    """
    request, selection, plan = query.request, query.selection, query.plan
    if request.kind.keeps_release or request.kind.removes or request.publish_branch:
        return None
    name = _name(template, query)
    tag = repository.references.tag(name)
    if tag is None:
        return GitTag(name, commit=None if plan.changes else _deploying_commit(query, name))
    if not plan.changes and _holds_what_runs(repository, selection, tag):
        return GitTag(name, commit=tag.commit, there=True)
    raise refusal(
        selection.targets[0],
        f"the Git tag {name} exists already, on commit {tag.commit[:12]}; a tag is never moved",
        "give another --version" if "{version}" in template else f"look at it with git show {name}",
        gate="tag",
    )


def tag_message(name: str, plan: Plan) -> str:
    """Return the message of a tag: what is published with it, in short, as Git trailers."""
    changes = (*plan.changes, *plan.unchanged)
    lines = [f"Gitops-Operation: {plan.operation}", f"Gitops-Environment: {plan.environment.name}"]
    for change in changes:
        lines.append(f"Gitops-App: {change.app.name}")
        lines += [
            f"Gitops-Image: {ledger.with_repository(image, change.app.name)}"
            for image in change.after.images
        ]
    if plan.changes:
        lines.append(f"Gitops-Plan: {plan_id.with_form(plan.id)}")
    what = (
        f"{changes[0].app.name} {changes[0].after}"
        if len(changes) == 1
        else f"{len(changes)} applications"
    )
    subject = ledger.sanitised(f"{plan.environment.name} {name}: {what}")
    return f"{subject}\n\n" + "".join(f"{ledger.sanitised(line)}\n" for line in lines)


def _name(template: str, query: FactQuery) -> str:
    plan, version = query.plan, query.request.version
    apps = [target.app.name for target in query.selection.targets]
    tags = {str(change.after) for change in (*plan.changes, *plan.unchanged)}
    values = {
        "version": check_version(version) if version else "",
        "tag": tags.pop() if len(tags) == 1 else "",
        "app": apps[0] if len(apps) == 1 else "",
        "env": plan.environment.name,
    }
    one = "promote the applications one by one, or use {version} in the template"
    remedies = {"version": "give --version VERSION", "tag": one, "app": one}
    return expand(template, values, remedies, f"tag: of {plan.environment.name}")


def _holds_what_runs(repository: Repository, selection: Selection, tag: Tag) -> bool:
    """Tell whether a tag's values files say what runs now."""
    contents = repository.read([(tag.commit, target.file) for target in selection.targets])
    for target in selection.targets:
        content = contents[tag.commit, target.file]
        release = try_read(content, target.app, target.environment.name, target.file)
        if release is None or not release.same_content(target.release):
            return False
    return True


def _deploying_commit(query: FactQuery, name: str) -> str:
    """Return the commit of the branch with which all that runs had arrived; raises RefusedError for
    hand-written values.
    """
    selection, ledger_reader = query.selection, query.ledger_reader
    records = ledger_reader.newest(selection.targets)
    for target in selection.targets:
        if target.brought_by(records.get(target.app.name)) is None:
            raise refusal(
                selection.targets[0],
                f"the Git tag {name} is missing, and no operation put {target.app.name} "
                f"{target.release} there",
                f"record it first: gitops-ci adopt {target.app.name} --env "
                f"{target.environment.name} --reason TEXT",
                gate="tag",
            )
    branch, branches = selection.targets[0].branch, ledger_reader.branches
    arrivals = {branches.arrival(branch, record.commit) for record in records.values()}
    return branches.newest_of(branch, arrivals) or selection.snapshot.heads[branch]
