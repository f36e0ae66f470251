"""Which environment a ref of the source repository feeds, and which release goes there: a new
build, or one that exists.
"""

from collections.abc import Sequence

import msgspec

from gitops_ci.adapters.checkout.history import open_source
from gitops_ci.adapters.git import Head, Repository
from gitops_ci.base.deadline import Deadline
from gitops_ci.base.errors import GitError, RefusedError, UsageError
from gitops_ci.base.redaction import one_line
from gitops_ci.core.routes import BUILD, NONE, TAG, FoundRelease, Ref, RouteOutcome, find
from gitops_ci.model.config import Config
from gitops_ci.model.operation import PROMOTE, Actor, Request
from gitops_ci.usecases.ledger.reader import LedgerReader
from gitops_ci.usecases.location import RepositoryLocation
from gitops_ci.usecases.operation.select_release import select_releases
from gitops_ci.usecases.operation.snapshot import read_policy, read_selection
from gitops_ci.usecases.operation.source_revision import with_lineage


class RouteRequest(msgspec.Struct, frozen=True):
    """What is asked: ``ref`` None is the build of a pull request, ``revision`` None what the ref
    names in ``checkout``.
    """

    ref: Ref | None
    actor: Actor
    apps: tuple[str, ...] = ()
    every: bool = False
    revision: str | None = None
    checkout: str | None = None
    change: str | None = None


def route(
    repository: Repository, location: RepositoryLocation, ask: RouteRequest, deadline: Deadline
) -> RouteOutcome:
    """Return what to do for a ref; raises RefusedError where nothing, or more than one release, was
    built from its revision.
    """
    if ask.ref is None:
        return RouteOutcome(
            None,
            NONE,
            None,
            f"pull request {one_line(ask.change or '')} feeds no environment: what is not "
            "merged is not deployed",
        )
    policy = read_policy(repository, location, ask.apps)
    config = policy.config
    taken = find(config.routes, ask.ref)
    if taken is None:
        return _nowhere(ask.ref, config)
    environment = config.require_environment(taken.environment)
    if environment.source is None:
        return RouteOutcome(
            ask.ref,
            BUILD,
            environment,
            f"{ask.ref} feeds {environment.name}: build once, then update {environment.name}",
        )
    request = Request(
        PROMOTE,
        environment.name,
        ask.actor,
        apps=ask.apps,
        every=ask.every,
        dry_run=True,
        revision=_revision(ask, ask.ref, deadline),
        checkout=ask.checkout,
    )
    request = with_lineage(request, deadline)
    selection = read_selection(
        repository, location, request, Head(policy.policy_branch, policy.policy_commit)
    )
    choices = select_releases(request, selection, LedgerReader(repository, selection.snapshot))
    found_releases = tuple(
        FoundRelease(target, choice)
        for target, choice in zip(selection.targets, choices, strict=True)
    )
    return RouteOutcome(
        ask.ref,
        PROMOTE,
        environment,
        f"{ask.ref} feeds {environment.name}: promote {_listed(found_releases)}, built from "
        f"{(request.revision or '')[:12]}",
        revision=request.revision,
        found=found_releases,
    )


def _nowhere(ref: Ref, config: Config) -> RouteOutcome:
    if not config.routes:
        entry = next(
            (
                name
                for name, environment in config.environments.items()
                if environment.source is None
            ),
            "dev",
        )
        line = f"- {{{ref.kind}: {_quoted(ref.name)}, environment: {entry}}}"
        return RouteOutcome(
            ref,
            NONE,
            None,
            f"{ref} feeds no environment: gitops.yaml has no routes",
            f"add for example, under routes: {line}",
        )
    known = ", ".join(
        f"{each.tag or each.branch} -> {each.environment}"
        for each in config.routes
        if (each.tag is None) != (ref.kind == TAG)
    )
    return RouteOutcome(
        ref,
        NONE,
        None,
        f"{ref} feeds no environment",
        f"routes for a {ref.kind}: {known or 'none'}",
    )


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _revision(ask: RouteRequest, ref: Ref, deadline: Deadline) -> str:
    """Return the revision that is built: as given, else what the ref names in the source
    repository.

    Raises RefusedError when a tag names another commit than the one given, UsageError when nothing
    says it.
    """
    try:
        with open_source(ask.checkout or ".", deadline) as source:
            tagged = source.tag(ref.name) if ref.kind == TAG else None
            given = source.resolve(ask.revision) if ask.revision else None
            named = (
                tagged
                if ref.kind == TAG
                else source.resolve(ref.name)
                if ask.revision is None
                else None
            )
    except GitError:
        if ask.checkout is not None:
            raise
        tagged = given = named = None
    if tagged and given and tagged != given:
        raise RefusedError(
            f"{ref} names {tagged[:12]} in the source repository, and the revision that is "
            f"built is {given[:12]}",
            remedy="a tag that was moved proves nothing: fetch the tags again, and make a new tag",
        )
    revision = ask.revision or named
    if revision is None:
        raise UsageError(
            f"nothing says which revision {ref} is at",
            remedy="give --revision, or the checkout of the source with --source",
        )
    return revision


def _listed(found: Sequence[FoundRelease]) -> str:
    return ", ".join(
        f"{found_release.target.app.name} {found_release.choice.release}" for found_release in found
    )
