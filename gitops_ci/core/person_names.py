"""What is compared of people's names and addresses: whatever looks like somebody is that person."""

import functools
import re

_ADDRESSED = re.compile(r".*<\s*([^<>\s]+)\s*>")
_TAGGED = re.compile(r"([^@\s+]+)\+[^@\s]*(@[^@\s]+)")
# printable by their category, and drawn as nothing: joiners, fillers, variation selectors
_SELECTORS = (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10))
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0").union(map(chr, _SELECTORS))


@functools.lru_cache(maxsize=10_000)
def folded(person: str) -> str:
    """Return what is compared of a name or address: of ``Alice <a@example.com>`` the address,
    without case and blanks around.

    What looks the same is the same: composed and decomposed letters, wide ones, those of other
    scripts that look like Latin ones, and invisible marks between them. What stands behind a plus
    sign in an address stays; see `mailbox`.
    """
    addressed = _ADDRESSED.fullmatch(person.strip())
    text = addressed[1] if addressed else person
    if not text.isascii():
        text = _plain(text)
    return visible(text).casefold()


def visible(name: str) -> str:
    """Return a name in one line, without what can't be seen in it: a record would show that
    escaped, as another name.
    """
    return " ".join("".join(char for char in name if char.isprintable() or char.isspace()).split())


def mailbox(name: str) -> str:
    """Return a folded address without its part behind a plus sign, which reaches the same person;
    other names as they are.
    """
    tagged = _TAGGED.fullmatch(name)
    return f"{tagged[1]}{tagged[2]}" if tagged else name


def _plain(text: str) -> str:
    import unicodedata  # a large table, and almost every name does without

    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    text = "".join(char for char in text if char not in _INVISIBLE)
    return text if text.isascii() else _latin(text)


def _latin(text: str) -> str:
    """Return a text with Latin letters for those that look like them, by Unicode's table of
    confusable characters.
    """
    from confusable_homoglyphs import (
        confusables,
    )  # a table of a megabyte, for names of other scripts alone

    twins: dict[str, str] = {}
    for confusable in confusables.is_confusable(text, greedy=True) or ():
        ascii_twins = (
            each["c"]
            for each in confusable["homoglyphs"]
            if len(each["c"]) == 1 and each["c"].isascii()
        )
        twin = next(filter(str.isalnum, ascii_twins), None)
        if twin and not confusable["character"].isascii():
            twins[confusable["character"]] = twin.casefold()
    return "".join(twins.get(char, char) for char in text)
