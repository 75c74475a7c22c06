"""Which items of two sequences go together, in bounded time.

`difflib` looks at each pair of equal items again and again: a text of ten thousand equal lines takes it hours. Here,
what stands once on each side is matched first (patience), what is left between is matched exactly where that is cheap,
and called replaced where it is not: a longer answer, never a wrong one.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import pairwise

CHEAP = 10_000
"""Comparisons one gap may take."""
_ROUNDS = 6
"""How often a gap is searched for items that stand in it once."""

Span = tuple[int, int, int, int, int]
"""A gap's bounds before and after, and how many rounds are left."""


def pairs(before: Sequence[Hashable], after: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Return the positions of items that stay, in order."""
    found: list[tuple[int, int]] = []
    spans: list[Span] = [(0, len(before), 0, len(after), _ROUNDS)]
    while spans:
        low, high, left, right, rounds = spans.pop()
        while low < high and left < right and before[low] == after[left]:
            found.append((low, left))
            low, left = low + 1, left + 1
        while low < high and left < right and before[high - 1] == after[right - 1]:
            high, right = high - 1, right - 1
            found.append((high, right))
        if low == high or left == right:
            continue
        if (high - low) * (right - left) <= CHEAP:
            found += [(low + one, left + other) for one, other in _exact(before[low:high], after[left:right])]
        elif rounds:
            spans += _between(_unique(before[low:high], after[left:right]), (low, high, left, right, rounds - 1))
    return sorted(found)


def _between(anchors: list[tuple[int, int]], span: Span) -> list[Span]:
    """Return the gaps that begin with each anchor, and the one before the first; without any, none."""
    low, high, left, right, rounds = span
    if not anchors:
        return []
    starts = [(low, left), *((low + one, left + other) for one, other in anchors), (high, right)]
    return [(one, next_one, other, next_other, rounds) for (one, other), (next_one, next_other) in pairwise(starts)]


def _unique(before: Sequence[Hashable], after: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Return the longest run of items that stand once on each side and in one order."""
    olds, news = Counter(before), Counter(after)
    places = {item: place for place, item in enumerate(after) if news[item] == 1}
    common = [(one, places[item]) for one, item in enumerate(before) if olds[item] == 1 and item in places]
    tails: list[int] = []
    ends: list[int] = []
    previous = [-1] * len(common)
    for number, (_, place) in enumerate(common):
        length = bisect_left(tails, place)
        if length == len(tails):
            tails.append(place)
            ends.append(number)
        else:
            tails[length], ends[length] = place, number
        previous[number] = ends[length - 1] if length else -1
    run: list[tuple[int, int]] = []
    number = ends[-1] if ends else -1
    while number >= 0:
        run.append(common[number])
        number = previous[number]
    return run[::-1]


def _exact(before: Sequence[Hashable], after: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Return a longest common run, by the textbook."""
    lengths = [[0] * (len(after) + 1)]
    for item in reversed(before):
        last, row = lengths[-1], [0]
        for other in reversed(range(len(after))):
            same = item == after[other]
            row.append(last[len(after) - other - 1] + 1 if same else max(row[-1], last[len(after) - other]))
        lengths.append(row)
    found, one, other = [], 0, 0
    while one < len(before) and other < len(after):
        if before[one] == after[other]:
            found.append((one, other))
            one, other = one + 1, other + 1
        elif lengths[len(before) - one - 1][len(after) - other] >= lengths[len(before) - one][len(after) - other - 1]:
            one += 1
        else:
            other += 1
    return found
