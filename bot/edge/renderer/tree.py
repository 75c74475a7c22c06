"""One commit's files, looked up by path: links are followed within the tree, and one that leaves it leads nowhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.overlays import Entry, Read
from bot.world import Files

_MOST_LINKS = 40
_LONGEST_LINK = 4096
_DEEPEST = 64
_MOST_KEPT = 200_000


@dataclass(slots=True)
class Memory:
    """What was read before, by object name: it can never be anything else."""

    directories: dict[str, Mapping[str, Entry]] = field(default_factory=dict)
    texts: dict[str, object] = field(default_factory=dict)
    """What was made of a file's content, under a name that says for what."""

    def tidy(self) -> None:
        """Forget all once it is too much."""
        for kept in (self.directories, self.texts):
            if len(kept) > _MOST_KEPT:
                kept.clear()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path leads."""

    path: str
    """Without any link in it."""
    entry: Entry
    links: tuple[Read, ...]
    """The links it led over."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A commit's files."""

    files: Files
    root: Entry
    memory: Memory

    def inside(self, directory: Entry) -> Mapping[str, Entry]:
        """Return what a directory holds, by name."""
        known = self.memory.directories.get(directory.sha)
        if known is None:
            known = self.memory.directories[directory.sha] = self.files.directory(directory.sha)
        return known

    def text(self, file: Entry, *, most: int) -> str | None:
        """Return a file's text, bytes that are not UTF-8 held with `surrogateescape`; None beyond `most` bytes."""
        raw = self.files.content(file.sha, most=most)
        return None if raw is None else raw.decode(errors="surrogateescape")

    def follow(self, path: str) -> Place | None:
        """Return where a path leads; None where it leads to nothing, or out of the repository."""
        ahead, trail, links = [*reversed(path.split("/"))], [("", self.root)], list[Read]()
        while ahead:
            name = ahead.pop()
            if name in ("", "."):
                continue
            if name == "..":
                if len(trail) == 1:
                    return None
                trail.pop()
                continue
            where = trail[-1][1]
            entry = self.inside(where).get(name) if where.kind == "directory" else None
            if entry is None or entry.kind == "submodule":
                return None
            if entry.kind != "link":
                trail.append((name, entry))
                continue
            target = self.text(entry, most=_LONGEST_LINK) if len(links) < _MOST_LINKS else None
            if not target or target.startswith("/"):
                return None
            links.append(Read(_path((*trail, (name, entry))), entry))
            ahead += reversed(target.split("/"))
        return Place(_path(trail), trail[-1][1], tuple(links))

    def whole(self, start: str) -> Iterator[Read]:
        """Yield a directory, and what the links in it lead to as far as that lies in the repository."""
        ahead, seen = [start], set[str]()
        while ahead:
            place = self.follow(ahead.pop())
            if place is None or place.path in seen:
                continue
            seen.add(place.path)
            yield from place.links
            yield Read(place.path, place.entry)
            if place.entry.kind == "directory":
                for path, directory in self.walk(place.entry, place.path):
                    ahead += [below(path, name) for name, one in self.inside(directory).items() if one.kind == "link"]

    def walk(self, directory: Entry, path: str = ".", depth: int = 0) -> Iterator[tuple[str, Entry]]:
        """Yield every directory below one, itself first, with its path; links are not followed."""
        yield path, directory
        if depth < _DEEPEST:
            for name, entry in self.inside(directory).items():
                if entry.kind == "directory":
                    yield from self.walk(entry, below(path, name), depth + 1)


def below(directory: str, name: str) -> str:
    """Return the path of what a directory holds under a name."""
    return name if directory == "." else f"{directory}/{name}"


def _path(trail: Sequence[tuple[str, Entry]]) -> str:
    return "/".join(name for name, _ in trail[1:]) or "."


def joined(directory: str, path: str) -> str | None:
    """Return a path, seen from a directory, from the root; None if it leaves the repository or is absolute.

    Lexically, as kustomize does it before it follows links.
    """
    if path.startswith("/"):
        return None
    parts: list[str] = []
    for name in f"{directory}/{path}".split("/"):
        if name == "..":
            if not parts:
                return None
            parts.pop()
        elif name not in ("", "."):
            parts.append(name)
    return "/".join(parts) or "."
