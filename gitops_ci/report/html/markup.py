"""Pure: elements that escape what they hold, so that nothing from outside can become markup."""

from html import escape
from urllib.parse import urlsplit

from gitops_ci.base.redaction import redact, safe

_VOID = frozenset({"br", "img", "link", "meta", "source"})
# attributes in which no word from outside ever stands: a third of the time is escaping
_OURS = frozenset(
    """
    class_ d fill font_weight height name_ rel role rx scope stroke stroke_linecap
    stroke_opacity stroke_width tabindex text_anchor width x y
    """.split()
)
_NO_XML = str.maketrans({"\ufffe": "\\ufffe", "\uffff": "\\uffff"})


class Markup(str):
    """Text that is markup already and is taken as it is."""

    __slots__ = ()


def element(name: str, /, *children: str | None, **attributes: str | None) -> Markup:
    """Return an element, as HTML and XML alike; children that are no ``Markup`` are escaped, None
    is left out.

    Attributes: ``class_`` for class, underscores for hyphens; None leaves one out.
    """
    words = [name]
    for key, value in attributes.items():
        if value is not None:
            words.append(
                f'{key.rstrip("_").replace("_", "-")}="{value if key in _OURS else text(value)}"'
            )
    opening = " ".join(words)
    return (
        Markup(f"<{opening} />")
        if name in _VOID
        else Markup(f"<{opening}>{join(*children)}</{name}>")
    )


def join(*parts: str | None, between: str = "") -> Markup:
    """Return the parts one behind the other, escaped unless they are markup."""
    inner = [part if isinstance(part, Markup) else text(part) for part in parts if part is not None]
    return inner[0] if len(inner) == 1 else Markup((text(between) if between else "").join(inner))


def text(value: str) -> Markup:
    """Return a text escaped for elements and attributes, without secrets and control characters."""
    return Markup(escape(safe(value).translate(_NO_XML)))


def link(url: str | None, label: str) -> Markup:
    """Return a link to an http or https address, its login masked; else the label alone."""
    address = redact(url or "")
    if not _is_web(address):
        return join(label)
    return element("a", label, href=address, rel="noreferrer")


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.netloc)
        and url.isprintable()
        and " " not in url
    )
