"""What a change does to the manifests that Argo CD will apply: both sides rendered where they differ, and compared."""

import asyncio
import hmac
from dataclasses import replace

from bot.core.diff.sides import Sides, told
from bot.core.manifests import Failure, ManifestDiff, Manner, Side
from bot.core.model import Render, Repository, Sha
from bot.core.overlays import Overlay
from bot.world import Reading, Renderer, World


def manner(repo: Repository, render: Render, world: World) -> Manner:
    """Return how renderings of a repository are compared; its fingerprints tell nothing of another's."""
    key = hmac.digest(world.fingerprints, str(repo.id).encode(), "sha256")
    return Manner(key, render.redact, render.ignore)


async def compared(
    work: Reading, base: Sha, head: Sha, *, how: tuple[Render, Manner], renderer: Renderer
) -> ManifestDiff:
    """Return what changes between two commits; an overlay that reads the same on both sides is not rendered."""
    render, manner = how
    before = {one.name: one for one in await renderer.overlays(work, base, render)}
    after = {one.name: one for one in await renderer.overlays(work, head, render)}
    names = before.keys() | after.keys()
    differing = [
        Sides(before.get(name), after.get(name))
        for name in sorted(names)
        if not _same(before.get(name), after.get(name))
    ]

    async def rendered(overlay: Overlay | None, commit: Sha, side: Side) -> str | Failure:
        return await renderer.render(work, commit, overlay, side) if overlay else ""

    async def both(one: Sides) -> Sides:
        old, new = await asyncio.gather(rendered(one.before, base, "base"), rendered(one.after, head, "head"))
        return replace(one, old=old, new=new)

    sides = await asyncio.gather(*(both(one) for one in differing))
    overlays = await asyncio.to_thread(lambda: tuple(told(sides, manner)))
    commands = {one.overlay.name: renderer.command(one.overlay) for one in differing}
    overlays = tuple(replace(one, command=commands[one.name]) for one in overlays)
    used = {tool for one in differing for tool in _tools(one.overlay)}
    tools = tuple(version for version in renderer.versions if version.partition(" ")[0] in used)
    return ManifestDiff(base, head, overlays, looked_at=len(names), tools=tools)


def _tools(overlay: Overlay) -> tuple[str, ...]:
    return (overlay.kind, "helm") if overlay.helm else (overlay.kind,)


def _same(before: Overlay | None, after: Overlay | None) -> bool:
    return before is not None and after is not None and before.key == after.key
