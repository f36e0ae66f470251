"""docs/benchmarks.md: written as a whole, or one section of it in the place of what stood there."""

import re
from collections.abc import Mapping, Sequence

_MARK = re.compile(r"^<!-- section: (\w+) -->\n", re.MULTILINE)
Facts = Sequence[tuple[str, str]]


def whole(introduction: str, facts: Facts, sections: Mapping[str, str]) -> str:
    """Return the page of a run in which everything was measured."""
    return "\n".join(
        [introduction, listed(facts), *(_marked(name, text) for name, text in sections.items())]
    )


def replaced(page: str, facts: Facts, sections: Mapping[str, str], order: Sequence[str]) -> str:
    """Return the page with these sections new, each told when and how it was measured; all others
    stay as they are.
    """
    head, *rest = _MARK.split(page)
    found = dict(zip(rest[::2], (text.strip("\n") + "\n" for text in rest[1::2]), strict=True))
    told = _apart(head, facts)
    found |= {name: f"{text}\n{told}\n" for name, text in sections.items()}
    names = sorted(found, key=lambda name: order.index(name) if name in order else len(order))
    return "\n".join([head.strip("\n") + "\n", *(_marked(name, found[name]) for name in names)])


def listed(facts: Facts) -> str:
    """Return facts as a list."""
    return "".join(f"- {name}: {value}\n" for name, value in facts)


def _marked(name: str, text: str) -> str:
    return f"<!-- section: {name} -->\n\n{text}"


def _apart(head: str, facts: Facts) -> str:
    """Say of a section that was measured by itself what differs from the facts at the top of the
    page.
    """
    there = set(head.splitlines())
    differ = [
        f"{name} {value}"
        for name, value in facts
        if f"- {name}: {value}" not in there and name != "Date"
    ]
    day = dict(facts)["Date"]
    return f"Measured by itself on {day}" + (f"; {', '.join(differ)}." if differ else ".")
