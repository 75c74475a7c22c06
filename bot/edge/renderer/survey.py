"""Which overlays a commit has, and what each of them reads: told by the kustomizations and charts, not by names.

An overlay is a kustomization that no other one builds on. Where two build on each other both count: when in doubt, it
is rendered. A chart is one that no other chart, and no kustomization, holds. Any other directory with manifests in it
is one that Argo CD can apply as it is.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

import msgspec
from wcmatch import glob

from bot.core.model import Chart, Render
from bot.core.overlays import Entry, Overlay, Read, release_of
from bot.edge.renderer import kustomization, plain
from bot.edge.renderer.kustomization import Named
from bot.edge.renderer.tree import Tree, joined

_LARGEST = 1 << 20
_CHART = "Chart.yaml"


@dataclass(frozen=True, slots=True)
class Direct:
    """What one kustomization reads by itself."""

    reads: tuple[Read, ...]
    builds_on: tuple[str, ...]
    """The directories of other kustomizations."""
    remote: tuple[str, ...]
    component: bool
    inflates: bool


@dataclass(slots=True)
class Survey:
    """One look at one commit."""

    tree: Tree
    render: Render
    mark: str
    """What else decides on the outcome: the tools and their versions."""
    kustomizations: dict[str, Direct] = field(default_factory=dict)
    charts: set[str] = field(default_factory=set)
    directories: dict[str, Entry] = field(default_factory=dict)

    def overlays(self) -> tuple[Overlay, ...]:
        """Return them by name."""
        self.directories = dict(self.tree.walk(self.tree.root))
        for path, directory in self.directories.items():
            held = self.tree.inside(directory)
            if any(name in held for name in kustomization.NAMES):
                self._look_at(path)
            if _CHART in held:
                self.charts.add(path)
        found = [*self._kustomize(), *self._helm()]
        found += self._plain({read.path for overlay in found for read in overlay.reads})
        return tuple(sorted(found, key=lambda overlay: overlay.name))

    def _look_at(self, path: str) -> None:
        """Read a kustomization, and those it builds on, wherever a link may have led."""
        ahead = [path]
        while ahead:
            directory = ahead.pop()
            if directory not in self.kustomizations:
                self.kustomizations[directory] = direct = self._direct(directory)
                ahead += direct.builds_on

    def _direct(self, directory: str) -> Direct:
        files = [read for name in kustomization.NAMES for read in self._reads(joined(directory, name))]
        named = next((self._named(read.entry) for read in files if read.entry and read.entry.kind == "file"), Named())
        reads, builds_on, remote = files, list[str](), list[str]()
        for written in named.paths:
            path = joined(directory, written)
            place = self.tree.follow(path) if path else None
            if place and place.entry.kind == "directory":
                builds_on.append(place.path)
                reads += place.links
            elif place is None and kustomization.is_remote(written):
                remote.append(written)
            else:
                reads += self._reads(path)
        for written in (*named.charts, *(["."] if named.whole else [])):
            if path := joined(directory, written):
                reads += self.tree.whole(path)
        return Direct(tuple(reads), tuple(builds_on), tuple(remote), named.component, named.inflates)

    def _reads(self, path: str | None) -> Iterator[Read]:
        """Yield what is read where a file is looked for: the links to it, and itself or its absence."""
        place = self.tree.follow(path) if path else None
        if place:
            yield from (*place.links, Read(place.path, place.entry))
        elif path:
            yield Read(path, None)

    def _named(self, file: Entry) -> Named:
        kept = f"kustomization {file.sha}"
        if kept not in self.tree.memory.texts:
            text = self.tree.text(file, most=_LARGEST)
            self.tree.memory.texts[kept] = Named(whole=True) if text is None else kustomization.read(text)
        named = self.tree.memory.texts[kept]
        assert isinstance(named, Named)  # noqa: S101 - only we write under such names
        return named

    def _kustomize(self) -> Iterator[Overlay]:
        tops = self._chosen(path for path, one in self.kustomizations.items() if not one.component)
        if not self.render.paths:
            tops = self._tops(tops)
        for path in tops:
            below = self._below(path)
            reads = _sorted(read for one in below for read in self.kustomizations[one].reads)
            inflates = self.render.helm and any(self.kustomizations[one].inflates for one in below)
            yield Overlay(
                name=path,
                kind="kustomize",
                path=path,
                reads=reads,
                key=self._key(reads, path, inflates),
                helm=inflates,
                refused=self._why_not(below),
            )

    def _tops(self, candidates: list[str]) -> list[str]:
        """Return those nothing builds on, and one of each circle."""
        built_on = {path for one in self.kustomizations.values() for path in one.builds_on}
        tops = [path for path in candidates if path not in built_on]
        reached = {path for top in tops for path in self._below(top)}
        for path in sorted(candidates):
            if path not in reached:
                tops.append(path)
                reached |= self._below(path)
        return tops

    def _below(self, top: str) -> set[str]:
        below, ahead = set(), [top]
        while ahead:
            path = ahead.pop()
            if path not in below:
                below.add(path)
                ahead += self.kustomizations[path].builds_on
        return below

    def _why_not(self, below: set[str]) -> str:
        for path in sorted(below):
            one = self.kustomizations[path]
            if one.remote:
                return (
                    f"{path} builds on {one.remote[0][:200]}, which is elsewhere; only files of this repository count"
                )
            if one.inflates and not self.render.helm:
                return f"{path} inflates Helm charts, which `render: {{helm: true}}` in the rules file allows"
        return ""

    def _helm(self) -> Iterator[Overlay]:
        inflated = {read.path for one in self.kustomizations.values() if one.inflates for read in one.reads}
        own = {path for path in self.charts if not _above(path) & self.charts and path not in inflated}
        listed = {chart.path for chart in self.render.charts}
        defaults = (Chart(path, release_of(path)) for path in self._chosen(sorted(own - listed)))
        for chart in (*(one for one in self.render.charts if one.path in self.directories), *defaults):
            several = sum(one.path == chart.path for one in self.render.charts) > 1
            values = (read for path in chart.values for read in self._reads(path))
            reads = _sorted(chain(self.tree.whole(chart.path), values))
            yield Overlay(
                name=f"{chart.path} ({chart.release})" if several else chart.path,
                kind="helm",
                path=chart.path,
                reads=reads,
                key=self._key(reads, chart),
                chart=chart,
            )

    def _plain(self, read: set[str]) -> Iterator[Overlay]:
        """Return directories with manifests that nothing else reads."""
        for path in self._chosen(self.directories):
            above = _above(path) | {path}
            if path in self.kustomizations or above & self.charts or above & read or _is_hidden(path):
                continue
            held = self.tree.inside(self.directories[path])
            files = (joined(path, name) for name, one in held.items() if plain.is_manifest(self.tree, name, one))
            reads = _sorted(one for file in files if file not in read for one in self._reads(file))
            if reads:
                yield Overlay(path, "plain", path, reads, self._key(reads, path))

    def _chosen(self, paths: Iterable[str]) -> list[str]:
        """Return those that the rules name, all where they name none."""
        if not self.render.paths:
            return list(paths)
        matcher = glob.compile(self.render.paths, flags=glob.GLOBSTAR | glob.DOTGLOB | glob.FORCEUNIX)
        return [path for path in paths if matcher.match(path)]

    def _key(self, reads: tuple[Read, ...], *words: object) -> str:
        return hashlib.sha256(msgspec.json.encode((self.mark, words, reads))).hexdigest()


def _sorted(reads: Iterable[Read]) -> tuple[Read, ...]:
    return tuple(sorted(dict.fromkeys(reads), key=lambda read: read.path))


def _above(path: str) -> set[str]:
    """Return the directories above one."""
    parts = path.split("/")
    return {"."} | {"/".join(parts[:depth]) for depth in range(1, len(parts))} if path != "." else set()


def _is_hidden(path: str) -> bool:
    """Return whether a directory is one that tools keep to themselves, such as `.github`."""
    return any(part.startswith(".") and part != "." for part in path.split("/"))
