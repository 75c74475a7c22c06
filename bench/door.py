"""The bot's door, inbox and store in a process of their own, with a handler that only waits.

    python -m bench.door DATABASE_URL PORT SECONDS

What is recorded and begun is real; SECONDS, 0 for none, stand for the answers of GitHub that a handler awaits.
"""

import asyncio
import signal
import sys
from functools import lru_cache
from typing import cast

from aiohttp import web
from gidgethub.routing import Router
from gidgethub.sansio import Event

import handlers
from bot import observe
from bot.edge.store import DurableStore
from bot.inbox import Inbox
from bot.web import application
from bot.world import World

SECRET = "a secret of no consequence"  # noqa: S105 - opens nothing but this door


async def main(database: str, port: int, seconds: float) -> None:
    """Serve until SIGTERM."""
    router = Router()

    @router.register("pull_request", action="closed")
    async def on_closed(_event: Event, _world: World) -> None:
        await asyncio.sleep(seconds)

    inbox = Inbox(DurableStore(database), router.fetch, cast("World", None))  # the handler touches nothing outside
    await inbox.start()
    runner = web.AppRunner(application(inbox, secrets=[SECRET.encode()], wanted=_wanted), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await stopped.wait()
    await runner.cleanup()
    await inbox.stop(grace=5)


@lru_cache(maxsize=64)
def _wanted(event: str, action: str, _sender: str) -> bool:
    return handlers.wanted(event, action, ours=False)


if __name__ == "__main__":
    observe.configure()
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
