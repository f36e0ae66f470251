"""What a person sees of a web page, found in one pass: pages come from servers, and patterns with
gaps can be made to hang.
"""

import html

_UNSEEN = frozenset({"script", "style", "head", "svg"})
_COMMENT = "!--"
_COMMENT_END = "--"


def visible(page: str) -> str:
    """Return the text of a page without its markup, scripts, styles, head and comments."""
    first, *pieces = page.split("<")
    shown = [first]
    hidden = ""
    for piece in pieces:
        tag, _, text = piece.partition(">")
        name = _name(tag)
        if hidden == _COMMENT:
            _, end, text = piece.partition(f"{_COMMENT_END}>")
            hidden = "" if end else hidden
        elif hidden:
            hidden = "" if name == f"/{hidden}" else hidden
        elif name == _COMMENT:
            _, end, text = piece[len(_COMMENT) :].partition(f"{_COMMENT_END}>")
            hidden = "" if end else _COMMENT
        elif name in _UNSEEN:
            hidden = name
        if not hidden:
            shown.append(text)
    return html.unescape(" ".join(shown))


def title(page: str) -> str:
    """Return the title of a page, '' where it has none."""
    inside = False
    pieces: list[str] = []
    for piece in page.split("<")[1:]:
        tag, _, text = piece.partition(">")
        name = _name(tag)
        if inside and name == "/title":
            return html.unescape("<".join(pieces))
        if inside:
            pieces.append(piece)
        elif name == "title":
            inside = True
            pieces.append(text)
    return ""


def _name(tag: str) -> str:
    if tag.startswith(_COMMENT):
        return _COMMENT
    return tag.split(maxsplit=1)[0].lower() if tag.strip() else ""
