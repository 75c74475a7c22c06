"""The pages: what a person sees of the sandbox, and the few buttons they need. Plain HTML; no script is needed.

Whoever opens a page acts as the person they chose at the top of it, so the forms must not be reachable from another
site: the Host must be loopback's, and a form must come from a page of ours.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from sandbox.pages import forms, pull_views, repo_views

STATIC = Path(__file__).parent / "static"
Next = Callable[[web.Request], Awaitable[web.StreamResponse]]
OWN_HOSTS = ("127.0.0.1", "localhost", "[::1]")
R = "/{owner}/{repo}"


def mount(app: web.Application) -> None:
    """Serve the pages and the forms."""
    app.middlewares.append(guard)
    app.router.add_static("/_static", STATIC)
    app.router.add_get("/", repo_views.repositories)
    app.router.add_post("/_act-as", forms.act_as)
    app.router.add_get(R, repo_views.overview)
    app.router.add_get(R + "/pulls", repo_views.overview)
    app.router.add_get(R + "/{kind:tree|blob}/{ref_and_path:.+}", repo_views.file)
    app.router.add_get(R + "/commit/{sha:[0-9a-f]{40}}", repo_views.commit)
    app.router.add_get(R + "/runs/{run:[0-9]+}", pull_views.run)
    app.router.add_post(R + "/runs/{run:[0-9]+}", forms.press)
    app.router.add_get(R + "/pull/{number:[0-9]+}", pull_views.pull)
    app.router.add_get(R + "/pull/{number:[0-9]+}/{tab:commits|files|checks}", pull_views.pull)
    app.router.add_post(R + "/pull/{number:[0-9]+}", forms.act)


@web.middleware
async def guard(request: web.Request, handler: Next) -> web.StreamResponse:
    """Refuse other sites: a foreign Host anywhere, a foreign Origin anywhere, and a form of ours without an Origin."""
    host = request.headers.get("Host", "")
    if host.rpartition(":")[0] not in OWN_HOSTS:
        raise web.HTTPMisdirectedRequest(text="This host is not the sandbox.")
    origin = request.headers.get("Origin")
    resource = request.match_info.route.handler
    if origin not in {None, f"http://{host}"} or (origin is None and resource in forms.ALL):
        raise web.HTTPForbidden(text="This form did not come from a page of the sandbox.")
    return await handler(request)
