"""What the gates look at; whoever asks for verdicts has gathered it."""

from collections.abc import Mapping

import msgspec

from gitops_ci.check_results import CheckResult
from gitops_ci.image_reference import ImageReference
from gitops_ci.model import Fact, Unknown


class Soak(msgspec.Struct, frozen=True):
    """The longest uninterrupted time in seconds that a release ran in ``from``.

    ``since`` is set while it runs there: the time from which on it has, in seconds since the epoch.
    """

    seconds: int
    since: int | None = None


class Withdrawal(msgspec.Struct, frozen=True):
    """A release was rolled back from the target: the commit, who asked for it, and why."""

    commit: str
    by: str | None
    reason: str | None


class Facts(msgspec.Struct, frozen=True):
    """What the gates look at: digests by reference, all else by application.

    ``newer``: a running build that is newer. ``used``: the commit that carried out the plan which was approved, where
    that is not the one of now. ``now``: seconds since the epoch.
    ``checks`` are the results that are recorded for the release in ``from``, oldest first; ``rendered``: Known(None) where the
    chart renders with the new values, otherwise helm's words; ``live``: Known(None) where Argo CD runs the release well in
    ``from``, otherwise what is the case there. ``authors`` are all whom any record of the same images names.
    """

    digests: Mapping[ImageReference, Fact]
    newer: Mapping[str, str]
    used: str | None
    now: int = 0
    soaked: Mapping[str, Soak | Unknown] = {}
    checks: Mapping[str, tuple[CheckResult, ...] | Unknown] = {}
    withdrawn: Mapping[str, Withdrawal] = {}
    rendered: Mapping[str, Fact] = {}
    live: Mapping[str, Fact] = {}
    authors: Mapping[str, tuple[str, ...]] = {}
