"""Entries of git's trees exchanged in place: new trees are spliced from the old bytes, so an edit costs its depth.

https://git-scm.com/book/en/v2/Git-Internals-Git-Objects#_tree_objects
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.core.model import Sha
from bot.edge.git.failures import Corrupt
from bot.edge.git.objects import Objects

_LARGEST_TREE = 64 << 20
_DIRECTORY = b"40000"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a tree says about one name."""

    mode: bytes
    sha: Sha


def entries(objects: Objects, tree: Sha) -> dict[bytes, Entry]:
    """Return what a tree holds, by name."""
    info, raw = objects.look(tree, most=_LARGEST_TREE)
    if info is None or info.size > _LARGEST_TREE:
        raise Corrupt(f"tree {tree} is missing")
    return dict(parse(raw, len(tree) // 2))


def find(objects: Objects, tree: Sha, path: str) -> Entry | None:
    """Return the entry at a path; None if there is none."""
    entry: Entry | None = Entry(_DIRECTORY, tree)
    for name in path.encode(errors="surrogateescape").split(b"/"):
        if entry is None or entry.mode != _DIRECTORY:
            return None
        entry = entries(objects, entry.sha).get(name)
    return entry


def replace(objects: Objects, tree: Sha, edits: Mapping[str, Entry | None]) -> Sha:
    """Return the tree with entries put at, or (None) taken from, the given paths of directories that exist."""
    held = entries(objects, tree)
    below: dict[bytes, dict[str, Entry | None]] = {}
    for path, entry in edits.items():
        name, slash, rest = path.partition("/")
        key = name.encode(errors="surrogateescape")
        if slash:
            below.setdefault(key, {})[rest] = entry
        elif entry is None:
            held.pop(key, None)
        else:
            held[key] = entry
    for key, inner in below.items():
        held[key] = Entry(_DIRECTORY, replace(objects, held[key].sha, inner))
    return objects.write("tree", _serialize(held), like=tree)


def parse(raw: bytes, width: int) -> Iterator[tuple[bytes, Entry]]:
    """Yield what a tree says, its object names having `width` bytes."""
    at = 0
    while at < len(raw):
        space = raw.index(b" ", at)
        null = raw.index(b"\0", space)
        yield raw[space + 1 : null], Entry(raw[at:space], raw[null + 1 : null + 1 + width].hex())
        at = null + 1 + width


def _serialize(held: Mapping[bytes, Entry]) -> bytes:
    """Write a tree in git's order, which sees a directory's name as if it ended in a slash."""
    ordered = sorted(held.items(), key=lambda item: item[0] + (b"/" if item[1].mode == _DIRECTORY else b""))
    return b"".join(entry.mode + b" " + name + b"\0" + bytes.fromhex(entry.sha) for name, entry in ordered)
