"""Writes docs/commands/*.md from the commands themselves, so that page and program can't differ."""

import inspect
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from gitops_ci.base.errors import Exit
from gitops_ci.cli import program
from gitops_ci.cli.parameters.options import PREFIX
from gitops_ci.cli.parameters.variables import SECRETS

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "commands"
NOTE = "<!-- Made by `make docs` from the command itself: change the command, not this page. -->"

EXIT_CODES = {
    Exit.OK: "done, or nothing to do",
    Exit.FAILED: "an expected failure; the message says what is wrong and what to do next",
    Exit.USAGE: "the command line or an environment variable is wrong",
    Exit.REFUSED: "refused by a gate",
    Exit.UNAVAILABLE: "the repository, registry, Jenkins or Argo CD is "
    "unavailable or stayed contended: try "
    "again",
    Exit.WAIT_TIMEOUT: "timed out waiting (`wait`, `jobs trigger`)",
    Exit.DEFECT: "a defect of the tool",
    Exit.INTERRUPTED: "interrupted",
    Exit.TERMINATED: "terminated",
}


def main() -> None:
    """Write every page and remove those of commands that are gone."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for old in FOLDER.glob("*.md"):
        if old.name not in wanted:
            old.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(wanted)} pages in {FOLDER.name}\n")


def pages() -> dict[str, str]:
    """Return file name -> text of every page."""
    found = {file_name(context): page(context) for context in commands(program)}
    return {"index.md": index(), **found}


def commands(root: click.Group, hidden: bool = False) -> Iterator[click.Context]:
    """Walk the tree: a context for each command and sub-command, groups before their members, the
    root left out.
    """
    yield from _members(_context(root, "gitops-ci"), hidden)


def _members(parent: click.Context, hidden: bool = False) -> Iterator[click.Context]:
    group = parent.command
    if not isinstance(group, click.Group):
        return
    for name in group.list_commands(parent):
        command = group.get_command(parent, name)
        if command is None or (command.hidden and not hidden):
            continue
        context = _context(command, name, parent)
        yield context
        yield from _members(context, hidden)


def _context(
    command: click.Command, name: str, parent: click.Context | None = None
) -> click.Context:
    return click.Context(command, parent=parent, info_name=name, **command.context_settings)


def file_name(context: click.Context) -> str:
    """Return the page of a command: ``values get`` has values-get.md."""
    return "-".join(_words(context)[1:]) + ".md"


def _words(context: click.Context) -> list[str]:
    """Return the names from the root on, without the arguments that click puts behind a group."""
    above = _words(context.parent) if context.parent else []
    return [*above, str(context.info_name)]


def index() -> str:
    """Return the page that lists the commands, the options of the program, the exit codes and the
    secrets.
    """
    root = _context(program, "gitops-ci")
    rows = [
        (_link(context), _cell(context.command.get_short_help_str(200)))
        for context in commands(program)
    ]
    codes = [(str(int(code)), EXIT_CODES[code]) for code in Exit]
    secrets = [(f"`{PREFIX}{name}`", f"`{PREFIX}{name}_FILE`") for name in sorted(SECRETS)]
    return _text(
        NOTE,
        "# Commands",
        *_description(program),
        _table(("Command", "Does"), rows),
        "## Options before the command",
        _options(root),
        "## Environment variables",
        f"Every option and argument can be given as an environment variable, `{PREFIX}` and "
        "its name; the command line wins, "
        "and an empty variable counts as not set. Where an option may be repeated, the "
        "variable holds one value a line. "
        f"A variable that begins with `{PREFIX}` and is not known ends the run with exit code 2.",
        "Credentials come from variables alone, or from a file that a variable names:",
        _table(("Variable", "Or the name of a file that holds it"), secrets),
        "## Exit codes",
        _table(("Code", "Meaning"), codes),
    )


def page(context: click.Context) -> str:
    """Return the page of one command."""
    command = context.command
    title = " ".join(_words(context))
    usage = " ".join([title, *command.collect_usage_pieces(context)])
    summary, *details = _description(command)
    parts = [NOTE, f"# {title}", summary, f"```\n{usage}\n```", *details]
    members = [member for member in _members(context) if member.parent is context]
    if members:
        rows = [
            (_link(member), _cell(member.command.get_short_help_str(200))) for member in members
        ]
        parts += ["## Commands", _table(("Command", "Does"), rows)]
    arguments = [param for param in command.params if isinstance(param, click.Argument)]
    if arguments:
        parts += ["## Arguments", _arguments(arguments, context)]
    parts += [
        "## Options",
        _options(context),
        "Exit codes: see [all commands](index.md#exit-codes).",
    ]
    return _text(*parts)


def _description(command: click.Command) -> list[str]:
    paragraphs = inspect.cleandoc(command.help or "").partition("\f")[0].split("\n\n")
    return [_paragraph(paragraph) for paragraph in paragraphs if paragraph.strip()]


def _paragraph(text: str) -> str:
    if text.startswith("\b\n"):  # click's mark for a paragraph whose lines stay as they are
        return f"```\n{text[2:]}\n```"
    return _escaped(" ".join(text.split()))


def _arguments(arguments: list[click.Argument], context: click.Context) -> str:
    head = ("Argument", "Environment variable", "Meaning")
    rows = [
        (f"`{param.make_metavar(context)}`", _variable(param), _cell(param.help or ""))
        for param in arguments
    ]
    if not any(param.help for param in arguments):
        return _table(head[:2], [row[:2] for row in rows])
    return _table(head, rows)


def _options(context: click.Context) -> str:
    options = [
        param
        for param in context.command.get_params(context)
        if isinstance(param, click.Option) and not param.hidden
    ]
    rows = [
        (_spelling(param, context), _variable(param), _default(param), _meaning(param))
        for param in options
    ]
    return _table(("Option", "Environment variable", "Default", "Meaning"), rows)


def _spelling(param: click.Option, context: click.Context) -> str:
    names = ", ".join(f"`{name}`" for name in [*param.opts, *param.secondary_opts])
    value = (
        ""
        if param.is_flag or param.count
        else f" `{param.make_metavar(context)}`".replace("|", "\\|")
    )
    return names + value


def _variable(param: click.Parameter) -> str:
    return f"`{param.envvar}`" if isinstance(param.envvar, str) else ""


def _default(param: click.Option) -> str:
    if isinstance(param.show_default, str):
        return _cell(param.show_default)
    default = param.to_info_dict()["default"]
    if default is None or default is False or default == () or callable(default):
        return ""
    return f"`{default}`"


def _meaning(param: click.Option) -> str:
    text = _cell(param.help or "")
    notes = [
        note
        for note, holds in (("required", param.required), ("repeatable", param.multiple))
        if holds and note not in text
    ]
    return f"{text} ({', '.join(notes)})" if notes else text


def _link(context: click.Context) -> str:
    return f"[`{' '.join(_words(context)[1:])}`]({file_name(context)})"


def _cell(text: str) -> str:
    return _escaped(" ".join(text.split())).replace("|", "\\|")


def _escaped(text: str) -> str:
    prose_and_code = re.split(r"(`[^`]*`)", text)
    return "".join(
        part if part.startswith("`") else part.replace("<", "&lt;").replace("*", "\\*")
        for part in prose_and_code
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _text(*parts: str) -> str:
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
