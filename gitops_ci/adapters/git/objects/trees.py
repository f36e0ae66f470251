"""Git's tree objects as bytes: find an entry, put one (pure). Format: gitformat-tree, entries
``MODE NAME NUL OBJECT-ID``.
"""

import re
from collections.abc import Mapping

import msgspec

from gitops_ci.model.git_modes import FOLDER


class TreeEntry(msgspec.Struct, frozen=True):
    """One entry: ``mode`` as in the tree (octal, folders ``40000``), ``oid`` in hexadecimal."""

    mode: str
    oid: str


class Tree(msgspec.Struct, frozen=True):
    """A tree object: its bytes, and where in them the entry of each name lies."""

    data: bytes
    spans: Mapping[bytes, tuple[int, int]]
    id_length: int

    def get(self, name: str) -> TreeEntry | None:
        """Return the entry of this name."""
        span = self.spans.get(name.encode("utf-8", "surrogateescape"))
        return self._entry(span) if span else None

    def named(self) -> dict[str, TreeEntry]:
        """Return all entries by name, in git's order."""
        return {
            name.decode("utf-8", "surrogateescape"): self._entry(span)
            for name, span in self.spans.items()
        }

    def put(self, changes: Mapping[str, TreeEntry | None]) -> bytes:
        """Return the bytes of the tree with these entries replaced, added or (None) left out, in
        git's order.
        """
        encoded = {
            name.encode("utf-8", "surrogateescape"): entry for name, entry in changes.items()
        }
        entries = {name: entry for name, entry in encoded.items() if entry}
        if all(self._same_place(name, entry) for name, entry in encoded.items()):
            return self._spliced(entries)
        pieces = [
            (self._order(name, self._entry(span)), self.data[slice(*span)])
            for name, span in self.spans.items()
            if name not in encoded
        ]
        pieces += [(self._order(name, entry), _raw(name, entry)) for name, entry in entries.items()]
        return b"".join(raw for _, raw in sorted(pieces))

    def _same_place(self, name: bytes, entry: TreeEntry | None) -> bool:
        """Tell whether an entry takes the place of one that sorts as it does."""
        span = self.spans.get(name)
        if span is None or entry is None:
            return False
        return (self._entry(span).mode == FOLDER) == (entry.mode == FOLDER)

    def _spliced(self, entries: Mapping[bytes, TreeEntry]) -> bytes:
        pieces, position = [], 0
        for (start, end), name in sorted((self.spans[name], name) for name in entries):
            pieces += [self.data[position:start], _raw(name, entries[name])]
            position = end
        return b"".join([*pieces, self.data[position:]])

    def _entry(self, span: tuple[int, int]) -> TreeEntry:
        raw = self.data[slice(*span)]
        return TreeEntry(raw[: raw.index(b" ")].decode(), raw[-self.id_length :].hex())

    @staticmethod
    def _order(name: bytes, entry: TreeEntry) -> bytes:
        return name + b"/" if entry.mode == FOLDER else name


def parse(data: bytes, id_length: int) -> Tree:
    """Index a tree object's bytes; ``id_length`` is that of an object id in bytes (20 or 32)."""
    pattern = re.compile(rb"[0-7]{5,6} ([^\x00]+)\x00.{%d}" % id_length, re.DOTALL)
    return Tree(data, {match[1]: match.span() for match in pattern.finditer(data)}, id_length)


def object_id(kind: str, data: bytes, id_length: int) -> str:
    """Return the id that git gives an object of this kind and content."""
    import hashlib  # loads OpenSSL: not before the server is being waited for

    algorithm = hashlib.sha1 if id_length == 20 else hashlib.sha256
    return algorithm(b"%s %d\x00" % (kind.encode(), len(data)) + data).hexdigest()


def _raw(name: bytes, entry: TreeEntry) -> bytes:
    return b"%s %s\x00%s" % (entry.mode.encode(), name, bytes.fromhex(entry.oid))
