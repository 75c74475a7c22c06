"""The files of commits, for work that reads many of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bot.core.model import Sha
from bot.core.overlays import Entry
from bot.edge.git import trees
from bot.edge.git.failures import Corrupt
from bot.edge.git.objects import Objects

_KINDS: dict[bytes, Literal["file", "directory", "link", "submodule"]] = {
    b"40000": "directory",
    b"120000": "link",
    b"160000": "submodule",
}
"""By git's modes; any other is a file. https://git-scm.com/book/en/v2/Git-Internals-Git-Objects#_tree_objects"""


@dataclass(frozen=True, slots=True)
class TreeFiles:
    """Fulfils `Files` of bot/world.py."""

    objects: Objects

    def directory(self, tree: Sha) -> Mapping[str, Entry]:
        """Return what a tree holds."""
        held = trees.entries(self.objects, tree)
        return {
            name.decode(errors="surrogateescape"): Entry(_KINDS.get(one.mode, "file"), one.sha)
            for name, one in held.items()
        }

    def content(self, blob: Sha, *, most: int) -> bytes | None:
        """Return a file's content; raise Corrupt where it is missing, which is no reason to call it too large."""
        content = self.objects.read(blob, most=most)
        if content is None and self.objects.info(blob) is None:
            raise Corrupt(f"blob {blob} is missing")
        return content

    def at(self, tree: Sha, path: str, *, most: int) -> bytes | None:
        """Return the content of the file at a path."""
        found = trees.find(self.objects, tree, path)
        return self.content(found.sha, most=most) if found and _KINDS.get(found.mode, "file") == "file" else None
