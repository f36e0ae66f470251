"""The command ``demo``."""

from pathlib import Path

from gitops_ci.cli.parameters.options import OptionSet, command, option


class DemoOptions(OptionSet):
    """The options of ``demo``."""

    keep: str | None = option(
        "Play it in this new or empty folder, and leave everything there.", "DIR"
    )


@command("demo", DemoOptions)
def demo_command(options: DemoOptions) -> None:
    """Show the whole flow on this machine: build, dev, stage, approval, prod, three refusals,
    rollback.

    Needs nothing but git, and no network. It works in a temporary folder that is removed at the
    end.
    """
    from gitops_ci.demo import play

    play(Path(options.keep) if options.keep else None)
