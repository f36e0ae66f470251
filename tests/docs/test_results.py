"""The page about results names what results can hold."""

import re
from typing import get_args

from gitops_ci.base.errors import Category
from scripts.schemas import RESULTS
from tests import documents
from tests.surroundings import ROOT

PAGE = ROOT / "docs" / "results.md"


def test_the_page_names_every_category_and_no_other() -> None:
    row = next(line for line in PAGE.read_text().splitlines() if line.startswith("| `category` |"))
    named = re.findall(r"`(\w+)`", row)[1:]
    assert sorted(named) == sorted(get_args(Category))


def test_the_page_names_every_schema_with_the_keys_that_its_command_adds() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if ".schema.json` | `" in line]
    named = {
        schema: set(re.findall(r"(?:^|, )`(\w+)`", re.sub(r" \([^)]*\)", "", cells[3].strip())))
        for cells in (row.split("|") for row in rows)
        for schema in re.findall(r"`([a-z-]+\.schema\.json)`", cells[2])
    }
    common = set(documents.properties(documents.COMMON))
    schemas = {documents.schema_of(command.split()) for command in RESULTS}
    assert named == {schema: set(documents.properties(schema)) - common for schema in schemas}


def test_the_page_has_a_row_for_every_command() -> None:
    table = (
        PAGE.read_text().partition("### What commands add")[2].partition("A refused promotion")[0]
    )
    named = set(
        re.findall(
            r"`([a-z ]+)`",
            "".join(line.split("|")[1] for line in table.splitlines() if line.startswith("|")),
        )
    )
    operations = {"update", "promote", "rollback", "adopt", "retire", "plan"}
    assert named == {*RESULTS, *operations, "route", "wait"}
