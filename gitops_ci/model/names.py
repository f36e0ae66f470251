"""Names of applications, environments and files: what a job parameter may say, and nothing that
leaves its place.
"""

import re
from collections.abc import Sequence

from gitops_ci.base.errors import UsageError

FILE = "gitops.yaml"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
# git-check-ref-format(1)
_NO_BRANCH = re.compile(r"^[-/.]|[ ~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)|[/.]$|^@$|^$")
# a host, no user or password, and only what stands in a URL: it becomes a link in reports
_COMPARE = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?/[A-Za-z0-9._~/?#@!$&'()*+,;=%:{}-]*")
_PLACEHOLDER = re.compile(r"\{(\w*)\}")


def check_app(name: str) -> str:
    """Return the application's name; raises UsageError when it is not one."""
    return _check("application", name)


def check_environment(name: str) -> str:
    """Return the environment's name; raises UsageError when it is not one."""
    return _check("environment", name)


def check_folder(path: str) -> str:
    """Return a path inside the repository with single slashes, '' for its root.

    Raises UsageError for absolute paths, ``..``, control characters, and placeholders other than
    {app} and {env}.
    """
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if path.startswith("/") or {"..", ".git"} & {part.lower() for part in parts}:
        raise UsageError(
            f"the path {_shown(path)} leaves the repository",
            remedy="give a path relative to its root, without ..",
        )
    if not path.isprintable() or "\\" in path:
        raise UsageError(
            f"the path {_shown(path)} has control characters or backslashes",
            remedy="use plain names and /",
        )
    for match in _PLACEHOLDER.finditer(path):
        if match[1] not in {"app", "env"}:
            raise UsageError(
                f"the path {_shown(path)} has the unknown placeholder {match[0]}",
                remedy="{app} and {env} exist",
            )
    return "/".join(parts)


def check_file(path: str) -> str:
    """Return the path of a file inside the repository; raises UsageError as ``check_folder`` does,
    and for a folder.
    """
    checked = check_folder(path)
    if not checked or path.endswith(("/", "/.")):
        raise UsageError(
            f"the path {_shown(path)} names no file", remedy="give for example values-{env}.yaml"
        )
    return checked


def check_branch(name: str) -> str:
    """Return the name of a branch; raises UsageError for what Git would not take."""
    if name.isprintable() and not _NO_BRANCH.search(name):
        return name
    raise UsageError(
        f"{_shown(name)} is not the name of a branch", remedy="give the name without refs/heads/"
    )


def check_pattern(pattern: str) -> str:
    """Return the pattern of a branch's or tag's name, where ``*`` and ``?`` stand for any text.

    Raises UsageError.
    """
    plain = pattern.replace("*", "x").replace("?", "x")
    if pattern.startswith("refs/") or not plain.isprintable() or _NO_BRANCH.search(plain):
        raise UsageError(
            f"{_shown(pattern)} can't be the name of a branch or tag",
            remedy="give the name without refs/heads/; * and ? stand for text",
        )
    return pattern


def check_compare(template: str) -> str:
    """Return the template of the URL that compares two source revisions; raises UsageError."""
    match = _COMPARE.fullmatch(template)
    places = _PLACEHOLDER.findall(template)
    if not match or not {"from", "to"} <= set(places) <= {"from", "to", "app"}:
        raise UsageError(
            f"{_shown(template)} is no https URL with {{from}} and {{to}}",
            remedy="for example https://git.example.com/team/app/compare/{from}...{to}",
        )
    return template


def check_resource(template: str) -> str:
    """Return the name of a Kubernetes resource, where {app} and {env} may stand.

    Raises UsageError.
    """
    if re.fullmatch(
        r"[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?", fill(template, app="a", env="a")
    ):
        return template
    raise UsageError(
        f"{_shown(template)} can't name a resource of Kubernetes",
        remedy="use letters, digits, '.' and '-'; {app} and {env} stand for the names",
    )


def fill(template: str, *, app: str = "{app}", env: str = "{env}") -> str:
    """Put the names into a template."""
    return template.replace("{app}", app).replace("{env}", env)


def is_name(text: str) -> bool:
    """Tell whether a text can be the name of an application or environment."""
    return bool(_NAME.fullmatch(text)) and ".." not in text and not text.endswith((".lock", "."))


def nearest(word: str, words: Sequence[str]) -> str:
    """Return what a remedy says of a name that is not among the known ones."""
    import difflib  # most starts end well

    close = difflib.get_close_matches(word, words, n=1)
    return f"did you mean {close[0]}?" if close else f"there are: {few(words)}"


def few(words: Sequence[str]) -> str:
    """Return the first dozen of many names, and how many more there are."""
    more = f" and {len(words) - 12} more" if len(words) > 12 else ""
    return ", ".join(words[:12]) + more


def _check(what: str, name: str) -> str:
    if is_name(name):
        return name
    raise UsageError(
        f"{_shown(name)} is not the name of an {what}",
        remedy="a name has 1 to 100 letters, digits, '.', '_' and '-', and starts with a letter or "
        "digit",
    )


def _shown(text: str) -> str:
    return repr(text[:200])  # shows control characters escaped
