"""Lines that go and come to hunks, with three lines of what stays around them."""

from collections.abc import Iterable, Iterator

from bot.core.diff.weave import Woven
from bot.core.manifests import Hunk

CONTEXT = 3


def cut(woven: list[Woven]) -> tuple[Hunk, ...]:
    """Return the hunks of a text; without any, nothing changed."""
    found = []
    seen = old = new = 0
    for low, high in _spans([number for number, line in enumerate(woven) if line[0] != " "], len(woven)):
        for sign, _, _ in woven[seen:low]:
            old += sign != "+"
            new += sign != "-"
        lines = _grouped(woven[low:high])
        olds, news = (sum(sign != other for sign, _, _ in lines) for other in "+-")
        where = tuple(path for _, _, path in lines)
        signed = tuple(sign + line for sign, line, _ in lines)
        found.append(Hunk(old + 1 if olds else 0, new + 1 if news else 0, signed, where))
        seen, old, new = high, old + olds, new + news
    return tuple(found)


def _spans(changed: list[int], count: int) -> Iterator[tuple[int, int]]:
    """Return where hunks begin and end; those whose surroundings touch are one."""
    if not changed:
        return
    low = last = changed[0]
    for number in changed[1:]:
        if number - last > 2 * CONTEXT + 1:
            yield max(0, low - CONTEXT), last + CONTEXT + 1
            low = number
        last = number
    yield max(0, low - CONTEXT), min(count, last + CONTEXT + 1)


def _grouped(woven: Iterable[Woven]) -> list[Woven]:
    """Put, within a run of changed lines, those that go before those that come."""
    found: list[Woven] = []
    come: list[Woven] = []
    for line in woven:
        if line[0] == "+":
            come.append(line)
            continue
        if line[0] == " " and come:
            found += come
            come = []
        found.append(line)
    return found + come
