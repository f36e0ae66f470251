"""Pure: which ref of the source repository feeds which environment."""

from collections.abc import Iterable

import msgspec

from gitops_ci.model.config import Environment, Route
from gitops_ci.model.operation import Choice, Target

BRANCH, TAG = "branch", "tag"
BUILD, NONE = "build", "none"  # what to do, beside promote


class Ref(msgspec.Struct, frozen=True):
    """A branch or a tag of the source repository."""

    kind: str
    name: str

    def __str__(self) -> str:
        """Return it as a person says it."""
        return f"{self.kind} {self.name}"


class FoundRelease(msgspec.Struct, frozen=True):
    """The release of one application that goes to the target."""

    target: Target
    choice: Choice


class RouteOutcome(msgspec.Struct, frozen=True):
    """The answer: ``operation`` is build, promote or none; ``revision`` the one that the releases
    were looked for with.
    """

    ref: Ref | None
    operation: str
    environment: Environment | None
    message: str
    remedy: str = ""
    revision: str | None = None
    found: tuple[FoundRelease, ...] = ()


def find(routes: Iterable[Route], ref: Ref) -> Route | None:
    """Return the first route that a ref takes."""
    patterns = ((route, route.tag if ref.kind == TAG else route.branch) for route in routes)
    return next(
        (
            route
            for route, pattern in patterns
            if pattern is not None and matches(pattern, ref.name)
        ),
        None,
    )


def matches(pattern: str, name: str) -> bool:
    """Tell whether a name fits a pattern: ``*`` is any text, slashes too, ``?`` one character, all
    else is itself.
    """
    at = start = 0
    star = -1
    for_star = 0
    while start < len(name):
        if at < len(pattern) and pattern[at] == "*":
            star, for_star = at, start
            at += 1
        elif at < len(pattern) and pattern[at] in {"?", name[start]}:
            at += 1
            start += 1
        elif star >= 0:  # let the last star take one character more
            for_star += 1
            at, start = star + 1, for_star
        else:
            return False
    return all(char == "*" for char in pattern[at:])
