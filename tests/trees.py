"""Files of a commit that never was: what reads a repository's files can be tested on them without a repository."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from bot.core.model import Sha
from bot.core.overlays import Entry
from bot.world import Files

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link."""

    target: str


@dataclass
class MadeFiles:
    """Fulfils `Files` and `Reading` of bot/world.py for any number of commits."""

    blobs: dict[Sha, bytes] = field(default_factory=dict)
    trees: dict[Sha, Mapping[str, Entry]] = field(default_factory=dict)
    roots: dict[Sha, Sha] = field(default_factory=dict)

    def commit(self, files: Mapping[str, str | Link]) -> Sha:
        """Keep files, by path, as a commit."""
        root = self._tree({tuple(path.split("/")): content for path, content in files.items()})
        sha = _digest("commit", root.encode())
        self.roots[sha] = root
        return sha

    def directory(self, tree: Sha) -> Mapping[str, Entry]:
        return self.trees[tree]

    def content(self, blob: Sha, *, most: int) -> bytes | None:
        content = self.blobs[blob]
        return content if len(content) <= most else None

    def at(self, tree: Sha, path: str, *, most: int) -> bytes | None:
        entry = Entry("directory", tree)
        for name in path.split("/"):
            held = self.trees[entry.sha] if entry.kind == "directory" else {}
            if name not in held:
                return None
            entry = held[name]
        return self.content(entry.sha, most=most) if entry.kind == "file" else None

    async def look(self, commit: Sha, act: Callable[[Files, Sha], T]) -> T:
        return act(self, self.roots[commit])

    def _tree(self, files: Mapping[tuple[str, ...], str | Link]) -> Sha:
        held: dict[str, Entry] = {}
        for name in sorted({path[0] for path in files}):
            below = {path[1:]: content for path, content in files.items() if path[0] == name}
            held[name] = self._blob(below[()]) if () in below else Entry("directory", self._tree(below))
        sha = _digest("tree", repr(held).encode())
        self.trees[sha] = held
        return sha

    def _blob(self, content: str | Link) -> Entry:
        raw = (content.target if isinstance(content, Link) else content).encode(errors="surrogateescape")
        sha = _digest("blob", raw)
        self.blobs[sha] = raw
        return Entry("link" if isinstance(content, Link) else "file", sha)


def _digest(kind: str, raw: bytes) -> Sha:
    return hashlib.sha1(kind.encode() + raw, usedforsecurity=False).hexdigest()
