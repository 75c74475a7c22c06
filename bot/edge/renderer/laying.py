"""Files written out for a renderer: those an overlay reads and no others, none of them executable.

A link is laid out only where the survey has followed it and found its end within the repository, and no file is written
through one: the paths of a survey hold no link.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.core.overlays import Entry, Read
from bot.edge.renderer.complaint import Failed
from bot.edge.renderer.tree import Tree, below

MOST_FILES = 20_000
MOST_BYTES = 256 << 20
_LARGEST = 64 << 20
_LONGEST_LINK = 4096
_UNSPEAKABLE = frozenset(("", ".", "..", ".git"))


@dataclass(slots=True)
class Laying:
    """One overlay on its way to a directory of its own."""

    tree: Tree
    to: Path
    files: int = 0
    size: int = 0

    def lay_out(self, reads: tuple[Read, ...]) -> None:
        """Write what is read below the directory; raise Failed where that is too much."""
        for read in reads:
            if read.entry is not None:
                self._put(read.path, read.entry)

    def _put(self, path: str, entry: Entry) -> None:
        match entry.kind:
            case "file":
                self._write(path, entry)
            case "link":
                self._link(path, entry)
            case "directory":
                for inner, one in self._files(path, entry):
                    self._write(inner, one)

    def _files(self, path: str, directory: Entry) -> Iterator[tuple[str, Entry]]:
        self._place(path).mkdir(parents=True, exist_ok=True)
        for inner, one in self.tree.walk(directory, path):
            for name, entry in self.tree.inside(one).items():
                if entry.kind == "file":
                    yield below(inner, name), entry

    def _write(self, path: str, file: Entry) -> None:
        place = self._place(path)
        content = self.tree.files.content(file.sha, most=_LARGEST)
        self.files, self.size = self.files + 1, self.size + len(content or b"")
        if content is None or self.size > MOST_BYTES:
            raise Failed(
                f"this reads more than {MOST_BYTES >> 20} MB, or a file of more than {_LARGEST >> 20} MB", path
            )
        if self.files > MOST_FILES:
            raise Failed(f"this reads more than {MOST_FILES:,} files", path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)

    def _link(self, path: str, link: Entry) -> None:
        place = self._place(path)
        target = self.tree.text(link, most=_LONGEST_LINK)
        if target and not place.is_symlink():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(target)

    def _place(self, path: str) -> Path:
        """Return where a path goes; a repository that git never checked may hold any name."""
        parts = path.split("/") if path != "." else []
        if _UNSPEAKABLE.intersection(parts) or any("\0" in part for part in parts):
            raise Failed(f"{path[:200]!r} is not a path that can be laid out", path)
        return self.to.joinpath(*parts)
