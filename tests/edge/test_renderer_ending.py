"""A rendering that nobody waits for any more ends, and the bot does not wait for it either."""

import asyncio
import contextlib
import threading
import time
from pathlib import Path

import pytest

from bot.core.model import Chart, Render, Transient
from bot.edge.git.local import opened
from bot.edge.renderer import CagedRenderer
from tests.edge.gitrepo import Upstream
from tests.edge.trees import chart, found, lay

ENDLESS = "{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}"
SOON = 5.0
"""Seconds; left alone it takes half a minute of processor time."""


def test_a_rendering_ends_when_it_is_stopped(tmp_path: Path) -> None:
    lay(tmp_path, chart(ENDLESS))
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()
    begun = time.monotonic()

    with pytest.raises(Transient, match="stopped before its end"):
        found().template(tmp_path, Chart("charts/shop", "shop"), stop=stop)

    assert time.monotonic() - begun < SOON


@pytest.mark.parametrize("how", ["closed", "cancelled"])
async def test_nobody_waits_for_what_is_being_rendered(upstream: Upstream, tmp_path: Path, how: str) -> None:
    commit = upstream.commit(chart(ENDLESS), "Endless")
    renderer = CagedRenderer(tmp_path / "state", found)
    with opened(upstream.work) as repo:
        (overlay,) = await renderer.overlays(repo, commit, Render())
        rendering = asyncio.create_task(renderer.render(repo, commit, overlay, "head"))
        await asyncio.sleep(1)

        begun = time.monotonic()
        if how == "cancelled":
            rendering.cancel()
        else:
            renderer.close()
        took = time.monotonic() - begun
        with contextlib.suppress(Transient, asyncio.CancelledError):
            await rendering
        await asyncio.to_thread(renderer._pool.shutdown)

    renderer.close()
    assert took < 1
    assert time.monotonic() - begun < SOON
