"""Which object before is which object after.

First by identity; of several with one identity equal ones go together, then the others in their order. Then generated
ConfigMaps and Secrets by what their names begin with; then objects with nearly the same content under another name.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from bot.core.diff.generated import stem
from bot.core.diff.likeness import Lines
from bot.core.diff.objects import Object
from bot.core.diff.tree import rows, text
from bot.core.manifests import Identity

_NEAR = 0.8
"""The part of their lines that an object shares with one it was renamed from."""
_TELLING = 5
"""Lines below the top level that an object must have for that to mean anything."""
_TRIES = 2_000
"""How many likenesses are computed at most in a family; beyond, only equal content counts."""
MOST_KIN = 400
"""How many objects of a family may have another name; of more, nobody wants to know which was which."""
MOST_READ = 4_000
"""How many objects of all families are read for that."""

Family = tuple[str, ...]


class Pair(NamedTuple):
    """One object, before and after."""

    before: Object | None
    after: Object | None
    identity: Identity
    """As it is afterwards; for a removed object, as it was."""


Split = tuple[list[Pair], list[Object], list[Object]]
"""What was matched, and what is left before and after."""


def matched(before: Sequence[Object], after: Sequence[Object]) -> list[Pair]:
    """Return each object once."""
    found: list[Pair] = []
    olds, news = _by(before, _identity), _by(after, _identity)
    gone: list[Object] = []
    come: list[Object] = []
    for identity in dict.fromkeys((*olds, *news)):
        pairs, lost, fresh = _same_identity(olds.get(identity, []), news.get(identity, []))
        found += pairs
        gone += lost
        come += fresh
    for family, least in ((_generated, 0.0), (_kin, _NEAR)):
        pairs, gone, come = _families(gone, come, family, least)
        found += pairs
    return [*found, *(Pair(one, None, one.identity) for one in gone), *(Pair(None, one, one.identity) for one in come)]


def _pair(before: Object, after: Object) -> Pair:
    return Pair(before, after, after.identity)


def _identity(one: Object) -> Family:
    return tuple(map(str, (one.identity.group, one.identity.kind, one.identity.namespace, one.identity.name)))


def _generated(one: Object) -> Family:
    start = stem(one.identity)
    return (one.identity.kind, one.identity.namespace, start) if start else ()


def _kin(one: Object) -> Family:
    return one.identity.group, one.identity.kind, one.identity.namespace


def _by(those: Iterable[Object], family: Callable[[Object], Family]) -> dict[Family, list[Object]]:
    found: dict[Family, list[Object]] = {}
    for each in those:
        found.setdefault(family(each), []).append(each)
    return found


def _same_identity(olds: list[Object], news: list[Object]) -> Split:
    """Match what may stand there more than once."""
    found: list[Pair] = []
    if len(olds) > 1 or len(news) > 1:
        known = _by(news, lambda one: (text(one.tree),))
        left = []
        for old in olds:
            twins = known.get((text(old.tree),))
            if twins:
                found.append(_pair(old, twins.pop(0)))
            else:
                left.append(old)
        taken = {id(pair.after) for pair in found}
        olds, news = left, [new for new in news if id(new) not in taken]
    found += map(_pair, olds, news)
    return found, olds[len(news) :], news[len(olds) :]


def _families(olds: list[Object], news: list[Object], family: Callable[[Object], Family], least: float) -> Split:
    """Match, within each family, what is most alike; what has no family is left."""
    found: list[Pair] = []
    known, room = _by(news, family), MOST_READ
    for name, members in _by(olds, family).items():
        if not name or name not in known:
            continue
        if not least and len(members) == len(known[name]) == 1:
            found.append(_pair(members[0], known[name][0]))
        elif (count := len(members) + len(known[name])) <= min(MOST_KIN, room):
            room -= count
            found += _most_alike(members, known[name], least)
    taken = {id(one) for pair in found for one in pair[:2]}
    return found, [one for one in olds if id(one) not in taken], [one for one in news if id(one) not in taken]


def _most_alike(olds: list[Object], news: list[Object], least: float) -> Iterator[Pair]:
    before, after = [_lines(one) for one in olds], [_lines(one) for one in news]
    few = len(olds) * len(news) <= _TRIES
    tries = _all_tries(before, after, least) if few else _equal_tries(before, after)
    ranked = sorted(
        (-likeness, olds[one].identity.name, news[other].identity.name, one, other) for likeness, one, other in tries
    )
    free, open_ = set(range(len(olds))), set(range(len(news)))
    for likeness, _, _, one, other in ranked:
        telling = not least or before[one].count >= _TELLING
        if telling and -likeness >= least and one in free and other in open_:
            free.remove(one)
            open_.remove(other)
            yield _pair(olds[one], news[other])


def _all_tries(before: list[Lines], after: list[Lines], least: float) -> Iterator[tuple[float, int, int]]:
    for one, lines in enumerate(before):
        for other, others in enumerate(after):
            total = lines.count + others.count
            if total and 2 * min(lines.count, others.count) >= least * total:
                yield 2 * lines.shared(others) / total, one, other


def _equal_tries(before: list[Lines], after: list[Lines]) -> Iterator[tuple[float, int, int]]:
    places: dict[frozenset[object], list[int]] = {}
    for other, lines in enumerate(after):
        places.setdefault(_told(lines), []).append(other)
    for one, lines in enumerate(before):
        equal = places.get(_told(lines))
        if equal:
            yield 1.0, one, equal.pop()


def _told(lines: Lines) -> frozenset[object]:
    """Return what is the same for equal lines only."""
    return lines.distinct | frozenset(lines.more.items())


def _lines(one: Object) -> Lines:
    """Return the lines that tell of an object's content, its own name left out wherever it stands."""
    name = re.compile(rf"(?<![A-Za-z0-9]){re.escape(one.identity.name)}(?![A-Za-z0-9])")
    return Lines(name.sub("\0", line) for line, path in rows(one.tree) if path)
