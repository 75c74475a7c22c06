"""What a change does to the manifests that Argo CD will apply: both sides rendered where they differ, and compared.

Renderings are let go of as soon as they are compared: there may be hundreds, of megabytes each. Only those of overlays
that are new or gone are kept to the end, for one may be the other under a new name.
"""

import asyncio
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.core.diff.sides import Sides, told
from bot.core.manifests import Failure, ManifestDiff, Manner, OverlayDiff, Side
from bot.core.model import Render, Repository, Sha
from bot.core.overlays import Overlay
from bot.world import Reading, Renderer, World

AT_ONCE = 4
"""Overlays whose two sides are held at the same time."""


def manner(repo: Repository, render: Render, world: World) -> Manner:
    """Return how renderings of a repository are compared; its fingerprints tell nothing of another's."""
    key = hmac.digest(world.fingerprints, str(repo.id).encode(), "sha256")
    return Manner(key, render.redact, render.ignore)


async def compared(
    work: Reading, base: Sha, head: Sha, *, how: tuple[Render, Manner], renderer: Renderer
) -> ManifestDiff:
    """Return what changes between two commits; an overlay that reads the same on both sides is not rendered."""
    pairs = await _pairs(work, base, head, how[0], renderer)
    differing = [one for one in pairs if not _same(one)]
    job = _Comparison(work, base, head, how[1], renderer)
    overlays = sorted(await job.all_of(differing), key=lambda one: one.name)
    commands = {one.overlay.name: renderer.command(one.overlay) for one in differing}
    used = {tool for one in differing for tool in _tools(one.overlay)}
    return ManifestDiff(
        base,
        head,
        tuple(replace(one, command=commands[one.name]) for one in overlays),
        looked_at=len(pairs),
        tools=tuple(version for version in renderer.versions if version.partition(" ")[0] in used),
    )


async def _pairs(work: Reading, base: Sha, head: Sha, render: Render, renderer: Renderer) -> list[Sides]:
    """Return all overlays; what counts by itself on either side counts on both, as far as it is there."""
    before, after = await renderer.overlays(work, base, render), await renderer.overlays(work, head, render)
    paths = [{path for one in side for path in _counted(one)} for side in (before, after)]
    if paths[1] - paths[0]:
        before = await renderer.overlays(work, base, render, paths[1])
    if paths[0] - paths[1]:
        after = await renderer.overlays(work, head, render, paths[0])
    old, new = ({one.name: one for one in side} for side in (before, after))
    return [Sides(old.get(name), new.get(name)) for name in sorted(old.keys() | new.keys())]


def _counted(overlay: Overlay) -> Iterator[str]:
    """Yield what counts by itself: its directory, and each manifest that is applied as it is."""
    yield overlay.path
    if overlay.kind == "plain":
        directory = "" if overlay.path == "." else overlay.path  # elsewhere is what a link leads to
        yield from (read.path for read in overlay.reads if read.path.rpartition("/")[0] == directory)


@dataclass(frozen=True, slots=True)
class _Comparison:
    work: Reading
    base: Sha
    head: Sha
    manner: Manner
    renderer: Renderer

    async def all_of(self, differing: Sequence[Sides]) -> list[OverlayDiff]:
        """Render and compare a few at a time; where one cannot be had for the moment, none is."""
        room = asyncio.Semaphore(AT_ONCE)
        try:
            async with asyncio.TaskGroup() as group:
                ends = [group.create_task(self._one(one, room)) for one in differing]
        except ExceptionGroup as several:
            raise several.exceptions[0] from None
        done = [end.result() for end in ends]
        alone = [one for one in done if isinstance(one, Sides)]
        moved = await asyncio.to_thread(lambda: list(told(alone, self.manner)))
        return [*moved, *(each for one in done if not isinstance(one, Sides) for each in one)]

    async def _one(self, one: Sides, room: asyncio.Semaphore) -> Sides | list[OverlayDiff]:
        async with room:
            old = await self._rendered(one.before, self.base, "base")
            new = await self._rendered(one.after, self.head, "head")
            full = replace(one, old=old, new=new)
            if one.before is None or one.after is None:
                return full
            return await asyncio.to_thread(lambda: list(told([full], self.manner)))

    async def _rendered(self, overlay: Overlay | None, commit: Sha, side: Side) -> str | Failure:
        return await self.renderer.render(self.work, commit, overlay, side) if overlay else ""


def _tools(overlay: Overlay) -> tuple[str, ...]:
    return (overlay.kind, "helm") if overlay.helm else (overlay.kind,)


def _same(one: Sides) -> bool:
    return one.before is not None and one.after is not None and one.before.key == one.after.key
