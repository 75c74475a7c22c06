"""The full diff of a pull request as a page: what the comment had no room for."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.core.manifests import Danger, Difference, ManifestDiff, ObjectDiff, OverlayDiff, Reviewed
from bot.core.words.diff.anchors import anchor
from bot.core.words.diff.counts import headline, signed, tally
from bot.core.words.diff.overview import weight
from bot.core.words.diff.pieces import full_name
from bot.core.words.markdown import sayable
from bot.pages.frame import filled
from bot.pages.lines import LONGEST, Line, numbered

ROOM = 10_000_000
"""Characters a page may hold; a browser copes with no more, and a stranger's change may hold anything."""
LINE_COST = 100
"""Characters of HTML around a line."""
_STEPS = (8, 32, 128, 512, 2048, 8192)
SHOWN_DANGERS = 30
OPEN_LINES = 5_000
"""Lines up to which every overlay is open from the start."""


@dataclass(frozen=True, slots=True)
class View:
    """What a page shows."""

    diff: ManifestDiff
    reviewed: Reviewed | None
    repo: str
    """The full name: `acme/shop`."""
    pull: int
    title: str
    url: str
    """Of the pull request."""


@dataclass(frozen=True, slots=True)
class _Object:
    """One object of an overlay, and where on the page it is."""

    id: str
    diff: ObjectDiff
    hunks: list[list[Line]]
    fits: bool

    @property
    def name(self) -> str:
        return sayable(full_name(self.diff.identity))

    @property
    def about(self) -> int:
        """Return roughly how many lines it takes, so that the page keeps room for it before it is drawn."""
        lines = sum(map(len, self.hunks))
        return next((step for step in _STEPS if lines <= step), _STEPS[-1])


@dataclass(frozen=True, slots=True)
class _Overlay:
    """One overlay, and where on the page it is."""

    id: str
    diff: OverlayDiff
    objects: list[_Object]

    @property
    def counts(self) -> list[str]:
        return [*tally(self.diff.objects), signed(self.diff.objects)] if self.objects else []


@dataclass(slots=True)
class _Sheet:
    """The page as it fills: how much room is left, and which ids are taken."""

    room: int
    taken: Counter[str] = field(default_factory=Counter)

    def overlay(self, found: OverlayDiff) -> _Overlay:
        return _Overlay(self._id(anchor(found.name)), found, [self._object(found.name, one) for one in found.objects])

    def _object(self, overlay: str, one: ObjectDiff) -> _Object:
        cost = sum(min(len(line), LONGEST) + LINE_COST for hunk in one.hunks for line in hunk.lines)
        fits = cost <= self.room
        self.room -= cost if fits else 0
        hunks = [list(numbered(hunk)) for hunk in one.hunks] if fits else []
        return _Object(self._id(anchor(overlay, one.identity)), one, hunks, fits)

    def _id(self, wanted: str) -> str:
        self.taken[wanted] += 1
        return wanted if self.taken[wanted] == 1 else f"{wanted}-{self.taken[wanted]}"


def page(view: View) -> str:
    """Return the page. It takes about a second for each 100,000 lines."""
    sheet, diff = _Sheet(ROOM), view.diff
    overlays = [sheet.overlay(found) for found in diff.overlays]
    lines = sum(len(hunk) for overlay in overlays for one in overlay.objects for hunk in one.hunks)
    return filled(
        "diff.html",
        view=view,
        diff=diff,
        overlays=overlays,
        opened=lines <= OPEN_LINES or len(overlays) == 1,
        headline=headline(diff, sayable) if overlays else "No change in what Argo CD applies",
        dangers=_dangers(overlays),
        most_dangers=SHOWN_DANGERS,
        failures=[(overlay, failure) for overlay in overlays for failure in overlay.diff.failures],
        differences=[(one, list(_differs(one))) for one in (view.reviewed.differences if view.reviewed else ())],
        left_out=sum(not one.fits for overlay in overlays for one in overlay.objects),
    )


def _dangers(overlays: list[_Overlay]) -> list[tuple[_Overlay, _Object, Danger]]:
    """Return all dangers, the worst first."""
    found = [(overlay, one, danger) for overlay in overlays for one in overlay.objects for danger in one.diff.dangers]
    return sorted(found, key=lambda each: weight(each[2]))


def _differs(one: Difference) -> Iterator[tuple[str, str]]:
    """Yield the lines that only reviewers saw, then those that only the promotion brings."""
    yield from (("removed", f"- {sayable(line)}") for line in one.there)
    yield from (("added", f"+ {sayable(line)}") for line in one.here)
