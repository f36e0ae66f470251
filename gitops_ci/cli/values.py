"""The commands ``values get`` and ``values set``: the surgical edit on a local file."""

from pathlib import Path

import click

from gitops_ci.base.errors import UsageError
from gitops_ci.cli.parameters.options import OptionSet, OutputOptions, argument, command, option
from gitops_ci.model.key_path import KeyPath, parse_key_path, split_assignment


@click.group("values")
def values_command() -> None:
    """Read or change single values of a YAML file, without touching any other byte."""


class GetOptions(OptionSet):
    """The options of ``values get``."""

    file: str = argument("FILE")
    key: tuple[str, ...] = argument("KEY...")
    output: OutputOptions


@command("get", GetOptions, values_command)
def get(options: GetOptions) -> None:
    """Print the values of keys, one a line.

    KEY is a path such as image.tag, "a.b".tag, containers[0].tag or images[name=web].tag. An empty
    or null value is an empty line (null in JSON). A key that does not exist ends with exit code 1.
    """
    from gitops_ci.cli.parameters.files import read_file
    from gitops_ci.core import yaml_edit
    from gitops_ci.report import values as report

    paths = [parse_key_path(text) for text in options.key]
    data = read_file(Path(options.file))
    found: dict[str, str | None] = {}
    for path, scalar in yaml_edit.read(data, paths, name=options.file).items():
        if scalar is None:
            raise yaml_edit.missing(data, path, name=options.file)
        found[str(path)] = None if scalar.is_null else scalar.text
    report.show_read(options.file, [str(path) for path in paths], found, options.output)


class SetOptions(OptionSet):
    """The options of ``values set``."""

    file: str = argument("FILE")
    setting: tuple[str, ...] = argument("KEY=VALUE...")
    create: bool = option("Add a missing key to an existing mapping.")
    dry_run: bool = option("Show the change and leave the file alone.")
    output: OutputOptions


@command("set", SetOptions, values_command)
def set_(options: SetOptions) -> None:
    """Set keys to texts, all of them or none, and print the change as a diff.

    The text is written so that every YAML reader reads a string: image.tag=15 becomes "15".
    """
    from gitops_ci.cli.parameters.files import read_file, replace_file
    from gitops_ci.core import yaml_edit
    from gitops_ci.report import values as report

    edits = _edits(options.setting)
    path = Path(options.file)
    before = read_file(path)
    after = yaml_edit.set_values(before, edits, name=options.file, create=options.create)
    if after != before and not options.dry_run:
        replace_file(path, before, after)
    report.show_set(options.file, before, after, options.output, dry_run=options.dry_run)


def _edits(settings: tuple[str, ...]) -> dict[KeyPath, str]:
    edits: dict[KeyPath, str] = {}
    for text in settings:
        path, value = split_assignment(text)
        if edits.setdefault(path, value) != value:
            raise UsageError(f"{path} is given two values", remedy="give every key once")
    return edits
