"""The vars, their help and the commands behind them name the same things."""

import re

import click
import pytest

import gitops_ci
from gitops_ci.cli import program
from tests.surroundings import ROOT

VARS = ROOT / "vars"
LIBRARY = ROOT / "src" / "gitopsci"
RESOURCES = ROOT / "resources" / "gitops-ci"
COMMANDS = {
    "gitopsBuild": "build",
    "gitopsUpdate": "update",
    "gitopsPromote": "promote",
    "gitopsRollback": "rollback",
    "gitopsCheck": "check",
    "gitopsRoute": "route",
    "gitopsWait": "wait",
}
# what the vars set themselves; CONFIG is for plans and dry runs with a local file
OWN = {
    "OUTPUT",
    "RESULT_FILE",
    "REQUESTED_BY",
    "APPROVED_BY",
    "APPROVED_PLAN",
    "CHANGELOG",
    "CONFIG",
    "SHOW_RENDERED",
    "PASSED",
    "FAILED",
}


def options(var: str) -> dict[str, str]:
    """Return the arguments of a var with the variables that they set."""
    text = (VARS / f"{var}.groovy").read_text(encoding="utf-8")
    own, _, shared = text.partition("List options = [")[2].partition("\n    ]")
    names = re.findall(r"'(\w+)'", own)
    for table in re.findall(r"Arguments\.(\w+)\(\)", shared.partition("\n")[0]):
        names += arguments(table)
    return {name: re.sub(r"([A-Z])", r"_\1", name).upper() for name in names}


def arguments(table: str) -> list[str]:
    """Return the names in a table that several vars share, with those of the table that it adds
    to.
    """
    library = (LIBRARY / "Arguments.groovy").read_text(encoding="utf-8")
    body = library.partition(f"List {table}() {{")[2].partition("\n    }")[0]
    names = re.findall(r"'(\w+)'", body)
    return names + [
        name for other in re.findall(r"\+ (\w+)\(\)", body) for name in arguments(other)
    ]


def variables(command: str) -> set[str]:
    """Return the variables that a command reads."""
    found = program.get_command(click.Context(program), command)
    assert found is not None
    return {str(each.envvar).removeprefix("GITOPS_CI_") for each in found.params if each.envvar}


@pytest.mark.parametrize(("var", "command"), COMMANDS.items())
def test_a_var_covers_the_options_of_its_command(var: str, command: str) -> None:
    assert set(options(var).values()) | OWN == variables(command) | OWN


def test_every_var_has_its_help() -> None:
    assert {path.stem for path in VARS.glob("*.groovy")} == {
        path.stem for path in VARS.glob("*.txt")
    }


@pytest.mark.parametrize("var", [*COMMANDS, "gitopsStatus"])
def test_every_argument_stands_in_the_help(var: str) -> None:
    text = (VARS / f"{var}.txt").read_text(encoding="utf-8")
    for name in options(var):
        assert re.search(rf"\b{name}\b", text), name


def test_one_var_alone_calls_sh_with_a_constant() -> None:
    callers = {
        path.stem
        for path in VARS.glob("*.groovy")
        if re.search(r"\bsh\s*\(", path.read_text(encoding="utf-8"))
    }
    assert callers == {"gitopsCli"}
    text = (VARS / "gitopsCli.groovy").read_text(encoding="utf-8")
    assert "script: gitopsScript())" in text
    script = (VARS / "gitopsScript.groovy").read_text(encoding="utf-8")
    assert "String call() {\n    return libraryResource('gitops-ci/run.sh')\n}\n" in script


def test_every_part_of_the_installer_is_brought_to_the_agent() -> None:
    text = (VARS / "gitopsScript.groovy").read_text(encoding="utf-8")
    named = re.findall(r"'([\w/]+\.py)'", text)
    assert named == [
        "install.py",
        *sorted(f"installer/{path.name}" for path in (RESOURCES / "installer").glob("*.py")),
    ]


def test_what_is_brought_to_the_agent_means_the_same_in_every_encoding() -> None:
    """Jenkins reads and writes it in those of the controller and of the agent."""
    texts = [
        RESOURCES / "run.sh",
        RESOURCES / "install.py",
        *(RESOURCES / "installer").glob("*.py"),
    ]
    assert all(path.read_bytes().isascii() for path in texts)


def test_the_library_asks_for_its_own_version() -> None:
    text = (VARS / "gitopsCli.groovy").read_text(encoding="utf-8")
    assert f"return '{gitops_ci.__version__}'" in text
