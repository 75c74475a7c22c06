"""The server: one port for the API, git, the pages and the controls, and its life from start to stop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from sandbox import api, control, moves, outbox, pages, rest, smart_http
from sandbox.faults import Fault
from sandbox.hub import Exchange, Hub
from sandbox.store import Store

LARGEST_ANSWER = 10 * 1024**2
LAST_ANSWERS = 5.0
"""Seconds that a stop waits for what is being answered."""
Next = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(hub: Hub) -> web.Application:
    """Return everything the sandbox serves, as one aiohttp application."""
    app = web.Application(middlewares=[misfortune], client_max_size=LARGEST_ANSWER)
    app[api.HUB] = hub
    control.mount(app)
    api.mount(app, rest.ALL)
    smart_http.mount(app)
    pages.mount(app)
    return app


@asynccontextmanager
async def running(data: Path, *, port: int = 0, record: Callable[[Exchange], None] | None = None) -> AsyncIterator[Hub]:
    """Serve on loopback for as long as the block lasts; port 0 takes any, and `hub.url` says which."""
    hub = Hub(data, Store.open(data), record=record)
    # Git's packed bodies go to git as they came: http-backend unpacks them itself.
    runner = web.AppRunner(
        application(hub), access_log=None, handle_signals=False, auto_decompress=False, shutdown_timeout=LAST_ANSWERS
    )
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    hub.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    outbox.resume(hub)
    await moves.catch_up(hub)
    try:
        yield hub
    finally:
        await runner.cleanup()
        for task in tuple(hub.tasks):
            task.cancel()
        await asyncio.gather(*hub.tasks, return_exceptions=True)
        hub.store.close()


@web.middleware
async def misfortune(request: web.Request, handler: Next) -> web.StreamResponse:
    """Let the next ordered fault happen to a request; the controls themselves never fail."""
    hub = request.app[api.HUB]
    controls = request.path.startswith("/_sandbox")
    fault = None if controls else hub.faults.take(request.method, request.path_qs)
    if fault is None:
        return await handler(request)
    if fault.kind == "delay":
        await asyncio.sleep(fault.seconds)
        return await handler(request)
    if fault.kind in {"after", "reset-after"}:
        await handler(request)
    if fault.kind.startswith("reset"):
        if request.transport is not None:
            request.transport.abort()
        raise web.HTTPBadGateway
    answer = _limited(hub, fault) if fault.kind in {"primary", "secondary"} else _broken(fault)
    hub.ledger.note("fault", f"{request.method} {fault.kind}", request.path, answer.status)
    return answer


def _broken(fault: Fault) -> web.Response:
    return web.json_response({"message": fault.message}, status=fault.status)


def _limited(hub: Hub, fault: Fault) -> web.Response:
    """Return one of GitHub's two limits. https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api."""
    docs = "https://docs.github.com/rest/overview/resources-in-the-rest-api#rate-limiting"
    if fault.kind == "primary":
        reset = int(hub.now().timestamp() + fault.seconds)
        headers = {
            "X-RateLimit-Limit": str(api.LIMIT),
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Used": str(api.LIMIT),
        }
        headers |= {"X-RateLimit-Reset": str(reset), "X-RateLimit-Resource": "core"}
        message = "API rate limit exceeded for installation."
        return web.json_response({"message": message, "documentation_url": docs}, status=403, headers=headers)
    headers = {"Retry-After": str(int(fault.seconds))} if fault.seconds else {}
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    return web.json_response({"message": message, "documentation_url": docs}, status=403, headers=headers)
