"""Pure: the timeline of an application as an SVG file; environments are lanes, bars say how long
each release ran.

Colours are attributes, and there is a file for light and one for dark: a style element inside the
file would be blocked by the policy that Jenkins sends with it, once the file is opened by itself.
"""

from collections.abc import Mapping, Sequence

from gitops_ci.model.operation import ADOPT, PROMOTE, ROLLBACK
from gitops_ci.report.html.axis import Axis, axis, ticks
from gitops_ci.report.html.hues import colour_of, hues_of
from gitops_ci.report.html.markup import Markup, element, join
from gitops_ci.report.html.palette import Palette
from gitops_ci.report.html.spans import HAND, DeploymentSpan
from gitops_ci.report.html.words import counted, date, length, tags

WIDTH = 1000
_GUTTER, _RIGHT = 132.0, WIDTH - 16.0
_TOP, _LANE, _BAR, _FOOT = 26, 46, 24, 24
_LETTER = 6.9  # the width of a letter at 12 units, generously
_THIN = 3.0  # narrower releases in a row are drawn as one bar


def draw(
    app: str, lanes: Mapping[str, Sequence[DeploymentSpan]], now: int, colours: Palette
) -> str:
    """Return the SVG file; ``lanes`` are the spans of each environment, oldest first."""
    line = axis(list(lanes.values()), now, _GUTTER, _RIGHT)
    bottom = height(len(lanes)) - _FOOT
    hues = hues_of(lanes)
    rows = [
        _lane(environment, spans, line, _TOP + _LANE * number, colours, hues)
        for number, (environment, spans) in enumerate(lanes.items())
    ]
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + element(
        "svg",
        element("title", f"Timeline of {app}"),
        element("desc", description(lanes, now)),
        _pattern(colours),
        _grid(line, bottom, colours),
        *rows,
        _today(line, now, bottom, colours),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {height(len(lanes)):g}",
        width=str(WIDTH),
        height=f"{height(len(lanes)):g}",
        role="img",
        font_family="system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
        font_size="12",
    )


def height(lanes: int) -> int:
    """Return the height of the picture of so many lanes."""
    return _TOP + _LANE * lanes + _FOOT


def description(lanes: Mapping[str, Sequence[DeploymentSpan]], now: int) -> str:
    """Return in words what the timeline shows."""
    return " ".join(
        _lane_description(environment, spans, now) for environment, spans in lanes.items()
    )


def _lane_description(environment: str, spans: Sequence[DeploymentSpan], now: int) -> str:
    if not spans:
        return f"{environment}: nothing yet."
    last = spans[-1]
    name = tags(last.release) or "an unknown release"
    since = f" for {length(now - last.start)}" if last.start is not None else ""
    hand = ", written by hand" if last.came == HAND else ""
    return f"{environment}: {counted(len(spans), 'release')}, now {name}{since}{hand}."


def _lane(
    environment: str,
    spans: Sequence[DeploymentSpan],
    line: Axis,
    top: float,
    colours: Palette,
    hues: Mapping[str, int],
) -> Markup:
    middle = top + _LANE / 2
    name = environment if len(environment) <= 17 else f"{environment[:16]}…"
    label = _label(_GUTTER - 12, middle + 4, name, colours.ink, anchor="end", weight="600")
    if not spans:
        return join(label, _label(_GUTTER + 8, middle + 4, "nothing yet", colours.muted))
    return join(
        label, *(_bar(group, line, middle, colours, hues) for group in _groups(spans, line))
    )


def _groups(spans: Sequence[DeploymentSpan], line: Axis) -> list[list[DeploymentSpan]]:
    """Put releases that would be too thin to see together with their neighbours."""
    groups: list[list[DeploymentSpan]] = []
    thin = False
    for span in spans:
        if span.end is not None and span.end <= line.start:
            continue
        narrow = _right(span, line) - line.at(span.start) < _THIN and span.end is not None
        if (
            narrow
            and thin
            and _right(groups[-1][-1], line) - line.at(groups[-1][0].start) < 4 * _THIN
        ):
            groups[-1].append(span)
        else:
            groups.append([span])
        thin = narrow
    return groups


def _bar(
    group: Sequence[DeploymentSpan],
    line: Axis,
    middle: float,
    colours: Palette,
    hues: Mapping[str, int],
) -> Markup:
    left, right = line.at(group[0].start), _right(group[-1], line)
    width = max(right - left - 1, 1.5)
    fill, edge = colours.many if len(group) > 1 else colour_of(group[0], colours, hues)
    box = element(
        "rect",
        x=f"{left:.1f}",
        y=f"{middle - _BAR / 2:g}",
        width=f"{width:.1f}",
        height=str(_BAR),
        rx="3" if width > 8 else "0",
        fill=fill,
        stroke=edge,
        stroke_width="1",
    )
    marks = [_mark(span, line.at(span.start), middle, colours) for span in group]
    if len(group) > 1:
        return join(box, *marks)
    span = group[0]
    label = tags(span.release) or span.came
    room = int((width - 14) / _LETTER)
    if room < min(len(label), 4):
        return join(box, *marks)
    shown = label if len(label) <= room else f"{label[: room - 1]}…"
    weight = "600" if span.end is None else None
    return join(box, _label(left + 8, middle + 4, shown, colours.ink, weight=weight), *marks)


def _mark(span: DeploymentSpan, x: float, middle: float, colours: Palette) -> Markup | None:
    """Return the sign above a bar's beginning that says how the release came."""
    y = middle - _BAR / 2 - 9
    shapes = {
        PROMOTE: (f"M{x:.1f} {y:g}l7 4l-7 4z", colours.muted),
        ROLLBACK: (f"M{x + 7:.1f} {y:g}l-7 4l7 4z", colours.hand),
        ADOPT: (f"M{x + 4:.1f} {y:g}l4 4l-4 4l-4 -4z", colours.muted),
    }
    if span.start is None:
        return None
    if span.came == HAND:
        cross = f"M{x:.1f} {y:g}l7 7m0 -7l-7 7"
        return element(
            "path",
            d=cross,
            fill="none",
            stroke=colours.hand,
            stroke_width="2",
            stroke_linecap="round",
        )
    if span.came not in shapes:
        return None
    path, colour = shapes[span.came]
    return element("path", d=path, fill=colour)


def _pattern(colours: Palette) -> Markup:
    """Return the hatching of what was written by hand."""
    stripe = element(
        "path",
        d="M0 8L8 0M-2 2L2 -2M6 10L10 6",
        stroke=colours.hand,
        stroke_width="1.2",
        stroke_opacity="0.55",
    )
    return element(
        "defs",
        element("pattern", stripe, id="hand", width="8", height="8", patternUnits="userSpaceOnUse"),
    )


def _grid(line: Axis, bottom: float, colours: Palette) -> Markup:
    parts = []
    for time, words in ticks(line):
        x = line.at(time)
        parts.append(
            element(
                "path", d=f"M{x:.1f} {_TOP - 4:g}V{bottom:g}", stroke=colours.line, stroke_width="1"
            )
        )
        if x < _RIGHT - 60:  # the place of today's words
            parts.append(_label(x, bottom + 16, words, colours.muted, anchor="middle"))
    return join(*parts)


def _today(line: Axis, now: int, bottom: float, colours: Palette) -> Markup:
    x = line.at(now)
    stroke = element(
        "path", d=f"M{x:.1f} {_TOP - 10:g}V{bottom + 2:g}", stroke=colours.ink, stroke_width="1.5"
    )
    return join(
        stroke,
        _label(
            _RIGHT,
            bottom + 16,
            date(now).strftime("%d %b %H:%M").lstrip("0"),
            colours.ink,
            anchor="end",
        ),
    )


def _right(span: DeploymentSpan, line: Axis) -> float:
    return line.right if span.end is None else line.at(span.end)


def _label(
    x: float,
    y: float,
    words: str,
    colour: str,
    *,
    anchor: str | None = None,
    weight: str | None = None,
) -> Markup:
    return element(
        "text", words, x=f"{x:.1f}", y=f"{y:g}", fill=colour, text_anchor=anchor, font_weight=weight
    )
