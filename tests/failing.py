"""A bot whose only handler has a bug, with one delivery that met it: `failing.py FILE`."""

import asyncio
import sys
from datetime import UTC, datetime

from gidgethub.sansio import Event

from bot.core.model import Delivery
from bot.edge.store import DurableStore
from bot.inbox import Inbox
from bot.world import World
from tests.deliveries import until
from tests.fakes import FakeGitHub, world


async def broken(event: Event, _world: World) -> None:
    """Have a bug."""
    event.data["answer"] // 0


async def main(file: str) -> None:
    """Take one delivery in and wait until it has failed."""
    inbox = Inbox(DurableStore(f"sqlite:///{file}"), lambda _event: [broken], world(FakeGitHub()))
    await inbox.start()
    body = b'{"answer": 42}'
    await inbox.put(Delivery("d-1", "push", "", "acme/shop", 5, datetime.now(UTC), body))

    async def failed() -> bool:
        return bool(await inbox.store.latest(1, standing="failed"))

    await until(failed)
    await inbox.stop()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
