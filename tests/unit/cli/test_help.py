"""The help of the program names every command once, under the headings of the flow."""

import re

from click.testing import CliRunner

from gitops_ci.cli import COMMANDS, GROUPS, program


def test_every_command_stands_once_under_a_heading() -> None:
    shown = CliRunner().invoke(program, ["--help"]).output
    listed = re.findall(r"^  ([a-z]+)  ", shown.partition("\nDeliver:")[2], re.MULTILINE)
    assert sorted(listed) == sorted(COMMANDS)


def test_the_headings_come_in_the_order_of_the_flow() -> None:
    shown = CliRunner().invoke(program, ["--help"]).output
    places = [shown.index(f"\n{heading}:") for heading in GROUPS]
    assert places == sorted(places)
