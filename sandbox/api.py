"""The API's front: which handler answers what, for whom, and everything GitHub does around every answer.

Handlers are listed with `Routes`, beside the permissions an App's token needs there; a handler takes a `Call` and
returns JSON. Limits, ETags, request ids and refusals are added here, once.
"""

import hashlib
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from sandbox.access import Actor, authenticate
from sandbox.body import Body
from sandbox.errors import Refusal, not_found
from sandbox.hub import Hub
from sandbox.records import Pull, Repo

Json = dict[str, Any]
HUB = web.AppKey("hub", Hub)
LIMIT = 5000
LARGEST_PAGE = 100
VERSION = "2022-11-28"
R = "/repos/{owner}/{repo}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler says; `data` None is an empty body."""

    data: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the API, by someone who may make it."""

    hub: Hub
    request: web.Request
    actor: Actor
    repository: Repo | None
    body: Body

    @property
    def repo(self) -> Repo:
        """The repository in the path."""
        if self.repository is None:
            raise not_found()
        return self.repository

    def at(self, name: str) -> str:
        """Return a part of the path."""
        return self.request.match_info[name]

    def number(self, name: str) -> int:
        """Return a number in the path, or refuse with 404."""
        text = self.at(name)
        if not text.isdecimal():
            raise not_found()
        return int(text)

    def asked(self, name: str, default: str = "") -> str:
        """Return a parameter of the query."""
        return self.request.query.get(name, default)

    def pull(self) -> Pull:
        """Return the pull request in the path, be it called a pull or an issue."""
        name = "pull_number" if "pull_number" in self.request.match_info else "issue_number"
        return self.hub.pull(self.repo, self.number(name))


Handler = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of the API."""

    method: str
    path: str
    handler: Handler
    needs: tuple[str, ...]
    """Permissions of which one suffices, such as `issues:write`; `app` means an App's own signature."""


@dataclass(frozen=True, slots=True)
class Routes:
    """A list of operations that a module fills with `@routes.on("GET", "/path", "permission:level")`."""

    all: list[Route] = field(default_factory=list)

    def on(self, method: str, path: str, *needs: str) -> Callable[[Handler], Handler]:
        """Register a handler."""

        def register(handler: Handler) -> Handler:
            self.all.append(Route(method, path, handler, needs))
            return handler

        return register


def mount(app: web.Application, routes: Sequence[Route]) -> None:
    """Serve the operations under /api/v3; those of a repository also under the `/repositories/{id}` of Link headers."""
    # aiohttp takes the first that matches, and a ref may hold slashes: the longer path goes first.
    for route in sorted(routes, key=lambda route: -route.path.count("/")):
        paths = [route.path]
        if route.path.startswith(R):
            paths.append(route.path.replace(R, "/repositories/{repository_id}", 1))
        for path in paths:
            app.router.add_route(route.method, f"/api/v3{path}", _endpoint(app, route))
    app.router.add_route("*", "/api/v3{tail:.*}", _endpoint(app, Route("*", "/{tail}", _nothing, ())))


async def _nothing(_: Call) -> Answer:
    raise not_found()


@dataclass(slots=True)
class _Visit:
    """A request on its way through the front."""

    hub: Hub
    request: web.Request
    route: Route
    raw: bytes
    actor: Actor | None = None


def _endpoint(app: web.Application, route: Route) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        visit = _Visit(app[HUB], request, route, await request.read())
        try:
            visit.actor = authenticate(visit.hub, request.headers.get("Authorization", ""))
            reply = await route.handler(_admitted(visit))
        except Refusal as refusal:
            accepted = {"x-accepted-github-permissions": refusal.accepted} if refusal.accepted else {}
            reply = Answer(refusal.body(), refusal.status, accepted)
        response = _finished(visit, reply)
        _note(visit, reply, response.status)
        return response

    return answer


def _admitted(visit: _Visit) -> Call:
    """Let a caller through, or refuse: 401 without a name, 404 for what it may not know, 403 for what it may not do."""
    actor, needs = visit.actor, visit.route.needs
    if actor is None:
        raise Refusal(401, "Requires authentication")
    signed = actor.app is not None and actor.installation is None
    if "app" in needs and not signed:
        raise Refusal(401, "A JSON web token could not be decoded")
    if signed and needs and "app" not in needs:
        raise Refusal(403, "Resource not accessible by integration")
    repo = _repo(visit.hub, visit.request, actor)
    if repo and needs and not signed:
        _permit(visit.hub, actor, repo, visit.route)
    return Call(visit.hub, visit.request, actor, repo, Body.parse(visit.raw))


def _repo(hub: Hub, request: web.Request, actor: Actor) -> Repo | None:
    at = request.match_info
    if "repo" in at:
        repo = hub.repo(at["owner"], at["repo"])
    elif "repository_id" in at:
        repo = hub.store.repos.get(int(at["repository_id"])) if at["repository_id"].isdecimal() else None
    else:
        return None
    if repo is None or not actor.sees(hub, repo):
        raise not_found()
    return repo


def _permit(hub: Hub, actor: Actor, repo: Repo, route: Route) -> None:
    writes = route.method != "GET"
    if actor.installation is None:
        role = "write" if any(need == "contents:write" for need in route.needs) else "read"
        if writes and not hub.may(repo, actor.account, role):
            raise Refusal(403, "Resource not accessible by personal access token")
        return
    held = any(actor.holds(need) for need in route.needs)
    if not held or (writes and not actor.covers(hub, repo)):
        raise Refusal(403, "Resource not accessible by integration", accepted=_accepted(route))


def _accepted(route: Route) -> str:
    return "; ".join(need.replace(":", "=") for need in route.needs)


def _finished(visit: _Visit, reply: Answer) -> web.Response:
    raw = b"" if reply.data is None else msgspec.json.encode(reply.data)
    headers = {**_always(visit), **reply.headers}
    if reply.status == web.HTTPOk.status_code and visit.request.method == "GET":
        key = visit.request.headers.get("Authorization", "").encode() + raw
        headers["ETag"] = f'W/"{hashlib.sha256(key).hexdigest()}"'
        if visit.request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers=headers)
    headers.update(_budget(visit))
    if raw:
        headers["Content-Type"] = "application/json; charset=utf-8"
    return web.Response(body=raw, status=reply.status, headers=headers)


def _always(visit: _Visit) -> dict[str, str]:
    """Return the headers of every answer, as recorded from GitHub."""
    headers = {
        "Date": visit.hub.now().strftime("%a, %d %b %Y %H:%M:%S GMT"),
        "Server": "github.com",
        "X-GitHub-Media-Type": "github.v3; format=json",
        "x-github-api-version-selected": VERSION,
        "X-GitHub-Request-Id": secrets.token_hex(16).upper(),
        "Cache-Control": "private, max-age=60, s-maxage=60",
        "Vary": "Accept, Authorization, Cookie, X-GitHub-OTP,Accept-Encoding, Accept, X-Requested-With",
    }
    if visit.actor and visit.actor.installation and visit.route.needs:
        headers["x-accepted-github-permissions"] = _accepted(visit.route)
    return headers


def _budget(visit: _Visit) -> dict[str, str]:
    """Spend one request of the caller's hour, and say what is left; asking for the limits is free."""
    who = visit.actor.name if visit.actor else "anonymous"
    used, reset = visit.hub.ledger.spend(who, visit.hub.now(), free="rate_limit" in visit.route.path)
    return {
        "X-RateLimit-Limit": str(LIMIT),
        "X-RateLimit-Remaining": str(max(0, LIMIT - used)),
        "X-RateLimit-Used": str(used),
        "X-RateLimit-Reset": str(reset),
        "X-RateLimit-Resource": "core",
    }


def _note(visit: _Visit, reply: Answer, status: int) -> None:
    hub, request = visit.hub, visit.request
    who = visit.actor.name if visit.actor else "anonymous"
    hub.ledger.note(who, f"{visit.route.method} {visit.route.path}", request.path, status)
    if hub.record is None:
        return
    readable = visit.raw and reply.status != web.HTTPBadRequest.status_code
    hub.record(
        {
            "method": request.method,
            "path": request.rel_url.raw_path,
            "query": dict(request.query),
            "request_body": msgspec.json.decode(visit.raw) if readable else None,
            "status": status,
            "response_body": None if reply.data is None else msgspec.json.decode(msgspec.json.encode(reply.data)),
        }
    )


def paged(call: Call, rows: Sequence[Any], *, default: int = 30) -> tuple[Sequence[Any], dict[str, str]]:
    """Return the page that was asked for and its Link header. https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api."""
    size = min(max(_positive(call.asked("per_page"), default), 1), LARGEST_PAGE)
    page = max(_positive(call.asked("page"), 1), 1)
    last = max(1, -(-len(rows) // size))
    links = []
    if page > 1:
        links.append(("prev", min(page - 1, last)))
    if page < last:
        links.append(("next", page + 1))
        links.append(("last", last))
    if page > 1:
        links.append(("first", 1))
    header = ", ".join(f'<{_page_url(call, number)}>; rel="{rel}"' for rel, number in links)
    return rows[(page - 1) * size : page * size], ({"Link": header} if header else {})


def _positive(text: str, default: int) -> int:
    return int(text) if text.isdecimal() else default


def _page_url(call: Call, page: int) -> str:
    path = call.request.rel_url.raw_path
    if call.repository is not None and "/repos/" in path:
        tail = path.split("/repos/", 1)[1].split("/", 2)[2:]
        path = "/".join(("/api/v3/repositories", str(call.repository.id), *tail))
    return f"{call.hub.url}{path}?{urlencode({**call.request.query, 'page': str(page)})}"
