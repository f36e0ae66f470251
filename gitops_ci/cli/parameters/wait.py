"""The options of waiting for Argo CD, shared by ``wait`` and by the operations with ``--wait``."""

from typing import TYPE_CHECKING, Any, Literal

import click

from gitops_ci.cli.parameters.options import Duration, OptionSet, option

if TYPE_CHECKING:
    from gitops_ci.usecases.wait.request import WaitPolicy


class Moments(Duration):
    """A duration that may be zero."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds, from zero to a day."""
        if isinstance(value, str) and value.strip() in {"0", "0s"}:
            return 0.0
        return super().convert(value, param, ctx)


class ArgocdServerOptions(OptionSet):
    """Where Argo CD is."""

    argocd_server: str | None = option(
        "Where Argo CD is; default: argocd: in gitops.yaml, then ARGOCD_SERVER.", "URL"
    )
    insecure: bool = option("Don't check the certificate of Argo CD, and warn about it.")


class WaitOptions(OptionSet):
    """How to wait; times in seconds, ``stable`` None: as gitops.yaml says."""

    level: Literal["committed", "synced", "healthy"] = option(
        "How far it has to get.", default="healthy"
    )
    wait_timeout: float = option("How long to wait for Argo CD.", default="10m")
    stable: float | None = option(
        "How long it has to stay so; default: gitops.yaml, else 5s.", "DURATION", type=Moments()
    )
    patience: float = option(
        "How long an Argo CD that does not answer, or can't reach Git, is borne.", default="2m"
    )
    poll: float = option("Time between two questions.", default="3s")
    sync: bool = option(
        "Start the sync of an application that does not sync by itself, or whose sync failed."
    )
    allow_out_of_sync: bool = option("Accept OutOfSync after a sync that succeeded.")
    parent: str | None = option(
        "The application that makes this one, where it may not be there yet.", "NAME"
    )


def wait_policy_of(options: WaitOptions) -> "WaitPolicy":
    """Return how somebody wants to wait."""
    from gitops_ci.usecases.wait.request import WaitPolicy

    return WaitPolicy(
        level=options.level,
        seconds=options.wait_timeout,
        stable=options.stable,
        patience=options.patience,
        poll=options.poll,
        sync=options.sync,
        out_of_sync=options.allow_out_of_sync,
        parent=options.parent or None,
    )
