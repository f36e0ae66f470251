"""What ARCHITECTURE.md says in a form that tests can hold against the code."""

import re

from tests.surroundings import ROOT

_STEP = re.compile(r"^\d+\. `([\w.]+)`: .+ -> .+$", re.MULTILINE)


def promotion_way() -> list[str]:
    """Return the calls of a promotion in their order, without the package's name."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    section = text.split("## The way of a promotion\n")[1].split("\n## ")[0]
    return _STEP.findall(section)
