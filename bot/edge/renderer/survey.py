"""Which overlays a commit has, and what each of them reads: told by the kustomizations and charts, not by names.

An overlay is a kustomization that no other one builds on. Where two build on each other both count: when in doubt, it
is rendered. A chart is one that no other chart, and no kustomization, holds. Any other directory with manifests in it
is one that Argo CD can apply as it is.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

import msgspec
from wcmatch import glob

from bot.core.model import Chart, Render
from bot.core.overlays import Entry, Overlay, Read, release_of
from bot.edge.renderer import kustomization, plain
from bot.edge.renderer.graph import Graph, looked_for
from bot.edge.renderer.tree import Tree

_CHART = "Chart.yaml"


@dataclass(slots=True)
class Survey:
    """One look at one commit."""

    tree: Tree
    render: Render
    mark: str
    """What else decides on the outcome: the tools and their versions."""
    besides: Collection[str] = ()
    """Directories, and manifests in them, that count in any case: what does on one side of a change does on the other,
    whatever else begins or ceases to read it."""
    graph: Graph = field(init=False)
    charts: set[str] = field(default_factory=set)
    directories: dict[str, Entry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.graph = Graph(self.tree)

    def overlays(self) -> tuple[Overlay, ...]:
        """Return them by name."""
        self.directories = dict(self.tree.walk(self.tree.root))
        for path, directory in self.directories.items():
            held = self.tree.inside(directory)
            if kustomization.is_in(held):
                self.graph.add(path)
            if _CHART in held:
                self.charts.add(path)
        found = [*self._kustomize(), *self._helm()]
        files = {read.path for one in found for read in one.reads if read.entry and read.entry.kind == "file"}
        found += self._plain(files.difference(self.besides))
        return tuple(sorted(found, key=lambda overlay: overlay.name))

    def _kustomize(self) -> Iterator[Overlay]:
        known = self.graph.known
        tops = known if self.render.paths else {*self.graph.tops(), *(path for path in known if path in self.besides)}
        for path in self._chosen(tops):
            if known[path].named.component:
                continue
            parts = self.graph.below(path)
            reads = _sorted(read for one in parts for read in known[one].reads)
            asks = any(known[one].named.inflates or known[one].named.plugins for one in parts)
            inflates = self.render.helm and asks
            key = self._key(reads, path, inflates)
            yield Overlay(path, "kustomize", path, reads, key, helm=inflates, refused=self._why_not(parts))

    def _why_not(self, parts: set[str]) -> str:
        for path in sorted(parts):
            one = self.graph.known[path]
            if one.remote:
                return (
                    f"{path} builds on {one.remote[0][:200]}, which is elsewhere; only files of this repository count"
                )
            if one.bare:
                return (
                    f"{one.bare} has no `=`: that takes its value from the environment in which Argo CD renders,"
                    " which nobody knows here; write `NAME=` for an empty one"
                )
            if one.named.inflates and not self.render.helm:
                return f"{path} inflates Helm charts, which `render: {{helm: true}}` in the rules file allows"
        return ""

    def _helm(self) -> Iterator[Overlay]:
        inflated = {read.path for one in self.graph.known.values() if one.named.inflates for read in one.reads}
        held = {path for path in self.charts if path in inflated or _above(path) & self.charts}
        own = self.charts - held.difference(self.besides)
        own -= self.graph.known.keys()  # Argo CD takes what is both for a kustomization
        listed = {chart.path for chart in self.render.charts}
        charts = [one for one in self.render.charts if one.path in self.directories]
        for chart in (*charts, *(Chart(path, release_of(path)) for path in self._chosen(own - listed))):
            values = (read for path in chart.values for read in looked_for(self.tree, path))
            reads = _sorted(chain(self.tree.whole(chart.path), values))
            yield Overlay(self._name(chart), "helm", chart.path, reads, self._key(reads, chart), chart=chart)

    def _name(self, chart: Chart) -> str:
        """Return the chart's directory, with as much of what tells its releases apart as is needed."""
        same = Counter((one.path, one.release) for one in self.render.charts if one.path == chart.path)
        if same.total() <= 1:
            return chart.path
        several = same[chart.path, chart.release] > 1
        return f"{chart.path} ({chart.namespace}/{chart.release})" if several else f"{chart.path} ({chart.release})"

    def _plain(self, read: set[str]) -> Iterator[Overlay]:
        """Return directories with manifests that nothing else reads; all that is YAML there may turn out to be one."""
        for path in self._chosen(self.directories):
            if path in self.graph.known or (_above(path) | {path}) & self.charts or _is_hidden(path):
                continue
            directory = self.directories[path]
            if read.issuperset(plain.manifests(self.tree, path, directory)):
                continue
            wanted = (file for file in plain.named(self.tree, path, directory) if file not in read)
            reads = _sorted(one for file in wanted for one in looked_for(self.tree, file))
            yield Overlay(path, "plain", path, reads, self._key(reads, path))

    def _chosen(self, paths: Iterable[str]) -> list[str]:
        """Return those that the rules name, all where they name none, and those that count in any case."""
        if not self.render.paths:
            return list(paths)
        matcher = glob.compile(self.render.paths, flags=glob.GLOBSTAR | glob.DOTGLOB | glob.FORCEUNIX)
        return [path for path in paths if path in self.besides or matcher.match(path)]

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
