"""The command line: finds the command, and turns every ending into an exit code and a result
file.
"""

import errno
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from typing import Literal

import click

import gitops_ci
from gitops_ci.base import interrupts, progress
from gitops_ci.base.errors import Exit, GitopsError, UnavailableError, UsageError
from gitops_ci.base.redaction import one_line, printable, redact, safe
from gitops_ci.cli.parameters import variables
from gitops_ci.cli.parameters.options import OutputOptions, read_leniently, variable

log = logging.getLogger(__name__)

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
_LONGEST = 1000  # characters of a message; a parameter of a job may hold anything

# command -> the module under gitops_ci.cli that has it, as an attribute of the same name (with
# _command behind it)
COMMANDS = {
    "build": "build",
    "update": "operation",
    "promote": "operation",
    "rollback": "operation",
    "adopt": "operation",
    "retire": "operation",
    "check": "check",
    "wait": "wait",
    "plan": "operation",
    "explain": "explain",
    "status": "status",
    "history": "history",
    "diff": "diff",
    "route": "route",
    "audit": "audit",
    "report": "report",
    "jobs": "jobs",
    "values": "values",
    "init": "init",
    "demo": "demo",
    "doctor": "doctor",
}


# headings of the help, in the order of the flow; a command that stands under none of them comes
# last
GROUPS = {
    "Deliver": ("build", "update", "promote", "rollback", "adopt", "retire", "check", "wait"),
    "Look before": ("plan", "explain", "route", "diff"),
    "Look back": ("status", "history", "audit", "report"),
    "On Jenkins": ("jobs",),
    "Beside the flow": ("values", "init", "demo", "doctor"),
}


class Program(click.Group):
    """The root command: imports a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of the flow."""
        return list(COMMANDS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands under their headings."""
        grouped = {name for names in GROUPS.values() for name in names}
        rest = tuple(name for name in COMMANDS if name not in grouped)
        for heading, names in {**GROUPS, "More": rest}.items():
            found = [(name, command) for name in names if (command := self.get_command(ctx, name))]
            if found:
                with formatter.section(heading):
                    formatter.write_dl(
                        [
                            (name, command.get_short_help_str(formatter.width - 16))
                            for name, command in found
                        ]
                    )

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"gitops_ci.cli.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command for a mistyped one."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            close = variables.nearest(args[0], COMMANDS)
            hint = f" Did you mean {close}?" if close else ""
            raise click.UsageError(f"{error.message}{hint}", ctx) from None


@click.group(
    cls=Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(gitops_ci.__version__, prog_name="gitops-ci")
@click.option(
    "--verbose",
    "-v",
    is_flag=True,
    envvar=variable("--verbose"),
    show_envvar=True,
    help="Log every step on stderr.",
)
def program(verbose: bool) -> None:
    """Build an image once, and promote the same image from environment to environment through
    Git.
    """
    set_up_logging(verbose)
    variables.check_environment(os.environ)


def main(arguments: Sequence[str]) -> int:
    """Run one command; every exception becomes a message, a result and an exit code."""
    try:
        ending = _run(arguments)
        interrupts.ignore()
    except (click.Abort, KeyboardInterrupt):
        ending = _ended("interrupted", Exit.INTERRUPTED)
    except interrupts.Terminated:
        ending = _ended("terminated", Exit.TERMINATED)
    except interrupts.Overdue:
        ending = _overdue()
    interrupts.ignore()  # how it ends is decided; it is told whole
    return _fail(arguments, ending) if isinstance(ending, GitopsError) else ending


def _run(arguments: Sequence[str]) -> int | GitopsError:
    """Run one command and return its exit code, or what it failed of."""
    try:
        with progress.shown_steps():
            code = program.main(args=list(arguments), prog_name="gitops-ci", standalone_mode=False)
        return code if isinstance(code, int) else Exit.OK
    except GitopsError as error:
        return error
    except click.Abort:
        raise
    except click.ClickException as error:
        return _usage(error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.FAILED
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            return _no_room(error)
        log.debug("defect", exc_info=True)
        return _defect(error)


def set_up_logging(verbose: bool) -> None:
    """Send log lines to stderr, with secrets masked."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _Formatter("%(message)s" if not verbose else "%(asctime)s %(name)s %(message)s")
    )
    root = logging.getLogger("gitops_ci")
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    root.propagate = False


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        progress.clear()
        return safe(super().format(record))


def _fail(arguments: Sequence[str], error: GitopsError) -> int:
    from gitops_ci.report.formats.output import write_failure

    # masked before it is cut: half a secret would not be found
    error.message, error.remedy = (
        _shortened(redact(error.message)),
        _shortened(redact(error.remedy)),
    )
    sys.stderr.write(f"gitops-ci: {printable(str(error))}\n")
    try:
        write_failure(read_leniently(OutputOptions, arguments), arguments, error)
    except GitopsError as second:
        sys.stderr.write(f"gitops-ci: {safe(str(second))}\n")
    return error.exit_code


def _shortened(text: str) -> str:
    return (
        text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} ... {text[-_LONGEST // 2 :]}"
    )


def _usage(error: click.ClickException) -> UsageError:
    context = getattr(error, "ctx", None)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        sys.stderr.write(f"{error.format_message()}\n\n")
        return UsageError("no command was given")
    where = context.command_path if context else "gitops-ci"
    return UsageError(one_line(error.format_message()), remedy=f"see {where} --help")


def _ended(word: Literal["interrupted", "terminated"], code: Exit) -> GitopsError:
    error = GitopsError(word, category=word)
    error.exit_code = code
    return error


def _no_room(error: OSError) -> GitopsError:
    """Return what a full disk stopped: what is in the way is no defect, wherever it shows."""
    try:
        sys.stdout.flush()
    except OSError:
        # a help text or the version, which click writes itself; what is left of it would fail
        # again when the program ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return GitopsError("stdout can't be written: the disk is full", remedy="free some space")
    import tempfile

    folder = tempfile.gettempdir()
    where = error.filename or f"a file in {folder}"
    return GitopsError(
        f"{one_line(str(where))} can't be written: {error.strerror}",
        remedy=f"make room on that disk, or set TMPDIR (now {folder}) to a folder with more",
    )


def _overdue() -> UnavailableError:
    doing = progress.current()
    return UnavailableError(
        f"the run did not end within its time limit{f': {doing}' if doing else ''}",
        remedy="look for a file option that names a pipe or something very large, "
        "or raise the time limit (--timeout)",
    )


def _defect(error: Exception) -> GitopsError:
    wrapped = GitopsError(
        f"defect of gitops-ci {gitops_ci.__version__}: {type(error).__name__}: "
        f"{one_line(str(error))}",
        remedy="run it again with --verbose before the command and report what it prints",
        category="defect",
    )
    wrapped.exit_code = Exit.DEFECT
    return wrapped
