"""What goes with places that are retired: their values files, folders where nothing else of the
application is left, and its entry in gitops.yaml after the last one.
"""

from collections.abc import Iterator, Mapping

import msgspec
from msgspec.structs import replace

from gitops_ci.adapters.git import Repository
from gitops_ci.core.config.entries import without_app
from gitops_ci.model.config import App, Environment
from gitops_ci.model.names import FILE, fill
from gitops_ci.model.operation import Change, Plan, Snapshot, Target
from gitops_ci.usecases.operation.snapshot import Selection, with_all_heads
from gitops_ci.usecases.refusal import refusal


class Retirement(msgspec.Struct, frozen=True):
    """A plan with what it takes away, the selection with the gitops.yaml that was read for it, and
    ``files`` with new contents.
    """

    plan: Plan
    selection: Selection
    files: Mapping[str, bytes] = {}


def retirement(repository: Repository, planned: Plan, selection: Selection) -> Retirement:
    """Return what a plan takes away; raises RefusedError where a file belongs to others too."""
    if not planned.changes:
        return Retirement(planned, selection)
    snapshot = with_all_heads(repository, selection.snapshot)
    for target in selection.targets:
        _check_alone(target, selection)
    others = _OtherPlaces(repository, snapshot, planned)
    changes = tuple(replace(each, removed=others.removed_with(each)) for each in planned.changes)
    plan = replace(planned, changes=changes)
    before = repository.read([(snapshot.policy_commit, FILE)])[snapshot.policy_commit, FILE]
    if before is None or snapshot.branch_of(plan.environment) != snapshot.policy_branch:
        return Retirement(plan, selection)
    after = before
    for change in changes:
        if change.app.name in snapshot.config.apps and not others.of(change.app):
            after = without_app(after, change.app.name) or after
    if after == before:
        return Retirement(plan, selection)
    files = {**selection.snapshot.files, (snapshot.policy_branch, FILE): before}
    selection = replace(selection, snapshot=replace(selection.snapshot, files=files))
    return Retirement(plan, selection, {FILE: after})


def _check_alone(target: Target, selection: Selection) -> None:
    """Raise RefusedError where a values file says what other places run as well."""
    config, retired = selection.snapshot.config, {each.app.name for each in selection.targets}
    for app in config.apps.values():
        for environment in config.environments.values():
            other = selection.snapshot.target(app, environment)
            same = (other.branch, other.file) == (target.branch, target.file)
            goes = environment.name == target.environment.name and app.name in retired
            if same and not goes:
                raise refusal(
                    target,
                    f"{target.file} also says what {app.name} runs in {environment.name}",
                    "retire both in one command, or give each a file of its own first",
                )


class _OtherPlaces(msgspec.Struct, frozen=True):
    """The values files of the retired applications in all other environments."""

    repository: Repository
    snapshot: Snapshot
    plan: Plan

    def removed_with(self, change: Change) -> tuple[str, ...]:
        """Return the folder of an application that a "*" matches if no other environment of it is
        left there, else its values file.
        """
        pattern = self.snapshot.config.pattern
        folder = fill(change.app.path, env=change.environment.name)
        matched = pattern is not None and change.app.name not in self.snapshot.config.apps
        if not (matched and pattern and "{app}" in pattern.path) or not folder:
            return (change.file,)
        own = [
            target
            for target in self.of(change.app)
            if (target.branch, fill(change.app.path, env=target.environment.name))
            == (change.branch, folder)
        ]
        return (change.file,) if own else (folder,)

    def of(self, app: App) -> list[Target]:
        """Return where else an application has a values file."""
        targets = list(self._elsewhere(app))
        heads = self.snapshot.heads
        files = self.repository.read((heads[each.branch], each.file) for each in targets)
        return [each for each in targets if files[heads[each.branch], each.file] is not None]

    def _elsewhere(self, app: App) -> Iterator[Target]:
        for environment in self._environments():
            target = self.snapshot.target_if_read(app, environment)
            if target:
                yield target

    def _environments(self) -> Iterator[Environment]:
        name = self.plan.environment.name
        every = self.snapshot.config.environments.values()
        return (environment for environment in every if environment.name != name)
