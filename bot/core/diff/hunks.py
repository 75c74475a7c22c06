"""Lines that go and come to hunks, with three lines of what stays around them."""

from collections.abc import Iterable, Iterator

from bot.core.diff.tree import Row
from bot.core.manifests import Hunk

CONTEXT = 3


def cut(woven: list[Row]) -> tuple[Hunk, ...]:
    """Return the hunks of a text; without any, nothing changed."""
    found = []
    seen = old = new = 0
    for low, high in _spans([number for number, (line, _) in enumerate(woven) if line[0] != " "], len(woven)):
        old, new = old + low - seen, new + low - seen
        lines, where = zip(*_grouped(woven[low:high]), strict=True)
        signs = [line[0] for line in lines]
        olds, news = len(lines) - signs.count("+"), len(lines) - signs.count("-")
        found.append(Hunk(old + 1 if olds else 0, new + 1 if news else 0, lines, where))
        seen, old, new = high, old + olds, new + news
    return tuple(found)


def _spans(changed: list[int], count: int) -> Iterator[tuple[int, int]]:
    """Return where hunks begin and end; those whose surroundings touch are one."""
    if not changed:
        return
    low = last = changed[0]
    for number in changed:
        if number - last > 2 * CONTEXT + 1:
            yield max(0, low - CONTEXT), last + CONTEXT + 1
            low = number
        last = number
    yield max(0, low - CONTEXT), min(count, last + CONTEXT + 1)


def _grouped(woven: Iterable[Row]) -> list[Row]:
    """Put, within a run of changed lines, those that go before those that come."""
    found: list[Row] = []
    come: list[Row] = []
    for row in woven:
        sign = row[0][0]
        if sign == "+":
            come.append(row)
            continue
        if sign == " " and come:
            found += come
            come.clear()
        found.append(row)
    return found + come
