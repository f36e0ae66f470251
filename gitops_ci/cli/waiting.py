"""The options of waiting for Argo CD, shared by ``wait`` and by the operations with ``--wait``."""

from typing import TYPE_CHECKING, Any

import click

from gitops_ci.cli.options import Duration, option, together

if TYPE_CHECKING:
    from gitops_ci.delivery.waiting.wanted import Wish


class Moments(Duration):
    """A duration that may be zero."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds, from zero to a day."""
        if isinstance(value, str) and value.strip() in {"0", "0s"}:
            return 0.0
        return super().convert(value, param, ctx)


argocd_options = together(
    option("--argocd-server", metavar="URL", help="Where Argo CD is; default: argocd: in gitops.yaml, then ARGOCD_SERVER."),
    option("--insecure", is_flag=True, help="Don't check the certificate of Argo CD, and warn about it."),
)

wait_options = together(
    option(
        "--level",
        type=click.Choice(["committed", "synced", "healthy"]),
        default="healthy",
        show_default=True,
        help="How far it has to get.",
    ),
    option("--wait-timeout", type=Duration(), default="10m", show_default=True, help="How long to wait for Argo CD."),
    option("--stable", type=Moments(), metavar="DURATION", help="How long it has to stay so; default: gitops.yaml, else 5s."),
    option(
        "--patience",
        type=Duration(),
        default="2m",
        show_default=True,
        help="How long an Argo CD that does not answer, or can't reach Git, is borne.",
    ),
    option("--poll", type=Duration(), default="3s", show_default=True, help="Time between two questions."),
    option("--sync", is_flag=True, help="Start the sync of an application that does not sync by itself, or whose sync failed."),
    option("--allow-out-of-sync", is_flag=True, help="Accept OutOfSync after a sync that succeeded."),
    option("--parent", metavar="NAME", help="The application that makes this one, where it may not be there yet."),
)


def wish_of(given: dict[str, Any]) -> "Wish":
    """Return how somebody wants to wait."""
    from gitops_ci.delivery.waiting.wanted import Wish

    return Wish(
        level=given["level"],
        seconds=given["wait_timeout"],
        stable=given["stable"],
        patience=given["patience"],
        poll=given["poll"],
        sync=given["sync"],
        out_of_sync=given["allow_out_of_sync"],
        parent=given["parent"] or None,
    )
