"""The controls, under `/_sandbox`: order a fault, move the clock, count calls, wait for the webhooks."""

import asyncio

import msgspec
from aiohttp import web

from sandbox.api import HUB
from sandbox.faults import Fault


def mount(app: web.Application) -> None:
    """Serve the controls."""
    app.router.add_post("/_sandbox/faults", order)
    app.router.add_get("/_sandbox/faults", waiting)
    app.router.add_delete("/_sandbox/faults", cancel)
    app.router.add_post("/_sandbox/clock", shift)
    app.router.add_get("/_sandbox/calls", calls)
    app.router.add_post("/_sandbox/quiet", quiet)


async def order(request: web.Request) -> web.Response:
    """Order a fault: `{"kind": "after", "method": "PUT", "path": "/merge$", "times": 1}`; see `faults.Fault`."""
    try:
        fault = msgspec.json.decode(await request.read(), type=Fault)
    except msgspec.DecodeError as error:
        raise web.HTTPUnprocessableEntity(text=str(error)) from error
    request.app[HUB].faults.waiting.append(fault)
    return web.Response(status=201)


async def waiting(request: web.Request) -> web.Response:
    """List the faults that have not happened yet."""
    raw = msgspec.json.encode(request.app[HUB].faults.waiting)
    return web.Response(body=raw, content_type="application/json")


async def cancel(request: web.Request) -> web.Response:
    """Forget all faults."""
    request.app[HUB].faults.waiting.clear()
    return web.Response(status=204)


async def shift(request: web.Request) -> web.Response:
    """Move the clock: `{"seconds": 3600}`."""
    hub = request.app[HUB]
    hub.shift(float((await request.json())["seconds"]))
    return web.json_response({"now": hub.now().isoformat()})


async def calls(request: web.Request) -> web.Response:
    """Count requests since a mark: `?since=<mark>`; the answer carries the next mark."""
    return web.json_response(request.app[HUB].ledger.since(int(request.query.get("since", "0"))))


async def quiet(request: web.Request) -> web.Response:
    """Wait until no webhook is on its way."""
    hub = request.app[HUB]
    while hub.tasks:
        await asyncio.wait(tuple(hub.tasks))
    return web.Response(status=204)
