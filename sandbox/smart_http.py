"""Git over HTTP: the door is ours, the protocol is `git http-backend`'s. https://git-scm.com/docs/git-http-backend."""

import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import web

from sandbox import moves
from sandbox.access import Actor, authenticate
from sandbox.api import HUB
from sandbox.errors import Refusal
from sandbox.git import environment
from sandbox.hub import Hub
from sandbox.records import Repo

CHUNK = 65_536
LONGEST_HEADER = 65_536
ENDING = 1.0
"""Seconds git gets to end by itself after its last word."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a git client."""

    hub: Hub
    request: web.Request
    repo: Repo
    actor: Actor | None
    tail: str
    """`info/refs`, `git-upload-pack` or `git-receive-pack`."""

    @property
    def pushes(self) -> bool:
        """Whether it belongs to a push."""
        return "git-receive-pack" in (self.tail, self.request.query.get("service", ""))

    @property
    def service(self) -> str:
        """How the ledger calls it."""
        return "git-receive-pack" if self.pushes else "git-upload-pack"


def mount(app: web.Application) -> None:
    """Serve each repository at `/<owner>/<name>.git`, and without the suffix as GitHub does."""
    for name in ("{repo}.git", "{repo}"):
        app.router.add_get(f"/{{owner}}/{name}/info/refs", serve)
        app.router.add_post(f"/{{owner}}/{name}/{{tail:git-(?:upload|receive)-pack}}", serve)


async def serve(request: web.Request) -> web.StreamResponse:
    """Answer a git client; a push has the repository to itself and what follows from it happens before the answer."""
    hub = request.app[HUB]
    who = "anonymous"
    service = request.query.get("service", request.match_info.get("tail", ""))
    try:
        actor = authenticate(hub, request.headers.get("Authorization", ""))
        who = actor.name if actor else who
        visit = _admit(hub, request, actor)
    except Refusal as refusal:
        response = _refused(refusal)
    else:
        if visit.tail == "git-receive-pack":
            response = await _receive(visit)
        else:
            response = await _run(visit)
    part = " info/refs" if request.path.endswith("info/refs") else ""
    hub.ledger.note(who, f"{service}{part}", request.path, response.status)
    return response


def _refused(refusal: Refusal) -> web.StreamResponse:
    headers = {"WWW-Authenticate": 'Basic realm="GitHub"'} if refusal.status == web.HTTPUnauthorized.status_code else {}
    return web.Response(status=refusal.status, text=refusal.message, headers=headers)


def _admit(hub: Hub, request: web.Request, actor: Actor | None) -> Visit:
    """Let a client in or refuse: 401 asks git for credentials, 404 hides, 403 tells."""
    at = request.match_info
    repo = hub.repo(at["owner"], at["repo"])
    tail = at.get("tail", "info/refs")
    visible = repo is not None and (actor.sees(hub, repo) if actor else not repo.private)
    if repo is None or not visible:
        raise Refusal(404, "Repository not found.") if actor else Refusal(401, "Authentication required")
    visit = Visit(hub, request, repo, actor, tail)
    if not visit.pushes:
        if actor and actor.installation and repo.private and not actor.holds("contents:read"):
            raise Refusal(403, "Resource not accessible by integration")
        return visit
    if actor is None:
        raise Refusal(401, "Authentication required")
    if not _may_push(hub, actor, repo):
        raise Refusal(403, f"Permission to {hub.full_name(repo)}.git denied to {actor.account.login}.")
    return visit


def _may_push(hub: Hub, actor: Actor, repo: Repo) -> bool:
    if actor.installation is not None:
        return actor.holds("contents:write") and actor.covers(hub, repo)
    return actor.app is None and hub.may(repo, actor.account, "write")


async def _receive(visit: Visit) -> web.StreamResponse:
    hub, bare, actor = visit.hub, visit.hub.bare(visit.repo), visit.actor
    if actor is None:
        raise web.HTTPUnauthorized
    async with bare.turn:
        before = await bare.refs()
        try:
            response = await _run(visit)
        finally:
            bare.forget_refs()
            for move in moves.between(before, await bare.refs()):
                await moves.follow(hub, visit.repo, move, actor.account)
    return response


def _variables(visit: Visit) -> dict[str, str]:
    """Return the CGI environment. https://www.rfc-editor.org/rfc/rfc3875#section-4.1."""
    request, path = visit.request, visit.hub.bare(visit.repo).path
    given = {
        "CONTENT_LENGTH": request.headers.get("Content-Length", ""),
        "HTTP_CONTENT_ENCODING": request.headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": request.headers.get("Git-Protocol", ""),
        "SANDBOX_NO_WORKFLOWS": "" if visit.actor is None or visit.actor.holds("workflows:write") else "1",
    }
    return {
        **environment(),
        "GIT_PROJECT_ROOT": str(path.parent.resolve()),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{path.name}/{visit.tail}",
        "QUERY_STRING": request.query_string,
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_USER": visit.actor.account.login if visit.actor else "",
        **{name: value for name, value in given.items() if value},
    }


async def _run(visit: Visit) -> web.StreamResponse:
    """Run git for one request, both bodies streamed; a client that leaves takes the process with it."""
    process = await asyncio.create_subprocess_exec(
        "git",
        "http-backend",
        env=_variables(visit),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=LONGEST_HEADER,
        # `git` starts the backend and that starts the service: only a group ends as one.
        start_new_session=True,
    )
    feeding = asyncio.create_task(_feed(visit.request, process))
    try:
        return await _answer(visit, process)
    finally:
        feeding.cancel()
        if process.returncode is None:
            # A push is let finish: its refs move or they do not, but not behind our back.
            await (process.wait() if visit.pushes else _end(process))


async def _end(process: asyncio.subprocess.Process) -> None:
    """Let it go if it is done, as it is unless its client left; kill it otherwise."""
    with suppress(TimeoutError):
        async with asyncio.timeout(ENDING):
            await process.wait()
            return
    _stop(process)
    await process.wait()


def _stop(process: asyncio.subprocess.Process) -> None:
    """Ask git and all it started to end; it clears away what it had half received."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)


async def _feed(request: web.Request, process: asyncio.subprocess.Process) -> None:
    """Hand git the body; one that breaks off ends git, or http-backend would spin for ever, waiting for the rest."""
    if process.stdin is None:
        return
    try:
        async for chunk in request.content.iter_chunked(CHUNK):
            process.stdin.write(chunk)
            await process.stdin.drain()
    except (OSError, asyncio.CancelledError) as end:
        # Git may also close the pipe itself, to say no: then it ends.
        cut = isinstance(end, asyncio.CancelledError) and not request.content.at_eof()
        if cut or request.content.exception() is not None:
            _stop(process)
    finally:
        process.stdin.close()


async def _answer(visit: Visit, process: asyncio.subprocess.Process) -> web.StreamResponse:
    if process.stdout is None:
        raise web.HTTPInternalServerError
    status, headers = 200, {}
    while line := (await process.stdout.readline()).decode("latin-1").strip():
        name, _, value = line.partition(":")
        if name.lower() == "status":
            status = int(value.split()[0])
        else:
            headers[name] = value.strip()
    if visit.tail == "git-receive-pack":
        # Small, and held back: what follows from the push happens first, and an ordered fault may eat the answer.
        return web.Response(status=status, headers=headers, body=await process.stdout.read())
    response = web.StreamResponse(status=status, headers=headers)
    await response.prepare(visit.request)
    while chunk := await process.stdout.read(CHUNK):
        await response.write(chunk)
    # aiohttp writes the end once the request is in the ledger: who sees the end finds it there.
    return response
