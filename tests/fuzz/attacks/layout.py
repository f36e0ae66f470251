"""Files that go, come back or lie elsewhere, and rules that change together with a value."""

from tests.fuzz.attacks.target import Attack, Pushed, Target
from tests.fuzz.server import HEADS, Entry


def _deleted(target: Target) -> Pushed:
    return target.push(target.commit({target.file: None}))


def _deleted_and_restored(target: Target) -> Pushed:
    gone = target.commit({target.file: None})
    return target.push(target.commit({target.file: target.evil}, gone))


def _file_is_a_link(target: Target) -> Pushed:
    files = {"other/values.yaml": target.evil, target.file: target.link("../../other/values.yaml")}
    return target.push(target.commit(files))


def _folder_is_a_link(target: Target) -> Pushed:
    server, folder = target.server, f"{target.folder}/"
    own = {
        path: each for path, each in server.files(target.head).items() if path.startswith(folder)
    }
    files = {**dict.fromkeys(own), **{f"other/{path}": each for path, each in own.items()}}
    files[f"other/{target.file}"] = target.evil
    files[target.folder] = target.link(f"../other/{target.folder}")
    return target.push(target.commit(files))


def _submodule(target: Target) -> Pushed:
    own = [
        path for path in target.server.files(target.head) if path.startswith(f"{target.folder}/")
    ]
    return target.push(
        target.commit({**dict.fromkeys(own), target.folder: Entry("160000", target.head)})
    )


def _renamed(target: Target) -> Pushed:
    files = {target.file: None, target.other_file: target.evil}
    return target.push_with_rules(target.rules_of_other_file, files)


def _renamed_in_two_steps(target: Target) -> Pushed:
    """Name another file first, with the same value, which is honest; then write into it."""
    files = {target.file: None, target.other_file: target.text.encode()}
    pushed = target.push_with_rules(target.rules_of_other_file, files)
    first = pushed[f"{HEADS}{target.branch}"] or ""
    return {**pushed, **target.push(target.commit({target.other_file: target.evil}, first))}


def _weakened(target: Target) -> Pushed:
    """Take the approval away, and write the value, in one push."""
    rules = target.history.rules
    distinct = ", distinct: true" if rules.distinct else ""
    approval = f", approval: {{approvers: [{', '.join(rules.approvers)}]{distinct}}}"
    return target.push_with_rules(target.rules(approval, ""), {target.file: target.evil})


def _rules_gone(target: Target) -> Pushed:
    return target.push_with_rules(None, {target.file: target.evil})


def _environment_dropped(target: Target) -> Pushed | None:
    """Let the environment be gone for a commit, in which its value changes."""
    if target.place[1] != "prod":
        return None
    text = target.server.content(target.server.head("main"), "gitops.yaml")
    lines = [line for line in text.split("\n") if not line.startswith("  prod:")]
    pushed = target.push_with_rules("\n".join(lines).encode(), {target.file: target.evil})
    main = f"{HEADS}main"
    restored = target.commit({"gitops.yaml": text.encode()}, pushed[main] or "")
    return {**pushed, main: restored}


def _environment_on_another_branch(target: Target) -> Pushed:
    """Let the environment live on a branch that has another value."""
    branch = target.commit({target.file: target.evil})
    main = target.commit({"gitops.yaml": target.rules_of_other_branch}, target.server.head("main"))
    return {f"{HEADS}main": main, f"{HEADS}elsewhere": branch}


def _branch_left(target: Target) -> Pushed | None:
    """Let every environment of a branch live on another one, which has another value."""
    if target.branch == "main":
        return None
    branch = target.commit({target.file: target.evil})
    rules = {"gitops.yaml": target.rules(f"branch: {target.branch}", "branch: elsewhere")}
    main = target.commit(rules, target.server.head("main"))
    return {f"{HEADS}main": main, f"{HEADS}elsewhere": branch}


def _rewritten(target: Target) -> Pushed:
    """Leave the newest commit of the branch away."""
    return target.push(target.commit({"notes/x.md": b""}, f"{target.head}^"))


def _branch_deleted(target: Target) -> Pushed:
    return {f"{HEADS}{target.branch}": None}


LAYOUT = {
    "a file that is gone": Attack(_deleted, lasting=False),
    "a file under another name": Attack(_renamed, lasting=False),
    "a file that is gone and comes back": Attack(_deleted_and_restored, lasting=False),
    "a file that became a link": Attack(_file_is_a_link, lasting=False),
    "a folder that became a link": Attack(_folder_is_a_link, lasting=False),
    "a folder that became a submodule": Attack(_submodule, lasting=False),
    "a file that is renamed and edited": Attack(_renamed_in_two_steps, lasting=False),
    "a rule weakened with a value": Attack(_weakened, lasting=False),
    "rules that are gone": Attack(_rules_gone, lasting=False),
    "an environment that is dropped for a while": Attack(_environment_dropped, lasting=False),
    "an environment on another branch": Attack(_environment_on_another_branch, lasting=False),
    "a branch that all environments leave": Attack(
        _branch_left, needs={"release": True}, lasting=False
    ),
    "a branch that is rewritten": Attack(_rewritten, audited=False, lasting=False),
    "a branch that is deleted": Attack(_branch_deleted, audited=False, lasting=False),
}
