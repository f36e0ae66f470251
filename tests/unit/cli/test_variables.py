"""Every option and argument has its environment variable, and the program knows exactly those."""

from collections.abc import Iterator

import click

from gitops_ci.cli import program
from gitops_ci.cli.parameters.options import PREFIX, variable
from gitops_ci.cli.parameters.variables import PARAMETERS
from scripts.command_docs import commands


def declared() -> Iterator[tuple[str, click.Parameter]]:
    """Return every parameter with the path of its command; not click's own, which show a text and
    end the program.
    """
    for context in [click.Context(program, info_name="gitops-ci"), *commands(program, hidden=True)]:
        for param in context.command.params:
            if param.expose_value:
                yield context.command_path, param


def long_name(param: click.Parameter) -> str:
    """Return the name that stands in the variable: that of the first long option, or of the
    argument.
    """
    if isinstance(param, click.Option):
        return next((name for name in param.opts if name.startswith("--")), param.opts[0])
    return str(param.name)


def test_every_parameter_declares_the_variable_of_its_name() -> None:
    wrong = [
        f"{path} {long_name(param)}: {param.envvar}, not {variable(long_name(param))}"
        for path, param in declared()
        if param.envvar != variable(long_name(param))
    ]
    assert wrong == []


def test_the_known_variables_are_those_of_the_commands() -> None:
    read = {str(param.envvar).removeprefix(PREFIX) for _, param in declared()}
    assert read == PARAMETERS, (
        f"in gitops_ci/cli/parameters/variables.py missing: {read - PARAMETERS}, too many: "
        f"{PARAMETERS - read}"
    )


def splits_at_blanks(param: click.Parameter) -> bool:
    """Tell whether a variable that holds several values would be torn apart at blanks."""
    several = param.nargs == -1 or getattr(param, "multiple", False)
    free_text = not isinstance(param.type, click.Choice)
    return several and free_text and len(param.type.split_envvar_value("Alice Smith\nBob")) != 2


def test_no_variable_splits_values_at_blanks() -> None:
    assert [
        f"{path} {long_name(param)}" for path, param in declared() if splits_at_blanks(param)
    ] == []
