"""The vars, their help and the commands behind them name the same things."""

import re
from pathlib import Path

import click
import pytest

import gitops_ci
from gitops_ci.cli import program
from tests.surroundings import ROOT

VARS = ROOT / "vars"
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
    found = dict(re.findall(r"(\w+): '([A-Z_]+)'", text))
    for shared in ("common", "waiting"):
        if f"gitopsCli.{shared}()" in text:
            library = (VARS / "gitopsCli.groovy").read_text(encoding="utf-8")
            found |= dict(re.findall(r"(\w+): '([A-Z_]+)'", library.partition(f"Map {shared}()")[2].partition("\n}")[0]))
    return {name: variable for name, variable in found.items() if (var, name) != ("gitopsWait", "wait")}


def variables(command: str) -> set[str]:
    """Return the variables that a command reads."""
    found = program.get_command(click.Context(program), command)
    assert found is not None
    return {str(each.envvar).removeprefix("GITOPS_CI_") for each in found.params if each.envvar}


@pytest.mark.parametrize(("var", "command"), COMMANDS.items())
def test_a_var_covers_the_options_of_its_command(var: str, command: str) -> None:
    assert set(options(var).values()) | OWN == variables(command) | OWN


def test_every_var_has_its_help() -> None:
    assert {path.stem for path in VARS.glob("*.groovy")} == {path.stem for path in VARS.glob("*.txt")}


@pytest.mark.parametrize("var", [*COMMANDS, "gitopsStatus"])
def test_every_argument_stands_in_the_help(var: str) -> None:
    text = (VARS / f"{var}.txt").read_text(encoding="utf-8")
    for name in options(var):
        assert re.search(rf"\b{name}\b", text), name


def test_one_var_alone_calls_sh_with_a_constant() -> None:
    callers = {path.stem for path in VARS.glob("*.groovy") if re.search(r"\bsh\s*\(", path.read_text(encoding="utf-8"))}
    assert callers == {"gitopsCli"}
    text = (VARS / "gitopsCli.groovy").read_text(encoding="utf-8")
    assert "script: gitopsScript())" in text
    script = (VARS / "gitopsScript.groovy").read_text(encoding="utf-8")
    assert re.search(r"String call\(\) \{\n    return '''#!/bin/sh\n", script)


def test_the_library_asks_for_its_own_version() -> None:
    text = (VARS / "gitopsCli.groovy").read_text(encoding="utf-8")
    assert f"return '{gitops_ci.__version__}'" in text


def test_the_script_of_the_vars_is_shell_that_can_be_read(tmp_path: Path) -> None:
    import subprocess

    text = (VARS / "gitopsScript.groovy").read_text(encoding="utf-8")
    script = text.split("'''")[1].replace("\\\\", "\\")
    file = tmp_path / "script.sh"
    file.write_text(script)
    assert subprocess.run(["sh", "-n", str(file)], check=False).returncode == 0
