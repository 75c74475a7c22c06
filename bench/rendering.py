"""What a pull request does to rendered manifests: how much is rendered, and how long the rest takes."""

import asyncio
import shutil
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Bar, Report, Sizes, Spread, at_least, at_most, in_turn
from bench.overlays import Shop, processor_time, shop
from bench.places import folder, kind
from bot.core.manifests import ManifestDiff, Manner
from bot.core.model import Render
from bot.core.words import diff as words
from bot.edge.git.local import opened
from bot.edge.renderer import CagedRenderer, tools
from handlers.manifests import compared

ABOUT = """\
A repository of {overlays} overlays, {objects} objects in each, read and rendered as the bot does it, on {place}; from \
the two commits to the comment's text. *One*: a pull request that changes one overlay, the base side rendered before; \
*another*: a second push that changes one more; *bases*: one that changes what all overlays build on; *everything*: \
both sides of all overlays with nothing rendered before; *again*: nothing left to render, so all of it is our own \
time. *Renderer alone*: the processor time of `kubectl kustomize` for each overlay of one side, outside the cage. \
{rounds} rounds of the first two; median (smallest-largest)."""
HEADER = ("pull request", "s", "rendered", "overlays told")
FEW = Render()
MS = 1000


@dataclass(slots=True)
class Scene:
    """The repository, and where renderings are kept."""

    made: Shop
    state: Path
    kit: tools.Tools

    def keys(self) -> float:
        """Return the seconds that finding all overlays with their keys takes, of a commit that is known but for one."""
        with (
            closing(CagedRenderer(self.state / "keys", lambda: self.kit)) as renderer,
            opened(self.made.folder) as repo,
        ):
            asyncio.run(renderer.overlays(repo, self.made.commits["first"], FEW))
            began = time.monotonic()
            asyncio.run(renderer.overlays(repo, self.made.commits["one"], FEW))
            return time.monotonic() - began

    def show(self, base: str, head: str, *, cache: str) -> tuple[float, ManifestDiff]:
        """Return the seconds from two commits to the comment."""
        with closing(CagedRenderer(self.state / cache, lambda: self.kit)) as renderer, opened(self.made.folder) as repo:
            began = time.monotonic()
            found = asyncio.run(
                compared(
                    repo, self.made.commits[base], self.made.commits[head],
                    how=(FEW, Manner(b"key")), renderer=renderer,
                )
            )  # fmt: skip
            words.comment(found, reviewed=None, link="https://tierkeeper.example.com/diffs/x")
            return time.monotonic() - began, found

    def everything(self, base: str, head: str) -> float:
        """Return the seconds that rendering both sides takes with nothing kept."""
        took = 0.0
        for commit in (base, head):
            with closing(CagedRenderer(self.state / f"all-{commit}", lambda: self.kit)) as renderer:
                took += self._render_all(renderer, self.made.commits[commit])
        return took

    def keep(self, commit: str, *, cache: str) -> None:
        """Have one side rendered before."""
        with closing(CagedRenderer(self.state / cache, lambda: self.kit)) as renderer:
            self._render_all(renderer, self.made.commits[commit])

    def kept(self, cache: str) -> int:
        """Return how many renderings are kept."""
        return sum(1 for _ in (self.state / cache / "rendered").glob("??/*"))

    def _render_all(self, renderer: CagedRenderer, commit: str) -> float:
        async def act() -> None:
            overlays = await renderer.overlays(repo, commit, FEW)
            await asyncio.gather(*(renderer.render(repo, commit, one, "head") for one in overlays))

        with opened(self.made.folder) as repo:
            began = time.monotonic()
            asyncio.run(act())
            return time.monotonic() - began


def measure(sizes: Sizes) -> Report:
    """Measure what is rendered, and what the rest costs."""
    with folder() as place:
        scene = Scene(shop(place / "shop", sizes.overlays), place / "state", tools.find())
        everything = scene.everything("first", "one")
        scene.keep("first", cache="base")
        rows, bars = _pull_requests(scene, sizes, everything)
        about = ABOUT.format(overlays=sizes.overlays, objects=10, place=kind(place), rounds=sizes.rounds)
        return Report("From a pull request to its diff: rendered manifests", about, HEADER, rows, bars)


def _pull_requests(scene: Scene, sizes: Sizes, everything: float) -> tuple[list[list[str]], list[Bar]]:
    one = in_turn(sizes.rounds, {"one": lambda: _fresh(scene, "one")[0], "keys": scene.keys})
    _, first, found = _fresh(scene, "one")
    again, _ = scene.show("first", "one", cache="fresh")
    before = scene.kept("fresh")
    another, told = scene.show("first", "another", cache="fresh")
    second = scene.kept("fresh") - before
    bases, all_of_them, everywhere = _fresh(scene, "bases")
    alone = processor_time(scene.made, Path(str(scene.kit.kustomizer and scene.kit.kustomizer.path)))
    rows = [
        ["everything", f"{everything:.1f}", f"{2 * sizes.overlays}", "-"],
        ["one", Spread.of(one["one"]).show(digits=2), str(first), str(len(found.overlays))],
        ["another", f"{another:.2f}", str(second), str(len(told.overlays))],
        ["again", f"{again:.3f}", "0", str(len(found.overlays))],
        ["bases", f"{bases:.1f}", str(all_of_them), str(len(everywhere.overlays))],
        ["renderer alone", f"{alone:.1f}", str(sizes.overlays), "-"],
    ]
    keys = Spread.of(one["keys"]).middle * MS
    faster = Spread.of(everything / each for each in one["one"])
    ratio = bases / alone
    return rows, [
        at_least("everything / one of all overlays", 50, faster),
        at_most("renderings for one overlay, and for another", 1, max(first, second), ""),
        at_most("keys of all overlays", 50, keys, " ms"),
        Bar("bases / the renderer's own processor time for one side", "≤ 1.2 ×", f"{ratio:.2f} ×", ratio <= 1.2),
        at_most("our own time from change to comment", 300, again * MS, " ms"),
    ]


def _fresh(scene: Scene, head: str) -> tuple[float, int, ManifestDiff]:
    """Show a pull request to a bot that has rendered the base and nothing else; count what it rendered."""
    shutil.rmtree(scene.state / "fresh", ignore_errors=True)
    shutil.copytree(scene.state / "base", scene.state / "fresh")
    before = scene.kept("fresh")
    took, found = scene.show("first", head, cache="fresh")
    return took, scene.kept("fresh") - before, found
