"""Two trees of one object to one text of lines that stay, go and come.

Trees are compared rather than texts: an entry is held against the entry under its own key, a container against the one
of its name, so a line is never matched with one that only looks like it, and the time is that of reading both once.
"""

from typing import NamedTuple

from bot.core.diff.alignment import aligned
from bot.core.diff.lists import fields
from bot.core.diff.sequence import pairs
from bot.core.diff.tree import Row, Tree, below, block, rows, write, write_entry


class _Place(NamedTuple):
    """Where one writes: what stands before the first line (before and after: a list's dash, or spaces) and the rest."""

    before: str
    after: str
    rest: str
    path: str


def weave(kind: str, before: dict[str, Tree], after: dict[str, Tree]) -> list[Row]:
    """Return all lines of both; those without '+' are the earlier text, those without '-' the later one.

    Where the order of a list's items says nothing, the earlier text follows that of the later one. An empty mapping is
    an object that is not there.
    """
    if not before or not after:
        return rows(before, "-", "-") if before else rows(after, "+", "+")
    weaver = _Weaver(kind)
    weaver.mapping(before, after, _Place("", "", "", ""))
    return weaver.found


class _Weaver:
    __slots__ = ("found", "kind")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.found: list[Row] = []

    def mapping(self, before: dict[str, Tree], after: dict[str, Tree], place: _Place) -> None:
        old_lead, new_lead, rest, path = place
        for key in sorted(before if before.keys() == after.keys() else before.keys() | after.keys()):
            old, new = before.get(key), after.get(key)
            if old is None:
                write_entry(key, after[key], (f"+{new_lead}", f"+{rest}", path), self.found)
                new_lead = rest
            elif new is None:
                write_entry(key, old, (f"-{old_lead}", f"-{rest}", path), self.found)
                old_lead = rest
            else:
                if isinstance(old, str) and isinstance(new, str):
                    self._heading(f"{old_lead}{key}: {old}", f"{new_lead}{key}: {new}", path)
                elif old == new and old_lead == new_lead:
                    write_entry(key, new, (f" {new_lead}", f" {rest}", path), self.found)
                elif old and new and isinstance(old, list) and isinstance(new, list):
                    self._heading(f"{old_lead}{key}:", f"{new_lead}{key}:", path)
                    names = fields(self.kind, path, key, after)
                    self.items(old, new, _Place(rest, rest, rest, below(path, key)), names)
                else:
                    self._entry(key, old, new, _Place(old_lead, new_lead, rest, path))
                old_lead = new_lead = rest

    def _entry(self, key: str, old: Tree, new: Tree, place: _Place) -> None:
        before, after, rest, path = place
        if old and new and isinstance(old, dict) and isinstance(new, dict):
            self._heading(f"{before}{key}:", f"{after}{key}:", path)
            deeper = f"{rest}  "
            self.mapping(old, new, _Place(deeper, deeper, deeper, below(path, key)))
        elif isinstance(old, tuple) and isinstance(new, tuple):
            inner = below(path, key)
            self._heading(f"{before}{key}: {old[0]}", f"{after}{key}: {new[0]}", inner)
            self._block(old[1:], new[1:], f"{rest}  ", inner)
        else:
            write_entry(key, old, (f"-{before}", f"-{rest}", path), self.found)
            write_entry(key, new, (f"+{after}", f"+{rest}", path), self.found)

    def items(self, before: list[Tree], after: list[Tree], place: _Place, names: tuple[str, ...] = ()) -> None:
        old_lead, new_lead, rest, path = place
        for old, new, name in aligned(before, after, names):
            inner = path if isinstance(new if old is None else old, str) else below(path, name)
            if old is None or new is None:
                self._one_item(old, new, _Place(f"{old_lead}- ", f"{new_lead}- ", f"{rest}  ", inner))
            else:
                self._item(old, new, _Place(f"{old_lead}- ", f"{new_lead}- ", f"{rest}  ", inner))
            old_lead = old_lead if old is None else rest
            new_lead = new_lead if new is None else rest

    def _one_item(self, old: Tree | None, new: Tree | None, place: _Place) -> None:
        if old is not None:
            write(old, (f"-{place.before}", f"-{place.rest}", place.path), self.found)
        if new is not None:
            write(new, (f"+{place.after}", f"+{place.rest}", place.path), self.found)

    def _item(self, old: Tree, new: Tree, place: _Place) -> None:
        if old == new and place.before == place.after:
            write(new, (f" {place.after}", f" {place.rest}", place.path), self.found)
        elif old and new and isinstance(old, dict) and isinstance(new, dict):
            self.mapping(old, new, place)
        elif old and new and isinstance(old, list) and isinstance(new, list):
            self.items(old, new, place)
        else:
            self._one_item(old, new, place)

    def _block(self, before: tuple[str, ...], after: tuple[str, ...], indent: str, path: str) -> None:
        low = left = 0
        for high, right in (*pairs(before, after), (len(before), len(after))):
            self.found += block(before[low:high], f"-{indent}", path)
            self.found += block(after[left:right], f"+{indent}", path)
            self.found += block(before[high : high + 1], f" {indent}", path)
            low, left = high + 1, right + 1

    def _heading(self, old: str, new: str, path: str) -> None:
        if old == new:
            self.found.append((f" {new}", path))
        else:
            self.found += ((f"-{old}", path), (f"+{new}", path))
