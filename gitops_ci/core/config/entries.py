"""Takes an application out of gitops.yaml, and leaves every other byte as it is."""

from typing import Any

import yaml

from gitops_ci.base.errors import ConfigError
from gitops_ci.core.config import reader
from gitops_ci.core.config.document import parse
from gitops_ci.model.names import FILE

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def without_app(content: bytes, name: str) -> bytes | None:
    """Return the file without the entry of an application.

    None where that would change anything else: in a mapping in braces, where something else refers
    to the entry, or where no application would be left.
    """
    data = parse(content, FILE).data
    lines = content.decode("utf-8").split("\n")
    found = _lines_of(lines, name)
    if found is None:
        return None
    first, last = found
    new = "\n".join([*lines[:first], *lines[last:]]).encode()
    rest = {key: value for key, value in data["apps"].items() if key != name}
    try:
        reader.read(new)
        return new if parse(new, FILE).data == {**data, "apps": rest} else None
    except ConfigError:
        return None


def _lines_of(lines: list[str], name: str) -> tuple[int, int] | None:
    """Return the first line of an entry and the one behind it; comments before the next entry
    belong to that.
    """
    root = yaml.compose("\n".join(lines), Loader=_LOADER)
    pairs = root.value if isinstance(root, yaml.MappingNode) else ()
    apps = next((value for key, value in pairs if key.value == "apps"), None)
    if not isinstance(apps, yaml.MappingNode) or apps.flow_style:
        return None
    begins = [key.start_mark.line for key, _ in apps.value]
    names = [key.value for key, _ in apps.value]
    if name not in names:
        return None
    position = names.index(name)
    first = begins[position]
    last = begins[position + 1] if position + 1 < len(begins) else apps.end_mark.line
    while last > first + 1 and lines[last - 1].lstrip()[:1] in {"", "#"}:
        last -= 1
    return first, last
