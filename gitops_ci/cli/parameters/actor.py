"""Who does it, why, and how it is published."""

import os
from collections.abc import Sequence

from gitops_ci.base.errors import UsageError
from gitops_ci.cli.parameters.options import OptionSet, jenkins, option
from gitops_ci.model.operation import Actor


class ActorOptions(OptionSet):
    """Who does it, why, and how it is published."""

    reason: str | None = option("Why; recorded in the commit.", "TEXT")
    requested_by: tuple[str, ...] = option(
        "Who asks for it (repeatable); default: the login name.", "NAME"
    )
    build_url: str | None = option("The build that does it; default: BUILD_URL.", "URL")
    approved_by: tuple[str, ...] = option("Who approved it (repeatable).", "NAME")
    approved_plan: str | None = option("Publish this plan or nothing.", "ID")
    override: tuple[str, ...] = option(
        "Pass a gate that refuses, as a person named for it (repeatable).", "GATE"
    )
    publish_branch: str | None = option(
        "Propose it on a branch of its own, to be merged by a pull request: "
        "promote/{app}-{env}; {tag} exists too.",
        "TEMPLATE",
    )
    version: str | None = option(
        "The version, for an environment that is published as a Git tag.", "VERSION"
    )
    skip_ci: bool = option("Mark the commit with [skip ci], so that it starts no pipeline.")
    dry_run: bool = option("Show the plan and every gate's verdict; publish nothing.")


def actor_of(options: ActorOptions) -> Actor:
    """Return what the options and Jenkins say of the people; raises UsageError."""
    approvers = filter(None, map(_approver, options.approved_by))
    return Actor(
        requesters=requesters_of(options.requested_by),
        approved_by=tuple(approvers),
        approved_plan=options.approved_plan,
        # a variable that a job left empty says nothing
        reason=(options.reason or "").strip() or None,
        build_url=options.build_url or jenkins("BUILD_URL"),
        overrides=options.override,
    )


def acknowledging_actor(
    requested_by: Sequence[str],
    approved_by: Sequence[str],
    approved_plan: str | None,
    reason: str | None,
) -> Actor:
    """Return the same for an acknowledgement, which overrides nothing and is no build's."""
    return Actor(
        requesters=requesters_of(requested_by),
        approved_by=tuple(filter(None, map(_approver, approved_by))),
        approved_plan=approved_plan,
        reason=(reason or "").strip() or None,
    )


def requesters_of(named: Sequence[str]) -> tuple[str, ...]:
    """Return who asks: as named, else who started the Jenkins build, else the login name."""
    from gitops_ci.core.requesters import is_nobody, requesters

    people = requesters(named)
    if is_nobody(people) and not jenkins("BUILD_NUMBER"):
        raise UsageError(
            f"{people[0]!r} asks for it: that is what a build records which no person started",
            remedy="say who asks with --requested-by NAME",
        )
    return people or requesters([jenkins("BUILD_USER_ID") or ""]) or (_login_name(),)


def _approver(name: str) -> str:
    """Return the name of one person; raises UsageError for what could be read as two."""
    from gitops_ci.core.person_names import visible

    if len(name.strip().splitlines()) > 1:
        raise UsageError(
            f"--approved-by {name!r} has a line break",
            remedy="give --approved-by once for each person",
        )
    return visible(name)


def _login_name() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
