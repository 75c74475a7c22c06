"""The controls, under `/_sandbox`: make a repository, order a fault, move the clock, count calls, await webhooks."""

import asyncio

import msgspec
from aiohttp import web

from sandbox import demo_seed, seed
from sandbox.api import HUB
from sandbox.faults import Fault
from sandbox.seed import Change


class Plot(msgspec.Struct):
    """A repository to be made."""

    full_name: str
    files: dict[str, str]
    branches: list[str]
    """The default branch first; the others are cut from it."""


class Copy(msgspec.Struct):
    """A fork to be made."""

    full_name: str
    login: str


def mount(app: web.Application) -> None:
    """Serve the controls."""
    app.router.add_post("/_sandbox/repositories", plant)
    app.router.add_post("/_sandbox/forks", fork)
    app.router.add_post("/_sandbox/faults", order)
    app.router.add_get("/_sandbox/faults", waiting)
    app.router.add_delete("/_sandbox/faults", cancel)
    app.router.add_post("/_sandbox/clock", shift)
    app.router.add_get("/_sandbox/calls", calls)
    app.router.add_post("/_sandbox/quiet", quiet)


async def plant(request: web.Request) -> web.Response:
    """Make a repository for the demo's people, and install the App in the account that owns it."""
    hub, plot = request.app[HUB], msgspec.json.decode(await request.read(), type=Plot)
    repo = await seed.repository(hub, plot.full_name, default=plot.branches[0])
    for login, role in demo_seed.PEOPLE.items():
        seed.member(hub, repo, login, role)
    await seed.commit(hub, repo, plot.branches[0], Change(plot.files, "Begin", by="kim"))
    for name in plot.branches[1:]:
        await seed.branch(hub, repo, name, at=plot.branches[0], by="kim")
    for app in hub.store.apps:
        if not hub.installations(repo):
            seed.install(hub, app, plot.full_name.partition("/")[0])
    return web.Response(status=201)


async def fork(request: web.Request) -> web.Response:
    """Copy a repository to a person, as its page's button would."""
    hub, copy = request.app[HUB], msgspec.json.decode(await request.read(), type=Copy)
    owner, _, name = copy.full_name.partition("/")
    repo = hub.repo(owner, name)
    if repo is None:
        raise web.HTTPNotFound
    await seed.fork(hub, repo, copy.login)
    return web.Response(status=201)


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
