"""A replica to be killed: door and inbox in a process of its own, whose handler writes down when it was at work.

    python -m tests.replica DATABASE_URL PORT FILE SECONDS

A handler takes SECONDS; once through, it appends a line to FILE: delivery, repository, when it began and ended.
"""

import asyncio
import json
import signal
import sys
import time
from pathlib import Path

from aiohttp import web
from gidgethub.routing import Router
from gidgethub.sansio import Event

from bot import observe
from bot.edge.store import DurableStore
from bot.inbox import Inbox
from bot.web import application
from bot.world import World
from tests.fakes import FakeGitHub, world

SECRET = b"it is a secret"


async def main(database: str, port: int, file: Path, seconds: float) -> None:
    """Serve until SIGTERM."""
    router = Router()

    @router.register("pull_request")
    async def on_pull_request(event: Event, _world: World) -> None:
        began = time.monotonic()
        await asyncio.sleep(seconds)
        line = json.dumps([event.delivery_id, event.data["repository"]["full_name"], began, time.monotonic()])
        with file.open("a") as lines:
            lines.write(f"{line}\n")

    inbox = Inbox(DurableStore(database), router.fetch, world(FakeGitHub()))
    await inbox.start()
    runner = web.AppRunner(application(inbox, secrets=[SECRET], wanted=lambda *_: True), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await stopped.wait()
    await runner.cleanup()
    await inbox.stop(grace=10)


if __name__ == "__main__":
    observe.configure("WARNING", "console")
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4])))
