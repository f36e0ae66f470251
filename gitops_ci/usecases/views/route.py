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
    repository: Repository, location: RepositoryLocation, request: RouteRequest, deadline: Deadline
) -> RouteOutcome:
    """Return what to do for a ref; raises RefusedError where nothing, or more than one release, was
    built from its revision.
    """
    ref = request.ref
    if ref is None:
        return RouteOutcome(
            None,
            NONE,
            None,
            f"pull request {one_line(request.change or '')} feeds no environment: what is not "
            "merged is not deployed",
        )
    policy = read_policy(repository, location, request.apps)
    config = policy.config
    matched = find(config.routes, ref)
    if matched is None:
        return _nowhere(ref, config)
    environment = config.require_environment(matched.environment)
    if environment.source is None:
        return RouteOutcome(
            ref,
            BUILD,
            environment,
            f"{ref} feeds {environment.name}: build once, then update {environment.name}",
        )
    promotion = Request(
        PROMOTE,
        environment.name,
        request.actor,
        apps=request.apps,
        every=request.every,
        dry_run=True,
        revision=_revision(request, ref, deadline),
        checkout=request.checkout,
    )
    promotion = with_lineage(promotion, deadline)
    selection = read_selection(
        repository, location, promotion, Head(policy.policy_branch, policy.policy_commit)
    )
    choices = select_releases(promotion, selection, LedgerReader(repository, selection.snapshot))
    releases = tuple(
        FoundRelease(target, choice)
        for target, choice in zip(selection.targets, choices, strict=True)
    )
    return RouteOutcome(
        ref,
        PROMOTE,
        environment,
        f"{ref} feeds {environment.name}: promote {_listed(releases)}, built from "
        f"{(promotion.revision or '')[:12]}",
        revision=promotion.revision,
        found=releases,
    )


def _nowhere(ref: Ref, config: Config) -> RouteOutcome:
    if config.routes:
        message = f"{ref} feeds no environment"
        remedy = f"routes for a {ref.kind}: {_known_routes(ref, config) or 'none'}"
    else:
        direct = (name for name, each in config.environments.items() if each.source is None)
        line = f"- {{{ref.kind}: {_quoted(ref.name)}, environment: {next(direct, 'dev')}}}"
        message = f"{ref} feeds no environment: gitops.yaml has no routes"
        remedy = f"add for example, under routes: {line}"
    return RouteOutcome(ref, NONE, None, message, remedy)


def _known_routes(ref: Ref, config: Config) -> str:
    return ", ".join(
        f"{route.tag or route.branch} -> {route.environment}"
        for route in config.routes
        if (route.tag is None) != (ref.kind == TAG)
    )


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _revision(request: RouteRequest, ref: Ref, deadline: Deadline) -> str:
    """Return the revision that is built: as given, else what the ref names in the source
    repository.

    Raises RefusedError when a tag names another commit than the one given, UsageError when nothing
    says it.
    """
    revision = request.revision
    try:
        with open_source(request.checkout or ".", deadline) as source:
            given = source.resolve(revision) if revision else None
            if ref.kind == TAG:
                named = source.tag(ref.name)
                _check_tagged(ref, named, given)
            else:
                named = None if revision else source.resolve(ref.name)
            revision = revision or named
    except GitError:
        if request.checkout is not None:
            raise
    if revision is None:
        raise UsageError(
            f"nothing says which revision {ref} is at",
            remedy="give --revision, or the checkout of the source with --source",
        )
    return revision


def _check_tagged(ref: Ref, tagged: str | None, given: str | None) -> None:
    if tagged and given and tagged != given:
        raise RefusedError(
            f"{ref} names {tagged[:12]} in the source repository, and the revision that is "
            f"built is {given[:12]}",
            remedy="a tag that was moved proves nothing: fetch the tags again, and make a new tag",
        )


def _listed(releases: Sequence[FoundRelease]) -> str:
    return ", ".join(f"{each.target.app.name} {each.choice.release}" for each in releases)
