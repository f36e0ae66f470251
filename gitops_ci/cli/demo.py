"""The command ``demo``."""

from pathlib import Path

import click

from gitops_ci.cli.options import option


@click.command("demo")
@option("--keep", metavar="DIR", help="Play it in this new or empty folder, and leave everything there.")
def demo_command(keep: str | None) -> None:
    """Show the whole flow on this machine: build, dev, stage, approval, prod, three refusals, rollback.

    Needs nothing but git, and no network. It works in a temporary folder that is removed at the end.
    """
    from gitops_ci.demo import tell

    tell(Path(keep) if keep else None)
