"""Composition: settings to adapters, to the world, to the inbox, to the door; the only file that knows all."""

import asyncio
import hmac
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import lru_cache

import structlog
from aiohttp import web

import handlers
from bot.core.model import App, Transient, Unavailable
from bot.edge.git import MirrorGit
from bot.edge.github import GitHub, in_background
from bot.edge.renderer import CagedRenderer, tools
from bot.edge.store import DurableStore
from bot.inbox import Inbox
from bot.observe import API_CALLS, API_REMAINING, PROMOTED
from bot.pages.routes import routes
from bot.settings import Settings
from bot.showing import addresses, keys, shown
from bot.sweep import sweep
from bot.web import application
from bot.world import World

log = structlog.get_logger()

GRACE = 20.0
"""Seconds that work under way gets to end when the process is told to stop."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(UTC)


async def serve(settings: Settings) -> int:
    """Take deliveries in and work on them until SIGTERM or SIGINT; return the exit status.

    It is 1 where the work ended by a bug, so that whoever runs us starts us anew.
    """
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with _world(settings) as world:
        us: list[App] = []
        inbox = Inbox(DurableStore(settings.database_url), handlers.router.fetch, world)
        await inbox.start(on_death=stopped.set)
        door = application(
            inbox,
            secrets=[secret.encode() for secret in settings.webhook_secrets],
            wanted=lambda event, action, sender: _wanted(event, action, bool(us) and sender == us[0].login),
            about=lambda: {"renders": world.renderer.versions, "does_not_render": world.renderer.troubles},
        )
        door.add_routes(routes(lambda link: shown(link, world), keys(settings)))
        runner = web.AppRunner(door, access_log=None, shutdown_timeout=GRACE)
        try:
            await _listen(runner, settings)
            chore = asyncio.create_task(_look_around(us, inbox, world, settings.sweep_interval))
            await stopped.wait()
            chore.cancel()
        finally:
            await runner.cleanup()
            dead = inbox.dead
            await inbox.stop(GRACE)
    log.info("stopped")
    return int(dead)


@asynccontextmanager
async def _world(settings: Settings) -> AsyncIterator[World]:
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    github = GitHub(settings.app_id, settings.private_key, api_url=settings.github_api_url, on_call=_count)
    git = MirrorGit(settings.state_dir, github.token, disk_budget=settings.disk_budget)
    renderer = CagedRenderer(settings.state_dir, _find_tools)
    try:
        yield World(
            github=github,
            git=git,
            renderer=renderer,
            clock=SystemClock(),
            promoted=PROMOTED.observe,
            fingerprints=hmac.digest(settings.private_key.encode(), b"tierkeeper: fingerprints of secrets", "sha256"),
            page=addresses(settings),
        )
    finally:
        renderer.close()
        await git.close()
        await github.close()


def _find_tools() -> tools.Tools:
    found = tools.find()
    log.info("renders", tools=found.versions, isolated_by=found.isolation, not_rendered=found.troubles)
    return found


async def _listen(runner: web.AppRunner, settings: Settings) -> None:
    await runner.setup()
    await web.TCPSite(runner, settings.host, settings.port).start()
    log.info("listening", addresses=[f"{host}:{port}" for host, port, *_ in runner.addresses])


async def _look_around(us: list[App], inbox: Inbox, world: World, interval: float) -> None:
    """Learn who we are, then sweep for ever; neither an outage nor a bug does more than put that off."""
    while True:
        try:
            us[:] = [await world.github.app()]
            with in_background():
                await sweep(world, inbox.put)
        except (Transient, Unavailable) as fault:
            log.warning("sweep put off", reason=str(fault))
        except Exception:
            log.exception("sweep failed")
        await asyncio.sleep(interval)


@lru_cache(maxsize=1024)
def _wanted(event: str, action: str, ours: bool) -> bool:  # noqa: FBT001 - a cached function's key
    return handlers.wanted(event, action, ours=ours)


def _count(method: str, route: str, status: int, remaining: int | None) -> None:
    handler = structlog.contextvars.get_contextvars().get("handler", "")
    API_CALLS.labels(method, route, status, handler).inc()
    if remaining is not None:
        API_REMAINING.set(remaining)
