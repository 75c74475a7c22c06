"""How alike texts are by their lines, each text read once, in bounded time and memory.

Lines are kept as their hashes: of the overlays that move in one change there may be hundreds of megabytes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

MOST_READ = 48_000_000
"""Characters that are read at most, `_LINE_COST` more for each line; what is left is like nothing."""
_LINE_COST = 32
STEPS = 10_000_000
"""Lines that are looked up at most."""

Like = tuple[float, int, int]
"""Which part of their lines two texts share, between 0 and 1, and where the two stand."""


class Lines:
    """The lines of a text, however they follow each other."""

    __slots__ = ("count", "distinct", "more")

    def __init__(self, lines: Iterable[str]) -> None:
        """Read them, once."""
        hashed = [hash(line) for line in lines]
        self.count = len(hashed)
        self.distinct = frozenset(hashed)
        self.more = {line: n - 1 for line, n in Counter(hashed).items() if n > 1}
        """How many more than one there are of each."""

    def shared(self, other: "Lines") -> int:
        """Return how many lines two texts have in common."""
        both = sum(min(self.more[line], other.more[line]) for line in self.more.keys() & other.more.keys())
        return len(self.distinct & other.distinct) + both


def alike(before: Sequence[str], after: Sequence[str], least: float) -> list[Like]:
    """Return all pairs that share so much, the likest first; of too much text, those nearest in size are compared."""
    olds, news = _read(before, after)
    near = [
        (_share(min(one.count, other.count), one, other), n, m) for n, one in olds.items() for m, other in news.items()
    ]
    found, steps = [], 0
    for most, n, m in sorted(near, key=_likest):
        steps += min(len(olds[n].distinct), len(news[m].distinct))
        if most < least or steps > STEPS:
            break
        found.append((_share(olds[n].shared(news[m]), olds[n], news[m]), n, m))
    return sorted((each for each in found if each[0] >= least), key=_likest)


def _share(lines: int, one: Lines, other: Lines) -> float:
    return lines / max(one.count, other.count)


def _likest(found: Like) -> tuple[float, int, int]:
    share, n, m = found
    return -share, n, m


def _read(before: Sequence[str], after: Sequence[str]) -> tuple[dict[int, Lines], dict[int, Lines]]:
    """Return the lines of the texts by where they stand, of the smallest first, as far as they may be read."""
    sides: tuple[dict[int, Lines], dict[int, Lines]] = ({}, {})
    room = MOST_READ
    for cost, side, at in sorted(_costs(before, after)):
        room -= cost
        if room < 0:
            break
        sides[side][at] = Lines((before, after)[side][at].splitlines())
    return sides


def _costs(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    for side, texts in enumerate((before, after)):
        yield from ((len(text) + _LINE_COST * text.count("\n"), side, at) for at, text in enumerate(texts))
