"""Pure: which colour a release has in a timeline."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from gitops_ci.model.release import Release
from gitops_ci.report.html.palette import LIGHT, Palette
from gitops_ci.report.html.spans import HAND, DeploymentSpan

_HUES = len(LIGHT.bars)


def hues_of(lanes: Mapping[str, Sequence[DeploymentSpan]]) -> dict[str, int]:
    """Give each release a colour's number, the same in every lane, and another than those before
    and behind it.
    """
    releases = [
        (span.start or 0, _identity(span.release))
        for spans in lanes.values()
        for span in spans
        if span.release
    ]
    neighbours = _neighbours(lanes)
    hues: dict[str, int] = {}
    used = [0] * _HUES
    for _, name in sorted(releases, key=lambda release: release[0]):
        if name not in hues:
            taken = {hues[other] for other in neighbours.get(name, ()) if other in hues}
            hues[name] = min(range(_HUES), key=lambda hue: (hue in taken, used[hue], hue))
            used[hues[name]] += 1
    return hues


def colour_of(span: DeploymentSpan, colours: Palette, hues: Mapping[str, int]) -> tuple[str, str]:
    """Return how a bar is filled, and its edge."""
    if span.came == HAND:
        return "url(#hand)", colours.hand
    if span.release is None:
        return colours.many
    return colours.bars[hues[_identity(span.release)]]


def _neighbours(lanes: Mapping[str, Sequence[DeploymentSpan]]) -> dict[str, set[str]]:
    neighbours: dict[str, set[str]] = {}
    for spans in lanes.values():
        names = [_identity(span.release) for span in spans if span.release]
        for one, other in pairwise(names):
            neighbours.setdefault(one, set()).add(other)
            neighbours.setdefault(other, set()).add(one)
    return neighbours


def _identity(release: Release) -> str:
    return " ".join(sorted(image.digest or str(image) for image in release.images))
