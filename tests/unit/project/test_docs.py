"""The pages say what the program does, and their links lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from gitops_ci.base.errors import Exit
from scripts import command_docs
from tests.surroundings import ROOT

FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)|(?:src|href)=\"([^\"]+)\"")
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//")


def all_pages() -> Iterator[Path]:
    """Return the pages of the project."""
    yield from sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def prose(page: Path) -> str:
    """Return a page without its code blocks."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """Return the anchors that Git servers make of the headings."""
    words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(prose(page)))
    return {word.replace(" ", "-") for word in words}


def links(page: Path) -> list[str]:
    """Return the relative targets of a page's links and pictures."""
    targets = (markdown or html for markdown, html in LINK.findall(CODE.sub("", prose(page))))
    return [target for target in targets if not ELSEWHERE.match(target)]


def broken(page: Path, target: str) -> str | None:
    """Say what is wrong with a relative link."""
    path, _, anchor = unquote(target).partition("#")
    file = (page.parent / path).resolve() if path else page
    if not file.exists():
        return f"{page.relative_to(ROOT)}: {target} does not exist"
    if anchor and file.suffix == ".md" and anchor not in anchors(file):
        return f"{page.relative_to(ROOT)}: {target}: no such heading"
    return None


def test_the_pages_of_the_commands_are_those_that_make_docs_writes() -> None:
    kept = {
        page.name: page.read_text(encoding="utf-8") for page in command_docs.FOLDER.glob("*.md")
    }
    made = command_docs.pages()
    differing = sorted(
        name for name in kept.keys() | made.keys() if kept.get(name) != made.get(name)
    )
    assert differing == [], "run `make docs` and commit what it writes"


def test_every_exit_code_is_explained() -> None:
    assert set(command_docs.EXIT_CODES) == set(Exit)


def test_relative_links_lead_to_files_and_headings() -> None:
    assert [
        wrong for page in all_pages() for target in links(page) if (wrong := broken(page, target))
    ] == []
