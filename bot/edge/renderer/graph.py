"""Kustomizations, what each of them reads, and which ones it builds on."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bot.core.overlays import Entry, Read
from bot.edge.renderer import kustomization
from bot.edge.renderer.kustomization import Named
from bot.edge.renderer.tree import Place, Tree, joined

_LARGEST = 1 << 20
_LARGEST_VARIABLES = 64 << 20
"""Bytes; nothing larger is laid out."""


@dataclass(frozen=True, slots=True)
class Direct:
    """What one kustomization names, looked up."""

    reads: tuple[Read, ...]
    builds_on: tuple[str, ...]
    """The directories of the kustomizations it is made of."""
    reaches: tuple[str, ...]
    """Further ones that it may be made of."""
    remote: tuple[str, ...]
    named: Named
    bare: str = ""
    """The line of a file of variables, as `path:line`, that would be a name in a Secret with a value from elsewhere."""


@dataclass(frozen=True, slots=True)
class Graph:
    """The kustomizations of one commit."""

    tree: Tree
    known: dict[str, Direct] = field(default_factory=dict)
    """By directory, without links."""

    def add(self, path: str) -> None:
        """Read a kustomization, and those it builds on, wherever a link may have led."""
        ahead = [path]
        while ahead:
            directory = ahead.pop()
            if directory not in self.known:
                self.known[directory] = direct = self._direct(directory)
                ahead += (*direct.builds_on, *direct.reaches)

    def tops(self) -> list[str]:
        """Return those nothing builds on, and one of each circle; a component is only ever a part."""
        built_on = {path for one in self.known.values() for path in one.builds_on}
        candidates = sorted(path for path, one in self.known.items() if not one.named.component)
        tops = [path for path in candidates if path not in built_on]
        reached = {path for top in tops for path in self.below(top)}
        for path in candidates:
            if path not in reached:
                tops.append(path)
                reached |= self.below(path)
        return tops

    def below(self, top: str) -> set[str]:
        """Return a kustomization and all it is, or may be, made of."""
        below, ahead = set[str](), [top]
        while ahead:
            path = ahead.pop()
            if path not in below:
                below.add(path)
                ahead += (*self.known[path].builds_on, *self.known[path].reaches)
        return below

    def _direct(self, directory: str) -> Direct:
        own = [read for name in kustomization.NAMES for read in looked_for(self.tree, joined(directory, name))]
        named = next((self._named(read.entry) for read in own if read.entry and read.entry.kind == "file"), Named())
        reads, builds_on, remote = own, list[str](), list[str]()
        for written in named.bases:
            place = self._place(directory, written)
            if place and place.entry.kind == "directory":
                builds_on.append(place.path)
                reads += place.links
            elif place is None and kustomization.is_remote(written):
                remote.append(written)
            else:
                reads += looked_for(self.tree, joined(directory, written))
        reaches = list(self._maybe(directory, named, reads))
        for written in (*named.charts, *(["."] if named.whole else [])):
            if path := joined(directory, written):
                reads += self.tree.whole(path)
        bare = next(self._bare(directory, named), "")
        return Direct(tuple(reads), tuple(builds_on), tuple(reaches), tuple(remote), named, bare)

    def _maybe(self, directory: str, named: Named, reads: list[Read]) -> Iterator[str]:
        """Add the files it names or may name, and yield the kustomizations."""
        for written in (*named.files, *named.maybe):
            place = self._place(directory, written)
            if place and place.entry.kind == "directory":
                if kustomization.is_in(self.tree.inside(place.entry)):
                    yield place.path
                    reads += place.links
                elif written in named.files:
                    reads += self.tree.whole(place.path)
            elif place or written in named.files:
                reads += looked_for(self.tree, joined(directory, written))

    def _bare(self, directory: str, named: Named) -> Iterator[str]:
        for written in named.variables:
            place = self._place(directory, written)
            if place and place.entry.kind == "file":
                kept = f"bare line {place.entry.sha}"
                if kept not in self.tree.memory.texts:
                    self.tree.memory.texts[kept] = _bare_line(self.tree.text(place.entry, most=_LARGEST_VARIABLES))
                if line := self.tree.memory.texts[kept]:
                    yield f"{place.path}:{line}"

    def _place(self, directory: str, written: str) -> Place | None:
        path = joined(directory, written)
        return self.tree.follow(path) if path else None

    def _named(self, file: Entry) -> Named:
        kept = f"kustomization {file.sha}"
        if kept not in self.tree.memory.texts:
            text = self.tree.text(file, most=_LARGEST)
            self.tree.memory.texts[kept] = kustomization.UNCERTAIN if text is None else kustomization.read(text)
        named = self.tree.memory.texts[kept]
        assert isinstance(named, Named)  # noqa: S101 - only we write under such names
        return named


def _bare_line(text: str | None) -> int:
    """Return the number of the first line with a name alone, as Kustomize reads variables; 0 if there is none."""
    lines = ((text or "").removeprefix("\ufeff")).split("\n")
    names = (number for number, line in enumerate(lines, 1) if _is_bare(line.strip()))
    return next(names, 0)


def _is_bare(line: str) -> bool:
    return bool(line) and not line.startswith("#") and "=" not in line


def looked_for(tree: Tree, path: str | None) -> Iterator[Read]:
    """Yield what is read where a file is looked for: the links to it, and itself or its absence."""
    place = tree.follow(path) if path else None
    if place:
        yield from (*place.links, Read(place.path, place.entry))
    elif path:
        yield Read(path, None)
