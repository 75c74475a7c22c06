"""Which items of a list go together before and after."""

from collections.abc import Iterator
from typing import NamedTuple

from bot.core.diff.lists import Keyed, keyed
from bot.core.diff.sequence import pairs
from bot.core.diff.tree import Tree, label, text


class Step(NamedTuple):
    """An item before, after, or both, and its label."""

    before: Tree | None
    after: Tree | None
    label: str


def aligned(before: list[Tree], after: list[Tree], names: tuple[str, ...]) -> list[Step]:
    """Return the items in the order of the later list, gone ones behind the one they followed.

    `names` are the fields that tell the items apart, if their order says nothing.
    """
    olds = keyed(before, names) if names else None
    news = keyed(after, names) if olds is not None else None
    if olds is None or news is None:
        return list(_in_order(before, after))
    return list(_by_key(olds, news))


def _by_key(olds: Keyed, news: Keyed) -> Iterator[Step]:
    gone: dict[tuple[str, ...], list[Step]] = {}
    last: tuple[str, ...] = ()
    for key, item in olds.items():
        if key in news:
            last = key
        else:
            gone.setdefault(last, []).append(Step(item, None, label(item, 0)))
    yield from gone.get((), ())
    for key, item in news.items():
        yield Step(olds.get(key), item, label(item, 0))
        yield from gone.get(key, ())


def _in_order(before: list[Tree], after: list[Tree]) -> Iterator[Step]:
    equal = pairs([_written(item) for item in before], [_written(item) for item in after])
    low = left = 0
    for high, right in (*equal, (len(before), len(after))):
        yield from _gap(before, after, (low, high, left, right))
        if high < len(before):
            yield Step(before[high], after[right], label(after[right], right))
        low, left = high + 1, right + 1


def _written(item: Tree) -> str:
    """Return what is the same for equal items only."""
    return item if isinstance(item, str) else text(item)


def _gap(before: list[Tree], after: list[Tree], bounds: tuple[int, int, int, int]) -> Iterator[Step]:
    """Hold items that changed against those of the same name, or that stand in their place."""
    low, high, left, right = bounds
    olds = [_alike(item, place) for place, item in enumerate(before[low:high])]
    news = [_alike(item, -1 - place) for place, item in enumerate(after[left:right])]
    for one, other in (*pairs(olds, news), (len(olds), len(news))):
        while low < bounds[0] + one:
            yield Step(before[low], None, label(before[low], low))
            low += 1
        while left < bounds[2] + other:
            yield Step(None, after[left], label(after[left], left))
            left += 1
        if one < len(olds):
            yield Step(before[low], after[left], label(after[left], left))
            low, left = low + 1, left + 1


def _alike(item: Tree, place: int) -> str | int:
    """Return what an item shares with one it may have been: its name, or that it has none; scalars are never alike."""
    if isinstance(item, dict):
        name = item.get("name")
        return f"name {name}" if isinstance(name, str) else "mapping"
    return "list" if isinstance(item, list) else place
