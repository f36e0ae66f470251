"""Merges that bring what none of their parents has, or take back what one of them has."""

from tests.fuzz.attacks.target import Attack, Pushed, Target

_PULL = "Merge branch 'main' of git.example.com:team/gitops"


def _beside(target: Target) -> str:
    """Return an honest commit of its own on top of the branch."""
    return target.commit({"notes/mine.md": b"mine\n"}, message="mine")


def _evil_merge(target: Target) -> Pushed:
    side = _beside(target)
    files = {target.file: target.evil, "notes/mine.md": b"mine\n"}
    return target.push(target.commit(files, target.head, side, message="Merge branch mine"))


def _evil_merge_turned(target: Target) -> Pushed:
    side = _beside(target)
    files = {target.file: target.evil}
    return target.push(target.commit(files, side, target.head, message=_PULL))


def _edit_behind_a_pull(target: Target) -> Pushed:
    """Edit by hand on an older commit, and pull: the edit is the merge's first parent."""
    edit = target.commit({target.file: target.evil}, f"{target.head}^")
    files = {target.file: target.evil}
    return target.push(target.commit(files, edit, target.head, message=_PULL, base=target.head))


def _orphan_first(target: Target) -> Pushed:
    files = {target.file: target.evil}
    return target.push(target.commit(files, target.orphan(files), target.head, message=_PULL))


def _orphan_last(target: Target) -> Pushed:
    files = {target.file: target.evil}
    return target.push(target.commit(files, target.head, target.orphan(files), message=_PULL))


def _old_orphan(target: Target) -> Pushed:
    files = {target.file: target.evil}
    orphan = target.orphan(files, when=1_000_000_000)
    return target.push(target.commit(files, orphan, target.head, message=_PULL))


def _ours(target: Target) -> Pushed | None:
    """Merge on the commit before the newest operation, and keep what was there."""
    return _taken_back(target, turned=True)


def _ours_on_the_branch(target: Target) -> Pushed | None:
    return _taken_back(target, turned=False)


def _taken_back(target: Target, *, turned: bool) -> Pushed | None:
    commits = target.operations
    if not commits:
        return None
    before = f"{commits[0]}^"
    old = target.server.content(before, target.file)
    if old == target.text:
        return None
    older = target.server.git("rev-parse", before).strip()
    parents = (older, target.head) if turned else (target.head, older)
    files = {target.file: old.encode()}
    return target.push(target.commit(files, *parents, message=_PULL, base=target.head))


def _octopus(target: Target) -> Pushed:
    side, other = _beside(target), target.commit({"notes/other.md": b"other\n"})
    files = {target.file: target.evil, "notes/mine.md": b"", "notes/other.md": b""}
    return target.push(target.commit(files, target.head, side, other, message="Merge branches"))


MERGES = {
    "an evil merge": Attack(_evil_merge, plain=True),
    "an evil merge turned around": Attack(_evil_merge_turned, plain=True),
    "an evil octopus": Attack(_octopus, plain=True),
    "an edit behind a pull": Attack(_edit_behind_a_pull, plain=True),
    "an orphan first": Attack(_orphan_first, plain=True),
    "an orphan last": Attack(_orphan_last, plain=True),
    "a backdated orphan": Attack(_old_orphan, plain=True),
    "ours, on an older commit": Attack(_ours),
    "ours, on the branch": Attack(_ours_on_the_branch),
}
