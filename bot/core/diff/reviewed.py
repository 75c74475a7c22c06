"""The diff of two diffs: what a promotion does that reviewers did not see one tier below, or the other way round.

Compared are the lines that go and come, each with the path of what it belongs to, so the same line in another container
is another effect. Where it stands, and what stands around it, does not count; nor do the hashes in generated names.
Of an overlay that could not be rendered, on whichever side of either diff, no effect is known: it is not compared.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from bot.core.diff.generated import Stems, stem
from bot.core.manifests import Difference, Identity, ManifestDiff, ObjectDiff

_Line = tuple[str, str]
"""A line with its sign, and the path of what it belongs to."""
_Key = tuple[str, Identity]


def differences(there: ManifestDiff, here: ManifestDiff) -> tuple[Difference, ...]:
    """Return the objects that only one of two changes touches, or that the two change in another way."""
    unknown = frozenset(incomparable(there, here))
    stems = Stems(each.identity for diff in (there, here) for _, each in _objects(diff))
    seen, now = _by_object(there), _by_object(here)
    keys = [key for key in seen.keys() | now.keys() if key[0] not in unknown]
    told = (_difference(key, seen.get(key, []), now.get(key, []), stems) for key in keys)
    found = [each for each in told if each.there or each.here]
    return tuple(sorted(found, key=_order))


def incomparable(there: ManifestDiff, here: ManifestDiff) -> tuple[str, ...]:
    """Return the overlays that failed to render in either, by name."""
    return tuple(sorted({each.name for diff in (there, here) for each in diff.overlays if each.failures}))


def _objects(diff: ManifestDiff) -> Iterator[tuple[str, ObjectDiff]]:
    return ((overlay.name, each) for overlay in diff.overlays for each in overlay.objects)


def _by_object(diff: ManifestDiff) -> dict[_Key, list[ObjectDiff]]:
    """Return what happens to each object, a generated one without its hash."""
    found: dict[_Key, list[ObjectDiff]] = {}
    for overlay, each in _objects(diff):
        it = each.identity
        key = overlay, Identity(it.group, it.kind, it.namespace, stem(it) or it.name)
        found.setdefault(key, []).append(each)
    return found


def _difference(key: _Key, there: list[ObjectDiff], here: list[ObjectDiff], stems: Stems) -> Difference:
    seen, now = list(_lines(there, stems)), list(_lines(here, stems))
    overlay = key[0]
    identity = (here or there)[0].identity
    return Difference(overlay, identity, tuple(_without(seen, now)), tuple(_without(now, seen)))


def _lines(those: Iterable[ObjectDiff], stems: Stems) -> Iterator[tuple[str, _Line]]:
    """Yield each changed line as it is, and as it counts."""
    for each in those:
        for hunk in each.hunks:
            for line, path in zip(hunk.lines, hunk.where, strict=True):
                if line[0] != " ":
                    yield line, (stems.unhashed(line), stems.unhashed(path))


def _without(these: list[tuple[str, _Line]], those: list[tuple[str, _Line]]) -> Iterator[str]:
    known = Counter(counted for _, counted in those)
    for line, counted in these:
        if known[counted]:
            known[counted] -= 1
        else:
            yield line


def _order(told: Difference) -> tuple[str, ...]:
    it = told.identity
    return told.overlay, it.kind, it.namespace, it.name, it.group
