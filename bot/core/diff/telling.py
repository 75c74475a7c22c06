"""Matched objects to what is told of them."""

import re
from collections.abc import Sequence
from typing import Literal

from bot.core.diff import dangers, hunks, images
from bot.core.diff.documents import Document
from bot.core.diff.generated import Successors, stem
from bot.core.diff.matching import Pair
from bot.core.diff.objects import identities
from bot.core.diff.weave import weave
from bot.core.manifests import Hunk, Identity, ObjectDiff

_NAME = re.compile(r"[A-Za-z0-9.:_-]+")


class Telling:
    """All objects of a rendering that are not word for word the same, and what of them is told."""

    def __init__(self, pairs: Sequence[Pair], kept: Sequence[Document], *, canonical: bool) -> None:
        self._pairs = pairs
        self._successors = Successors((before.identity, here) for before, _, here in pairs if before)
        self._arrived = {
            _elsewhere(after.identity): after.identity.namespace for before, after, _ in pairs if after and not before
        }
        lost = {here.name for _, after, here in pairs if not after}
        self._standing = {after.identity for _, after, _ in pairs if after}
        if lost:
            likely = (each for each in kept if not lost.isdisjoint(_NAME.findall(each.text)))
            self._standing |= identities(likely, canonical=canonical)

    def told(self) -> tuple[ObjectDiff, ...]:
        """Return what happens to each object in which a difference is left, in order."""
        told = (self._one(pair) for pair in self._pairs)
        return tuple(sorted((each for each in told if each.hunks), key=_order))

    def _one(self, pair: Pair) -> ObjectDiff:
        before, after, here = pair
        old, new = (each.tree if each else {} for each in (before, after))
        shown = hunks.cut(weave(here.kind, old, new))
        earlier = before.identity.name if before and before.identity.name != here.name else ""
        renamed = bool(earlier) and not (before and len(stem(here)) > 0 and stem(before.identity) == stem(here))
        changed_images = images.changes(old, new) if _names_image(shown) else ()
        effect = dangers.Effect(
            here,
            old,
            new,
            changed_images,
            earlier_name=earlier if renamed else "",
            moved_to=None if after else self._arrived.get(_elsewhere(here)),
            repeated=here in self._standing,
        )
        return ObjectDiff(
            here,
            _change(pair, renamed=renamed),
            shown,
            added=_count(shown, "+"),
            removed=_count(shown, "-"),
            earlier_name=earlier,
            dangers=dangers.of(effect),
            images=changed_images,
            follows=not earlier and self._successors.explain(shown),
        )


def _change(pair: Pair, *, renamed: bool) -> Literal["added", "removed", "changed", "renamed"]:
    if pair.before is None:
        return "added"
    if pair.after is None:
        return "removed"
    return "renamed" if renamed else "changed"


def _count(shown: tuple[Hunk, ...], sign: str) -> int:
    return sum([line[0] for line in hunk.lines].count(sign) for hunk in shown)


def _names_image(shown: tuple[Hunk, ...]) -> bool:
    """Return whether it is worth looking for images."""
    return any("image: " in "\n".join(hunk.lines) for hunk in shown)


def _elsewhere(identity: Identity) -> tuple[str, str, str]:
    """Return what stays of an identity when an object moves to another namespace."""
    return identity.group, identity.kind, identity.name


def _order(told: ObjectDiff) -> tuple[object, ...]:
    it = told.identity
    lines = tuple(hunk.lines for hunk in told.hunks)
    return it.kind, it.namespace, it.name, it.group, told.change, lines
