"""Kustomizations, charts and plain manifests to the text that Argo CD would apply.

A stranger's files are laid out in a directory of their own, without a clone, and rendered there by tools in a cage.
What was rendered before is taken from the cache, by a key of all that it reads: a change to one of 200 overlays costs
one rendering.
"""

import asyncio
import copy
import shutil
import threading
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog

from bot.core.manifests import Failure, Side
from bot.core.model import Render, Sha
from bot.core.overlays import Entry, Overlay
from bot.edge.processors import processors
from bot.edge.renderer import plain
from bot.edge.renderer.cache import Cache
from bot.edge.renderer.complaint import Failed
from bot.edge.renderer.laying import Laying
from bot.edge.renderer.room import Room
from bot.edge.renderer.survey import Survey
from bot.edge.renderer.tools import Tools
from bot.edge.renderer.tree import Memory, Tree
from bot.edge.session import open_session
from bot.world import Files, Reading, always

__all__ = ["CagedRenderer"]

_FORMAT = "2"
"""Part of every key: another number where what is rendered from the same files becomes something else."""

T = TypeVar("T")

log = structlog.get_logger()


class CagedRenderer:
    """Fulfils `Renderer` of bot/world.py, with a cache and scratch space below `state_dir`."""

    def __init__(self, state_dir: Path, find: Callable[[], Tools]) -> None:
        """Begin to find the tools, which takes a second; nobody waits for it but who wants something rendered."""
        self._session = open_session(state_dir.resolve() / "rendering")
        self._cache = Cache(state_dir.resolve() / "rendered")
        self._memory = Memory()
        slots = processors()
        self._room = Room(slots)
        # Two thirds of the threads may be busy with renderings; the others read and write what is kept.
        self._pool = ThreadPoolExecutor(3 * slots, thread_name_prefix="render")
        self._finding = self._pool.submit(find)
        self._stops: set[threading.Event] = set()
        self._whose = 0
        self._still: Callable[[], Awaitable[None]] = always

    def on_behalf(self, whose: int, still: Callable[[], Awaitable[None]] = always) -> "CagedRenderer":
        """Return this renderer for a repository's wish; `still` is asked before each rendering whether it is one."""
        other = copy.copy(self)
        other._whose, other._still = whose, still  # noqa: SLF001 - it is one of us
        return other

    @property
    def _tools(self) -> Tools:
        return self._finding.result()

    @property
    def versions(self) -> tuple[str, ...]:
        """What renders, as people know it; nothing until that is known."""
        return self._tools.versions if self._finding.done() else ()

    @property
    def troubles(self) -> tuple[str, ...]:
        """What cannot be rendered here, and who can mend that; nothing until that is known."""
        return self._tools.troubles if self._finding.done() else ()

    async def overlays(
        self, work: Reading, commit: Sha, render: Render, besides: Collection[str] = ()
    ) -> tuple[Overlay, ...]:
        """Return what of a commit Argo CD can apply, by name; what is named in `besides` counts in any case."""
        await asyncio.wrap_future(self._finding)
        self._memory.tidy()
        mark = f"{_FORMAT} {self._tools.mark}"

        def look(files: Files, root: Sha) -> tuple[Overlay, ...]:
            return Survey(self._tree(files, root), render, mark, besides).overlays()

        return await work.look(commit, look)

    async def render(self, work: Reading, commit: Sha, overlay: Overlay, side: Side) -> str | Failure:
        """Return what an overlay renders to; a failure is an outcome and never stops the others."""
        if overlay.refused:
            return Failure(side, overlay.refused, overlay.path)
        kept = await self._threaded(partial(self._cache.get, overlay.key))
        if kept is not None:
            return kept
        try:
            text = await self._rendered(work, commit, overlay)
        except Failed as failed:
            log.info("not rendered", overlay=overlay.name, reason=failed.message)
            return Failure(side, failed.message, failed.path or overlay.path, failed.line)
        await self._threaded(partial(self._cache.put, overlay.key, text))
        return text

    def command(self, overlay: Overlay) -> str:
        """Return how a person renders it by hand, in a clone; nothing where there is nothing to do."""
        match overlay.kind:
            case "kustomize":
                return self._tools.kustomize_command(overlay.path, helm=overlay.helm)
            case "helm" if overlay.chart:
                return self._tools.template_command(overlay.chart)
            case _:
                return ""

    def close(self) -> None:
        """End what is being rendered, without waiting for it, and remove what belongs to this process alone."""
        for stop in tuple(self._stops):
            stop.set()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._session.close()

    async def _rendered(self, work: Reading, commit: Sha, overlay: Overlay) -> str:
        if overlay.kind == "plain":
            found = await work.look(commit, lambda files, root: plain.files(self._tree(files, root), overlay.reads))
            return await self._in_turn(partial(plain.rendered, found))
        scratch, stop = self._session.scratch(), threading.Event()
        self._stops.add(stop)
        try:
            await work.look(commit, lambda files, root: self._lay_out(self._tree(files, root), scratch, overlay))
            if overlay.chart:
                return await self._in_turn(partial(self._tools.template, scratch, overlay.chart, stop=stop))
            kustomize = partial(self._tools.kustomize, scratch, overlay.path, helm=overlay.helm, stop=stop)
            return await self._in_turn(kustomize)
        finally:
            stop.set()
            self._stops.discard(stop)
            shutil.rmtree(scratch, ignore_errors=True)

    async def _in_turn(self, render: Callable[[], str]) -> str:
        async with self._room.slot(self._whose):
            await self._still()
            return await self._threaded(render)

    @staticmethod
    def _lay_out(tree: Tree, scratch: Path, overlay: Overlay) -> None:
        Laying(tree, scratch).lay_out(overlay.reads)

    def _tree(self, files: Files, root: Sha) -> Tree:
        return Tree(files, Entry("directory", root), self._memory)

    def _threaded(self, act: Callable[[], T]) -> Awaitable[T]:
        return asyncio.get_running_loop().run_in_executor(self._pool, act)
