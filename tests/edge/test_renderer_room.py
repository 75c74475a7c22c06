"""No repository keeps the others from rendering, whatever it renders."""

import asyncio
from pathlib import Path
from random import Random

import pytest

from bot.core.manifests import Overtaken
from bot.core.model import Render
from bot.edge.git.local import opened
from bot.edge.processors import processors
from bot.edge.renderer import CagedRenderer
from bot.edge.renderer.room import Room
from tests.edge.gitrepo import Upstream
from tests.edge.trees import CONFIG_MAP, chart, found

SLOTS = 2
ENDLESS = "{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}"
HOG, OTHER, THIRD = 1, 2, 3


class Crowd:
    """Those who render, and how they came in."""

    def __init__(self) -> None:
        self.room = Room(SLOTS)
        self.inside: list[tuple[int, asyncio.Event]] = []
        self.order: list[int] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def _render(self, whose: int) -> None:
        end = asyncio.Event()
        async with self.room.slot(whose):
            self.inside.append((whose, end))
            self.order.append(whose)
            try:
                await end.wait()
            finally:
                self.inside.remove((whose, end))

    async def comes(self, *whose: int) -> None:
        """Have renderings begin, or wait."""
        self.tasks += [asyncio.create_task(self._render(one)) for one in whose]
        await settled()

    async def ends(self, whose: int) -> None:
        """Have the oldest rendering of a repository end."""
        next(end for one, end in self.inside if one == whose).set()
        await settled()

    def held(self) -> list[int]:
        """Return who renders."""
        return sorted(one for one, _ in self.inside)


async def settled() -> None:
    """Let everybody come as far as they can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_repository_alone_has_all_slots_and_no_more() -> None:
    crowd = Crowd()

    await crowd.comes(*[HOG] * 5)

    assert crowd.held() == [HOG] * SLOTS


async def test_another_repository_begins_at_once_and_goes_on_one_by_one() -> None:
    crowd = Crowd()
    await crowd.comes(*[HOG] * 5)

    await crowd.comes(*[OTHER] * 3)
    begun = crowd.held()
    await crowd.ends(OTHER)
    later = crowd.held()

    assert begun == later == [HOG, HOG, OTHER]


async def test_who_has_the_fewest_comes_first_and_then_who_came_first() -> None:
    crowd = Crowd()
    await crowd.comes(HOG, HOG, OTHER, THIRD, HOG, 4, 5)
    full = crowd.held()

    for each in (HOG, HOG, OTHER):
        await crowd.ends(each)

    assert full == [HOG, HOG, OTHER, THIRD]
    assert crowd.order[4:] == [4, HOG, 5]


async def test_who_gives_up_takes_no_slot() -> None:
    crowd = Crowd()
    await crowd.comes(*[HOG] * 4)

    for task in crowd.tasks[:3]:
        task.cancel()
    await crowd.comes(HOG)

    assert crowd.held() == [HOG] * SLOTS
    assert crowd.order == [HOG] * 4


async def test_no_slot_is_lost_whatever_happens() -> None:
    random = Random(1)  # noqa: S311 - not a secret
    crowd = Crowd()

    for _ in range(300):
        await crowd.comes(random.choice([HOG, OTHER, THIRD]))
        random.choice(crowd.tasks).cancel()
        if crowd.inside:
            random.choice(crowd.inside)[1].set()
        assert len(crowd.inside) <= 2 * SLOTS
        assert all(crowd.held().count(whose) <= SLOTS for whose in (HOG, OTHER, THIRD))
    for task in crowd.tasks:
        task.cancel()
    await settled()
    await crowd.comes(*[HOG] * 5)

    assert crowd.held() == [HOG] * SLOTS


async def test_endless_charts_of_one_repository_do_not_hold_up_another(upstream: Upstream, tmp_path: Path) -> None:
    charts = {k: v for number in range(3 * processors()) for k, v in chart(ENDLESS, at=f"charts/c{number}").items()}
    web = {"web/kustomization.yaml": "resources: [c.yaml]\n", "web/c.yaml": CONFIG_MAP}
    commit = upstream.commit({**charts, **web}, "Endless")
    renderer = CagedRenderer(tmp_path / "state", found)
    begun: asyncio.Queue[None] = asyncio.Queue()
    hog, other = renderer.on_behalf(HOG, lambda: begun.put(None)), renderer.on_behalf(OTHER)
    with opened(upstream.work) as repo:
        *endless, one = await renderer.overlays(repo, commit, Render())
        rendering = [asyncio.create_task(hog.render(repo, commit, each, "head")) for each in endless]
        for _ in range(processors()):
            await begun.get()

        text = await other.render(repo, commit, one, "head")
        waiting = [each for each in rendering if not each.done()]
        for each in rendering:
            each.cancel()
        await asyncio.gather(*rendering, return_exceptions=True)

    renderer.close()
    assert "tier: web" in str(text)
    assert len(waiting) > processors()


async def test_nothing_is_rendered_that_nobody_wants_any_more(upstream: Upstream, tmp_path: Path) -> None:
    commit = upstream.commit({"web/kustomization.yaml": "resources: [c.yaml]\n", "web/c.yaml": CONFIG_MAP}, "Web")
    renderer = CagedRenderer(tmp_path / "state", found)

    async def still() -> None:
        raise Overtaken

    with opened(upstream.work) as repo:
        (overlay,) = await renderer.overlays(repo, commit, Render())
        with pytest.raises(Overtaken):
            await renderer.on_behalf(HOG, still).render(repo, commit, overlay, "head")
        text = await renderer.render(repo, commit, overlay, "head")

    renderer.close()
    assert "tier: web" in str(text)
