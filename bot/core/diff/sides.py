"""Overlays rendered before and after to what is told of each; one that moved is told as moved."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.core import diff
from bot.core.diff.likeness import alike
from bot.core.manifests import Failure, Manner, OverlayDiff, Side
from bot.core.overlays import Overlay

_ALIKE = 0.8
"""What share of the lines two overlays must have in common for one to be the other under a new name."""
_MOST_MOVED = 50
"""New and deleted overlays, of each, that are held against each other."""


@dataclass(frozen=True, slots=True)
class Sides:
    """One overlay before and after; None where it is not there."""

    before: Overlay | None
    after: Overlay | None
    old: str | Failure = ""
    """What it rendered to; nothing where it is not there."""
    new: str | Failure = ""

    @property
    def overlay(self) -> Overlay:
        """The overlay as people know it."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 - one of the two is there, or there would be nothing to tell
        return found


def told(sides: Sequence[Sides], manner: Manner) -> Iterator[OverlayDiff]:
    """Yield what happens to each overlay to which anything happens, by name."""
    for one in sorted(_moved(sides), key=lambda one: one.overlay.name):
        found = _told(one, manner)
        if found.objects or found.failures:
            yield found


def _told(one: Sides, manner: Manner) -> OverlayDiff:
    empty = OverlayDiff(one.overlay.name, one.overlay.kind, "changed", ())
    moved = one.before is not None and one.after is not None and one.before.name != one.after.name
    if one.before is None:
        empty = replace(empty, standing="new")
    elif one.after is None:
        empty = replace(empty, standing="deleted")
    elif moved:
        empty = replace(empty, standing="renamed", earlier_name=one.before.name)
    if isinstance(one.old, Failure) or isinstance(one.new, Failure):
        return replace(empty, failures=tuple(side for side in (one.old, one.new) if isinstance(side, Failure)))
    canonical = all(side is None or side.kind == "kustomize" for side in (one.before, one.after))
    try:
        return replace(empty, objects=diff.compare(one.old, one.new, manner, canonical=canonical))
    except diff.Unreadable:
        return replace(empty, failures=tuple(_unreadable(one, manner)))


def _unreadable(one: Sides, manner: Manner) -> Iterator[Failure]:
    """Yield which of the two sides cannot be read."""
    sides: dict[Side, str] = {"base": str(one.old), "head": str(one.new)}
    for side, text in sides.items():
        try:
            diff.compare("", text, manner, canonical=False)
        except diff.Unreadable as problem:
            yield Failure(side, str(problem), one.overlay.path)


def _moved(sides: Sequence[Sides]) -> Iterator[Sides]:
    """Yield the sides, a deleted overlay and the new one it became as one; the likest find each other first."""
    gone = [one for one in sides if one.after is None and one.old and isinstance(one.old, str)]
    come = [one for one in sides if one.before is None and one.new and isinstance(one.new, str)]
    found = alike([str(one.old) for one in gone[:_MOST_MOVED]], [str(one.new) for one in come[:_MOST_MOVED]], _ALIKE)
    left_gone, left_come = dict(enumerate(gone)), dict(enumerate(come))
    for _, n, m in found:
        if n in left_gone and m in left_come:
            old, new = left_gone.pop(n), left_come.pop(m)
            yield Sides(old.before, new.after, old.old, new.new)
    paired = {id(one) for one in (*gone, *come)} - {id(one) for one in (*left_gone.values(), *left_come.values())}
    yield from (one for one in sides if id(one) not in paired)
