"""Room to render, shared between repositories: one whose renderings take all their time does not hold up the others.

There are as many slots as processors, which one repository may hold all of while it is alone, and as many again that
only a repository without any may enter. So no repository ever has more than half of all; as long as no more of them
render than there are processors, the first rendering of each begins at once, and whatever else it wants goes on one by
one. Beyond that one waits for a slot at most as long as the longest rendering takes (Limits.seconds), for each slot
goes to whoever has the fewest, and between those to who came first. Memory and processors are for twice as many
renderings as there are processors. Each replica has its own room.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class Room:
    """Who renders, and who waits for it."""

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._held: Counter[int] = Counter()
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def slot(self, whose: int) -> AsyncGenerator[None]:
        """Hold a slot for a repository, by its id."""
        entry = (whose, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        self._let_in()
        try:
            await entry[1]
            yield
        finally:
            if entry in self._waiting:
                self._waiting.remove(entry)
            else:
                self._held -= Counter({whose: 1})  # which forgets those that hold none
            self._let_in()

    def _let_in(self) -> None:
        """Give slots to those who may have one; whose wait was cancelled holds it until it notices."""
        while self._waiting:
            first = min(self._waiting, key=lambda entry: self._held[entry[0]])
            if not self._is_room_for(first[0]):
                return
            self._waiting.remove(first)
            self._held[first[0]] += 1
            if not first[1].done():
                first[1].set_result(None)

    def _is_room_for(self, whose: int) -> bool:
        total = self._held.total()
        return total < self._slots or (not self._held[whose] and total < 2 * self._slots)
