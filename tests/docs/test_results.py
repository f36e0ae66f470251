"""The page about results names what results can hold."""

import re
from typing import get_args

from gitops_ci.errors import Category
from tests.surroundings import ROOT

PAGE = ROOT / "docs" / "results.md"


def test_the_page_names_every_category_and_no_other() -> None:
    row = next(line for line in PAGE.read_text().splitlines() if line.startswith("| `category` |"))
    named = re.findall(r"`(\w+)`", row)[1:]
    assert sorted(named) == sorted(get_args(Category))
