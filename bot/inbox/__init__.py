"""Where events wait, durably, and are worked on: one at a time per repository, many repositories at once.

The store keeps deliveries and how far each got. What is here decides when one begins: once there is room and its
repository has nothing else going on in this process. So a burst for one repository waits on disk, and the next
repository's event, behind it, begins at once. Nor does a repository get all the room for what pauses: an account whose
rate limit is spent pauses for up to an hour, and the others must not wait for it.
"""

import asyncio
import gc
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Literal

import structlog

from bot.core.model import Delivery, Unavailable
from bot.inbox.handling import Fetch, Patience, Run
from bot.observe import OLDEST
from bot.world import Store, World

log = structlog.get_logger()

ROOM = 4000
"""Deliveries begun and not ended here, 24 KB each; most of them would be pausing until something outside is back."""
PAUSING = 8
"""Deliveries of one repository that may pause here at once; while they do, those behind them wait on disk."""
ASIDE = 200
"""Deliveries of one repository that may be in the turn beside its own at once, or wait for it."""
AT_ONCE = 16
"""Deliveries begun in one go."""
CROWD, SPAN = 45, 0.1
"""So many deliveries within so many seconds are a crowd at the door, most of them wanted by nobody."""
WEIGHT = 3
"""A delivery that is recorded counts as so many: 150 of them a second are more than one replica could work off."""
FEW, BREATH = 1, 0.25
"""Deliveries begun in one go while there is a crowd, and the seconds between two, which makes 4 a second: beginning one
costs as much as taking in twenty, promoting one as much as 250, and GitHub waits for the door's answer alone."""
LOOK = 5.0
"""Seconds after which waiting deliveries are looked for without a reason: another replica may have left them."""
KEEP = timedelta(days=14)
"""How long a delivery is kept after it ended; GitHub can redeliver for 3 days."""


class Inbox:
    """Deliveries, from the door to their handlers."""

    def __init__(self, store: Store, fetch: Fetch, world: World, patience: Patience = Patience()) -> None:  # noqa: B008 - it is frozen
        self.store = store
        self._fetch = fetch
        self._world = world
        self._patience = patience
        self._runs: dict[str, tuple[Run, asyncio.Task[object] | None]] = {}
        self._wake = asyncio.Event()
        self._came: deque[float] = deque(maxlen=CROWD)
        self._chores: asyncio.Task[None] | None = None
        self._stopping = False

    async def start(self, on_death: Callable[[], None] = lambda: None) -> None:
        """Be ready to take deliveries in, or soon; the work on them begins a moment later, on its own.

        `on_death` is called should a bug end that work: who takes in and works on nothing had better be started anew.
        """
        with suppress(Unavailable):
            await self.store.open()
        self._chores = asyncio.create_task(self._work())
        self._chores.add_done_callback(lambda chores: _tell_if_dead(chores, on_death))

    @property
    def dead(self) -> bool:
        """Whether the work ended though nobody stopped it."""
        return self._chores is not None and self._chores.done() and not self._stopping

    def came(self, weight: int = 1) -> None:
        """Take note that somebody was at the door, whatever for."""
        self._came.extend([time.monotonic()] * weight)

    @property
    def crowded(self) -> bool:
        """Whether there is a crowd at the door."""
        return len(self._came) == CROWD and time.monotonic() - self._came[0] < SPAN

    async def put(self, delivery: Delivery) -> Literal["recorded", "duplicate"]:
        """Return once a delivery is safe on disk. One that failed runs again; raises Unavailable."""
        if await self.store.record(delivery):
            self.came(WEIGHT - 1)
            self._wake.set()
            return "recorded"
        kept = await self.store.kept(delivery.id)
        if kept is None or kept.standing != "failed":
            return "duplicate"
        await self.replay(delivery.id)
        return "recorded"

    async def replay(self, delivery_id: str) -> bool:
        """Run a delivery from the start, whether it failed or not; False if there is none of that id."""
        if await self.store.delivery(delivery_id) is None:
            return False
        await self.store.again(delivery_id)
        self._wake.set()
        return True

    async def troubles(self) -> tuple[str, ...]:
        """Return why deliveries cannot be taken in or worked on, as sentences; empty when all is well."""
        dead = ("the inbox stopped working",) if self.dead else ()
        return (*dead, *await self.store.troubles())

    async def measure(self) -> None:
        """Bring the metric of the oldest unfinished delivery up to date."""
        with suppress(Unavailable):
            oldest = await self.store.oldest_unfinished()
            OLDEST.set((datetime.now(UTC) - oldest).total_seconds() if oldest else 0)

    async def stop(self, grace: float = 20) -> None:
        """Begin nothing more, wait for what holds a turn, at most `grace` seconds, and leave the rest unfinished."""
        self._stopping = True
        if self._chores:
            self._chores.cancel()
            await asyncio.wait([self._chores])
        busy = [task for run, task in self._runs.values() if task and run.turn and not run.pausing]
        if busy:
            await asyncio.wait(busy, timeout=grace)
        for _, task in tuple(self._runs.values()):
            if task:
                task.cancel()
        await self.store.close()

    async def _work(self) -> None:
        await _until_available(self.store.open)
        await _until_available(lambda: self.store.launch(self._run))
        gc.collect()
        gc.freeze()  # by now all is loaded that will be; going through it again and again held the door up for 50 ms
        async with asyncio.TaskGroup() as chores:
            chores.create_task(_every(LOOK, self._tend))
            chores.create_task(_every(3600, self._prune))
            chores.create_task(self._begin_all())

    async def _run(self, delivery_id: str) -> None:
        if self._stopping:
            raise asyncio.CancelledError  # which leaves it unfinished, where an error would fail it
        run = Run(delivery_id, self.store, self._fetch, self._world, self._patience)
        self._runs[delivery_id] = (run, asyncio.current_task())
        try:
            await run.to_its_end()
        finally:
            del self._runs[delivery_id]
            self._wake.set()

    async def _begin_all(self) -> None:
        """Begin what waits whenever something came in or a turn became free."""
        while True:
            self._wake.clear()
            try:
                more = await self._begin_some()
            except Unavailable as problem:
                more = False
                log.warning("waiting deliveries cannot be begun", reason=str(problem))
            if self.crowded:
                await asyncio.sleep(BREATH)
            elif not more:
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK):
                        await self._wake.wait()

    async def _begin_some(self) -> bool:
        """Return whether there may be more to begin."""
        room = min(FEW if self.crowded else AT_ONCE, ROOM - len(self._runs))
        if room <= 0:
            return False
        runs = [run for run, _ in self._runs.values()]
        pausing = Counter(run.turn for run in runs if run.pausing and not run.aside)
        aside = Counter(run.turn for run in runs if run.aside)
        full = {turn for turn, count in pausing.items() if count >= PAUSING}
        full |= {turn for turn, count in aside.items() if count >= ASIDE}
        busy = full | {run.turn for run in runs if not run.pausing}
        async with self.store.waiting(room, besides=busy) as found:
            for each in found:
                await self.store.begin(each.id)
        return bool(found)

    async def _tend(self) -> None:
        taken = await self.store.tend(alive=tuple(self._runs))
        if taken:
            log.warning("took over unfinished deliveries", count=taken)

    async def _prune(self) -> None:
        await self.store.prune(datetime.now(UTC) - KEEP)


async def _every(seconds: float, chore: Callable[[], Awaitable[None]]) -> None:
    while True:
        await _until_available(chore)
        await asyncio.sleep(seconds)


async def _until_available(chore: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            return await chore()
        except Unavailable as problem:
            log.warning("the database is away", reason=str(problem))
            await asyncio.sleep(1)


def _tell_if_dead(chores: asyncio.Task[None], on_death: Callable[[], None]) -> None:
    if not chores.cancelled():
        log.error("the inbox stopped working", exc_info=chores.exception())
        on_death()
