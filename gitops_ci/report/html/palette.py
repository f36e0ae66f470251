"""The colours of the timelines."""

import msgspec


class Palette(msgspec.Struct, frozen=True):
    """The colours of one scheme; ``bars`` are pairs of fill and edge, on which ``ink`` can be
    read.
    """

    ink: str
    muted: str
    line: str
    hand: str
    bars: tuple[tuple[str, str], ...]
    many: tuple[str, str]


LIGHT = Palette(
    ink="#1c2430",
    muted="#566070",
    line="#dde2e8",
    hand="#9a4a00",
    bars=(
        ("#cfe2fb", "#5b8fd6"),
        ("#d2eeda", "#4f9e6c"),
        ("#e6dcf9", "#8f73cf"),
        ("#fbe3c4", "#c0862f"),
        ("#cdecef", "#3f98a3"),
        ("#f8d9e4", "#c4688f"),
    ),
    many=("#e4e8ed", "#8993a1"),
)
DARK = Palette(
    ink="#eef2f6",
    muted="#9aa7b6",
    line="#2c3541",
    hand="#f0a35e",
    bars=(
        ("#1f4273", "#5b93dd"),
        ("#1d4a30", "#58b07a"),
        ("#43346f", "#9d85dc"),
        ("#5a3f12", "#cd9844"),
        ("#174a52", "#4fb0bb"),
        ("#5c2b41", "#d07ba1"),
    ),
    many=("#323b47", "#8893a2"),
)
