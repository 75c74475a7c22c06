"""A pack of what a job wrote itself: all else came from the server, which therefore has it.

A tree is told as what changed in one that the server has: that of a directory with a thousand entries is mostly names
of objects, which do not compress. https://git-scm.com/docs/gitformat-pack
"""

import hashlib
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.model import Sha
from bot.edge.git.failures import Corrupt
from bot.edge.git.trees import parse
from bot.edge.git.view import View
from bot.edge.git.wire import Unclear, object_format

_MOST = 1000
_LARGEST = 8 << 20
"""Bytes of an object, and of a pack: both are held in memory."""
_KINDS = {"commit": 1, "tree": 2, "blob": 3}
_DELTA = 7
_MOST_INSERTED = 0x7F


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An object that the server may lack, and one that it has and that is much the same."""

    sha: Sha
    like: Sha | None = None


def pack(view: View, commit: Sha) -> bytes:
    """Return all that the commit needs and only this job has; raise Unclear if that is too much for us."""
    own = {place.parent.name + place.name for place in view.quarantine.glob("[0-9a-f][0-9a-f]/*")}
    packed: dict[Sha, bytes] = {}
    size, left = 0, [_Wanted(commit)]
    while left:
        wanted = left.pop()
        if wanted.sha not in own or wanted.sha in packed:
            continue
        kind, body, old = _read(view, wanted)
        packed[wanted.sha] = _entry(kind, body, old, wanted)
        left += _below_commit(view, wanted.sha) if kind == "commit" else _below_tree(body, old, len(commit) // 2, kind)
        size += len(packed[wanted.sha])
        if len(packed) > _MOST or size > _LARGEST:
            raise Unclear("too much was written")
    whole = b"".join((struct.pack(">4sLL", b"PACK", 2, len(packed)), *packed.values()))
    return whole + hashlib.new(object_format(commit), whole, usedforsecurity=False).digest()


def _read(view: View, wanted: _Wanted) -> tuple[str, bytes, bytes]:
    """Return the kind and the content of an object, and the content of the one that is like it, if there is one."""
    info, body = view.objects.look(wanted.sha, most=_LARGEST)
    if info is None:
        raise Corrupt(f"object {wanted.sha} is missing")
    if info.size > _LARGEST:
        raise Unclear("too large an object was written")
    old = view.objects.read(wanted.like, most=_LARGEST) if wanted.like else None
    return info.kind, body, old or b""


def _below_commit(view: View, sha: Sha) -> Iterator[_Wanted]:
    commit = view.commit(sha)
    known = view.objects.commit(commit.parents[0]) if commit.parents else None
    yield _Wanted(commit.tree, known.tree if known else None)
    yield from map(_Wanted, commit.parents)


def _below_tree(body: bytes, old: bytes, width: int, kind: str) -> Iterator[_Wanted]:
    if kind != "tree":
        return
    before = dict(parse(old, width))
    for name, entry in parse(body, width):
        same = before.get(name)
        if same != entry:
            yield _Wanted(entry.sha, same.sha if same and same.mode == entry.mode else None)


def _entry(kind: str, body: bytes, old: bytes, wanted: _Wanted) -> bytes:
    """Write an object, in whatever way is the shorter."""
    change = _delta(old, body)
    if old and wanted.like and len(change) < len(body):
        return _head(_DELTA, len(change)) + bytes.fromhex(wanted.like) + zlib.compress(change, 1)
    return _head(_KINDS[kind], len(body)) + zlib.compress(body, 1)


def _head(kind: int, size: int) -> bytes:
    """Write a kind and a size, whose lowest four bits share the first byte with the kind."""
    first, rest = kind << 4 | size & 0xF, size >> 4
    return bytes([first | 0x80]) + _number(rest) if rest else bytes([first])


def _number(number: int) -> bytes:
    """Write a number, seven bits a byte, the lowest first; all bytes but the last have their highest bit set."""
    digits = []
    while number > 0x7F:  # noqa: PLR2004 - seven bits
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*digits, number])


def _delta(old: bytes, new: bytes) -> bytes:
    """Tell new content as the beginning and the end of the old one, with something else in between."""
    begin = _shared(old, new)
    end = _shared(old[begin:][::-1], new[begin:][::-1])
    inserted = new[begin : len(new) - end]
    pieces = (inserted[at : at + _MOST_INSERTED] for at in range(0, len(inserted), _MOST_INSERTED))
    middle = b"".join(bytes([len(piece)]) + piece for piece in pieces)
    return _number(len(old)) + _number(len(new)) + _copy(0, begin) + middle + _copy(len(old) - end, end)


def _copy(offset: int, size: int) -> bytes:
    return b"\xff" + struct.pack("<L", offset) + struct.pack("<L", size)[:3] if size else b""


def _shared(one: bytes, other: bytes) -> int:
    """Return how long the beginning is that two have in common: slices are compared much faster than bytes."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
