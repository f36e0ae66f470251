"""The commands ``values get`` and ``values set``: the surgical edit on a local file."""

from pathlib import Path
from typing import Any

import click
from msgspec.structs import asdict

from gitops_ci.cli.options import argument, option, output_options
from gitops_ci.errors import Category, Exit, UsageError
from gitops_ci.key_path import KeyPath, parse_key_path, split_assignment
from gitops_ci.redaction import printable, redact
from gitops_ci.report import result
from gitops_ci.report.diff import file_diff


@click.group("values")
def values_command() -> None:
    """Read or change single values of a YAML file, without touching any other byte."""


@values_command.command("get")
@argument("file", metavar="FILE")
@argument("key", metavar="KEY...", nargs=-1, required=True)
@output_options
def get(file: str, key: tuple[str, ...], output: str, result_file: str | None) -> None:
    """Print the values of keys, one a line.

    KEY is a path such as image.tag, "a.b".tag, containers[0].tag or images[name=web].tag. An empty or null value is an
    empty line (null in JSON). A key that does not exist ends with exit code 1.
    """
    from gitops_ci import yaml_edit
    from gitops_ci.cli.files import read_file

    paths = [parse_key_path(text) for text in key]
    data = read_file(Path(file))
    found: dict[str, str | None] = {}
    for path, scalar in yaml_edit.read(data, paths, name=file).items():
        if scalar is None:
            raise yaml_edit.missing(data, path, name=file)
        found[str(path)] = None if scalar.is_null else scalar.text
    if output == "text":
        for path in paths:
            click.echo(printable(redact(found[str(path)] or "")))
    document = _done("values get", "done", f"{len(paths)} read")
    result.write(asdict(document) | {"file": file, "values": found}, result_file, output == "json")


@values_command.command("set")
@argument("file", metavar="FILE")
@argument("setting", metavar="KEY=VALUE...", nargs=-1, required=True)
@option("--create", is_flag=True, help="Add a missing key to an existing mapping.")
@option("--dry-run", is_flag=True, help="Show the change and leave the file alone.")
@output_options
def set_(file: str, setting: tuple[str, ...], create: bool, dry_run: bool, output: str, result_file: str | None) -> None:
    """Set keys to texts, all of them or none, and print the change as a diff.

    The text is written so that every YAML reader reads a string: image.tag=15 becomes "15".
    """
    from gitops_ci import yaml_edit
    from gitops_ci.cli.files import read_file, replace_file

    edits = _edits(setting)
    path = Path(file)
    before = read_file(path)
    after = yaml_edit.set_values(before, edits, name=file, create=create)
    changed = after != before
    if changed and not dry_run:
        replace_file(path, before, after)
    diff = file_diff(file, before, after)
    category, message = _ending(changed=changed, dry_run=dry_run)
    if output == "text":
        result.show(printable(redact(diff.replace("\r\n", "\n"))))
        click.echo(f"{file}: {message}", err=changed)
    document = _done("values set", category, message, changed=changed and not dry_run, diff=diff, dry_run=dry_run)
    result.write(asdict(document) | {"file": file}, result_file, output == "json")


def _edits(settings: tuple[str, ...]) -> dict[KeyPath, str]:
    edits: dict[KeyPath, str] = {}
    for text in settings:
        path, value = split_assignment(text)
        if edits.setdefault(path, value) != value:
            raise UsageError(f"{path} is given two values", remedy="give every key once")
    return edits


def _ending(*, changed: bool, dry_run: bool) -> tuple[Category, str]:
    """Return the category and the words for how it went."""
    if not changed:
        return "unchanged", "nothing to do: the values are there already"
    return ("planned", "would change") if dry_run else ("done", "changed")


def _done(operation: str, category: Category, message: str, **facts: Any) -> result.Result:
    return result.Result(ok=True, exit_code=int(Exit.OK), category=category, message=message, operation=operation, **facts)
