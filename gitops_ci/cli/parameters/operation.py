"""The options of update, promote, rollback, adopt and retire."""

from typing import Any

from gitops_ci.cli.parameters.actor import ActorOptions
from gitops_ci.cli.parameters.options import (
    APPS,
    MarkdownOptions,
    NetworkOptions,
    OptionSet,
    RegistryOptions,
    option,
)
from gitops_ci.cli.parameters.wait import ArgocdServerOptions, WaitOptions

ENV: Any = option("The environment to change.", "ENV")
ALL: Any = option("Every application that has a values file there, in one commit.")
SHOW_RENDERED: Any = option(
    "Show what helm makes of it: the difference of the manifests, without Secrets' values."
)


class _OperationRepository(RegistryOptions):
    config: str | None = option("A local gitops.yaml instead, for plans and dry runs.", "FILE")


class AfterwardsOptions(OptionSet):
    """What is waited for once it is published."""

    wait: bool = option("Then wait until Argo CD runs it, as the command wait does.")
    waiting: WaitOptions
    argocd: ArgocdServerOptions


class OperationOptions(OptionSet):
    """What the operations take; each declares, in this order, which of it it has."""

    app: tuple[str, ...] = APPS
    env: str = ""
    to: str = ""
    from_: str | None = None
    all: bool = False
    tag: str | None = None
    to_tag: str | None = None
    digest: str | None = None
    image: tuple[str, ...] = ()
    commit: str | None = None
    release: str | None = None
    allow_older: bool = False
    revision: str | None = None
    source: str | None = None
    changelog: bool = False
    show_rendered: bool = False
    afterwards: AfterwardsOptions | None = None
    repository: _OperationRepository
    actor: ActorOptions
    output: MarkdownOptions
    network: NetworkOptions


class UpdateOptions(OperationOptions):
    """The options of ``update``."""

    env: str = ENV
    tag: str | None = option("The image tag.", "TAG")
    digest: str | None = option("The digest of that image, where it is known.", "DIGEST")
    image: tuple[str, ...] = option("REPOSITORY[:TAG][@DIGEST] of one image (repeatable).", "REF")
    release: str | None = option("The release file that build wrote.", "FILE")
    allow_older: bool = option("Also when a newer build of the same job runs there.")
    show_rendered: bool = SHOW_RENDERED
    afterwards: AfterwardsOptions


class PromoteOptions(OperationOptions):
    """The options of ``promote``."""

    to: str = option("The environment to promote to.", "ENV")
    from_: str | None = option("The environment to promote from; default: the one before.", "ENV")
    all: bool = ALL
    tag: str | None = option("An earlier release that ran there, by its tag.", "TAG")
    commit: str | None = option("An earlier release, by the commit that deployed it.", "SHA")
    release: str | None = option(
        "A release file: with --override order, a hotfix that skips environments.", "FILE"
    )
    revision: str | None = option(
        "The release that was built from this source revision (commit, branch or tag).", "REV"
    )
    source: str | None = option(
        "Checkout of the source, for --revision and --changelog.  [default: the current folder]",
        "DIR",
    )
    changelog: bool = option(
        "In a plan: show what it brings, the releases since and the commits of the source."
    )
    show_rendered: bool = SHOW_RENDERED
    afterwards: AfterwardsOptions


class RollbackOptions(OperationOptions):
    """The options of ``rollback``."""

    env: str = ENV
    all: bool = ALL
    to_tag: str | None = option("The release to return to; default: the one before.", "TAG")
    commit: str | None = option("The release to return to, by the commit that deployed it.", "SHA")
    show_rendered: bool = SHOW_RENDERED
    afterwards: AfterwardsOptions


class AdoptOptions(OperationOptions):
    """The options of ``adopt``."""

    env: str = ENV
    all: bool = ALL


class RetireOptions(OperationOptions):
    """The options of ``retire``."""

    env: str = ENV
    all: bool = ALL
