"""An option set holds what its types say, so that mypy sees what the command line delivers."""

import importlib
from collections.abc import Iterator
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import click
import pytest

from gitops_ci.cli import COMMANDS
from gitops_ci.cli.parameters.options import (
    Duration,
    LinesParam,
    NetworkOptions,
    OptionSet,
    OutputOptions,
    read_leniently,
)
from gitops_ci.cli.parameters.times import Moment
from gitops_ci.cli.parameters.wait import Moments

DELIVERED: dict[type[click.ParamType[Any]], Any] = {
    Duration: float,
    Moments: float,
    Moment: int,
    click.IntRange: int,
    LinesParam: tuple[str, ...],
    click.types.BoolParamType: bool,
    click.types.StringParamType: str,
    click.Choice: str,
}


def sets() -> Iterator[type[OptionSet]]:
    """Return every set that a module of the command line has."""
    for name in set(COMMANDS.values()):
        for found in vars(importlib.import_module(f"gitops_ci.cli.{name}")).values():
            if isinstance(found, type) and issubclass(found, OptionSet):
                yield found


def without_none(kind: Any) -> Any:
    """Return a type without None, with text in the place of a choice of texts."""
    found = get_args(kind)[0] if NoneType in get_args(kind) else kind
    return str if get_origin(found) is Literal else found


def test_every_field_has_the_type_that_its_parameter_converts_to() -> None:
    declared = {
        (options.__name__, field): (without_none(kind), DELIVERED[type(declare(field, kind).type)])
        for options in sets()
        for field, kind, declare in options.fields
        if declare
    }
    assert len(declared) > 100
    assert {where: types for where, types in declared.items() if types[0] != types[1]} == {}


def test_a_set_can_not_be_changed() -> None:
    network = NetworkOptions(timeout=1.0, ca_file=None)
    with pytest.raises(AttributeError, match=r"NetworkOptions\.timeout is read-only"):
        setattr(network, "timeout", 2.0)  # noqa: B010 - mypy refuses the plain assignment


def test_a_set_that_is_made_by_hand_needs_all_of_its_fields() -> None:
    with pytest.raises(TypeError, match="NetworkOptions needs ca_file"):
        NetworkOptions(timeout=1.0)


@pytest.mark.parametrize(
    "words",
    [
        "promote --to nowhere --output json --result-file file",
        "promote --too nowhere --output json --result-file file",
        "promot --output=json --result-file=file",
        "--result-file file --output text --output json",
        "promote --tag --output json --result-file file --to",
        "promote --result-file file --output json --result-file",
        "promote -- --output json --result-file file",
    ],
)
def test_where_a_result_goes_is_read_from_a_command_line_with_any_mistake(words: str) -> None:
    found = read_leniently(OutputOptions, words.split())
    assert (found.format, found.result_file) == ("json", "file")


def test_a_variable_says_it_where_the_command_line_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GITOPS_CI_OUTPUT", "json")
    monkeypatch.setenv("GITOPS_CI_RESULT_FILE", "file")
    found = read_leniently(OutputOptions, ["promote", "--too", "--result-file", "other"])
    assert (found.format, found.result_file) == ("json", "other")
