"""The files of every branch at the step that is replayed, and the values in them."""

import re
from collections.abc import Callable, Iterable

from gitops_ci.core.audit.state.environment_states import (
    TOO_LARGE,
    Value,
    read_value,
    value_of_missing,
)
from gitops_ci.core.audit.state.values_index import AuditedTarget, Tree
from gitops_ci.model.commits import REGULAR, Delta
from gitops_ci.model.git_modes import SYMLINK
from gitops_ci.model.paths import below


class BranchTrees:
    """The trees by branch, and the commit of each.

    ``content`` returns a file by object id, None for one that is larger than any values file.
    """

    def __init__(self, content: Callable[[str], bytes | None]) -> None:
        self._content = content
        self.by_branch: dict[str, dict[str, tuple[str, str]]] = {}
        self.heads: dict[str, str] = {}

    def apply(self, branch: str, deltas: Iterable[Delta]) -> None:
        """Change the files of a branch."""
        tree = self.by_branch.setdefault(branch, {})
        for delta in deltas:
            if delta.after is None:
                tree.pop(delta.path, None)
            else:
                tree[delta.path] = (delta.mode, delta.after)

    def of(self, branch: str) -> Tree:
        return self.by_branch.get(branch, {})

    def has_folder(self, branch: str, folder: str) -> bool:
        """Tell whether anything is in a folder or in its place."""
        return any(below(folder, path) is not None for path in self.of(branch))

    def is_behind_link(self, branch: str, path: str) -> bool:
        """Tell whether a link is in the place of a folder that would hold a file."""
        tree = self.of(branch)
        folders = [path[: found.start()] for found in re.finditer("/", path)]
        return any(tree.get(folder, ("", ""))[0] == SYMLINK for folder in folders)

    def value_now(self, target: AuditedTarget) -> Value:
        """Return what stands in a target."""
        tree = self.of(target.branch)
        if target.file not in tree:
            return value_of_missing(target, tree)
        return self.read(*tree[target.file], target)

    def read(self, mode: str, oid: str | None, target: AuditedTarget) -> Value:
        """Return the value that any file would be in a target; None as the object id: no file."""
        if oid is None:
            return value_of_missing(target, {})
        if mode not in REGULAR:
            return Value(None, None, f"{target.file} is a link")
        content = self._content(oid)
        return TOO_LARGE if content is None else read_value(content, target)

    def regular_file(self, branch: str, path: str) -> str | None:
        """Return the object id of a file, None where there is none or it is no regular one."""
        mode, oid = self.of(branch).get(path, ("", ""))
        return oid if mode in REGULAR else None
