"""Two trees of one object to one text of lines that stay, go and come.

Trees are compared rather than texts: an entry is held against the entry under its own key, a container against the one
of its name, so a line is never matched with one that only looks like it, and the time is that of reading both once.
"""

from typing import NamedTuple

from bot.core.diff.alignment import aligned
from bot.core.diff.lists import fields
from bot.core.diff.sequence import pairs
from bot.core.diff.tree import Row, Tree, below, block, entry_rows, rows

Woven = tuple[str, str, str]
"""A sign (' ', '-' or '+'), the line, and the path of what it belongs to."""


class _Place(NamedTuple):
    """Where one writes: what stands before the first line (before and after: a list's dash, or spaces) and the rest."""

    before: str
    after: str
    rest: str
    path: str


def weave(kind: str, before: dict[str, Tree], after: dict[str, Tree]) -> list[Woven]:
    """Return all lines of both; those without '+' are the earlier text, those without '-' the later one.

    Where the order of a list's items says nothing, the earlier text follows that of the later one.
    """
    weaver = _Weaver(kind)
    weaver.mapping(before, after, _Place("", "", "", ""))
    return weaver.found


def one_sided(sign: str, tree: Tree) -> list[Woven]:
    """Return all lines of an object that is only there before, or after."""
    return [(sign, line, path) for line, path in rows(tree)]


class _Weaver:
    __slots__ = ("found", "kind")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.found: list[Woven] = []

    def mapping(self, before: dict[str, Tree], after: dict[str, Tree], place: _Place) -> None:
        old_lead, new_lead, rest, path = place
        for key in sorted(before.keys() | after.keys()):
            old, new = before.get(key), after.get(key)
            if old is None or new is None:
                self._one(old, new, key, _Place(old_lead, new_lead, rest, path))
            elif isinstance(old, list) and isinstance(new, list) and old and new:
                self._heading(f"{old_lead}{key}:", f"{new_lead}{key}:", path)
                names = fields(self.kind, path, key, after)
                self.items(old, new, _Place(rest, rest, rest, below(path, key)), names)
            else:
                self._entry(key, old, new, _Place(old_lead, new_lead, rest, path))
            old_lead = old_lead if old is None else rest
            new_lead = new_lead if new is None else rest

    def _one(self, old: Tree | None, new: Tree | None, key: str, place: _Place) -> None:
        if old is not None:
            self._only("-", entry_rows(key, old, place.before, place.rest, place.path))
        if new is not None:
            self._only("+", entry_rows(key, new, place.after, place.rest, place.path))

    def _entry(self, key: str, old: Tree, new: Tree, place: _Place) -> None:
        before, after, rest, path = place
        if old == new:
            self._same(entry_rows(key, old, before, rest, path), entry_rows(key, new, after, rest, path))
        elif isinstance(old, dict) and isinstance(new, dict) and old and new:
            self._heading(f"{before}{key}:", f"{after}{key}:", path)
            self.mapping(old, new, _Place(f"{rest}  ", f"{rest}  ", f"{rest}  ", below(path, key)))
        elif isinstance(old, tuple) and isinstance(new, tuple):
            inner = below(path, key)
            self._heading(f"{before}{key}: {old[0]}", f"{after}{key}: {new[0]}", inner)
            self._block(old[1:], new[1:], f"{rest}  ", inner)
        else:
            self._one(old, new, key, place)

    def items(self, before: list[Tree], after: list[Tree], place: _Place, names: tuple[str, ...] = ()) -> None:
        old_lead, new_lead, rest, path = place
        for old, new, name in aligned(before, after, names):
            inner = path if isinstance(old or new, str) else below(path, name)
            self._item(old, new, _Place(f"{old_lead}- ", f"{new_lead}- ", f"{rest}  ", inner))
            old_lead = old_lead if old is None else rest
            new_lead = new_lead if new is None else rest

    def _item(self, old: Tree | None, new: Tree | None, place: _Place) -> None:
        before, after, rest, path = place
        if isinstance(old, dict) and isinstance(new, dict) and old and new:
            self.mapping(old, new, place)
        elif isinstance(old, list) and isinstance(new, list) and old and new:
            self.items(old, new, place)
        elif old is not None and old == new:
            self._same(rows(old, before, rest, path), rows(old, after, rest, path))
        else:
            self._only("-", rows(old, before, rest, path) if old is not None else [])
            self._only("+", rows(new, after, rest, path) if new is not None else [])

    def _block(self, before: tuple[str, ...], after: tuple[str, ...], indent: str, path: str) -> None:
        low = left = 0
        for high, right in (*pairs(before, after), (len(before), len(after))):
            self._only("-", block(before[low:high], indent, path))
            self._only("+", block(after[left:right], indent, path))
            self._only(" ", block(before[high : high + 1], indent, path))
            low, left = high + 1, right + 1

    def _heading(self, old: str, new: str, path: str) -> None:
        self._same([(old, path)], [(new, path)])

    def _same(self, olds: list[Row], news: list[Row]) -> None:
        """Tell of equal content; only its first line may have another lead."""
        if olds[0][0] == news[0][0]:
            self._only(" ", news)
        else:
            self._only("-", olds[:1])
            self._only("+", news[:1])
            self._only(" ", news[1:])

    def _only(self, sign: str, lines: list[Row]) -> None:
        self.found += [(sign, line, path) for line, path in lines]
