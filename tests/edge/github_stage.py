"""A GitHub that says exactly what a test tells it to, over real HTTP on loopback."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.core.model import CheckRun, NewPull, Repository
from bot.edge.github import GitHub, Limits
from tests.edge.github_description import undocumented

APP_ID = 7
BOT_ID = 70
REPO = Repository(
    id=11,
    full_name="acme/shop",
    default_branch="main",
    clone_url="https://github.test/acme/shop.git",
    html_url="https://github.test/acme/shop",
    installation=5,
)
TOKENS = "POST /app/installations/5/access_tokens"
HASTY = Limits(patience=0.5, secondary_pause=0.05, deadline=0.5)
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE_KEY = _KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
).decode()


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it arrived."""

    call: str
    """`METHOD /path`, still quoted."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer."""

    body: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    hang_up: bool = False
    """Close the connection in place of an answer."""
    takes: float = 0.0
    """Seconds GitHub thinks about it."""
    drips: bool = False
    """Send a little, again and again, and never come to an end."""


Script = Callable[[Seen], Reply] | Reply


class Stage:
    """Replies by `METHOD /path`; the last of several is given for ever, and all requests are kept."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.ahead = 0.0
        """Seconds by which this GitHub's clock is ahead of the machine's."""
        self.api_url = ""
        self.most_at_once = 0
        self._at_once = 0
        self._scripts: dict[str, list[Script]] = {}
        self._clock = time.time
        self.on(TOKENS, self._mint)
        self.on("GET /app", Reply({"id": APP_ID, "slug": "tierkeeper"}))
        self.on("GET /app/installations", Reply([{"id": 5, "suspended_at": None}]))
        self.on("GET /users/tierkeeper%5Bbot%5D", Reply({"id": BOT_ID}))

    def on(self, call: str, *scripts: Script) -> None:
        """Say what a call is answered with, in order."""
        self._scripts[call] = list(scripts)

    def calls(self) -> list[str]:
        """Every request but those by which the App learns who it is."""
        mine = ("GET /app", "GET /users/")
        return [seen.call for seen in self.seen if not seen.call.startswith(mine)]

    def bodies(self, call: str) -> list[Any]:
        """Return what was sent with each request of one kind."""
        return [seen.body for seen in self.seen if seen.call == call]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Play the next reply."""
        raw = await request.text()
        body = await request.json() if raw else None
        seen = Seen(f"{request.method} {request.rel_url.raw_path}", dict(request.query), request.headers, body)
        self.seen.append(seen)
        scripts = self._scripts.get(seen.call, [Reply({"message": "Not Found"}, 404)])
        script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        reply = script if isinstance(script, Reply) else script(seen)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await asyncio.sleep(reply.takes)
        self._at_once -= 1
        if reply.hang_up:
            assert request.transport is not None
            request.transport.abort()
        if reply.drips:
            return await _dripped(request)
        date = formatdate(self._clock() + self.ahead, usegmt=True)
        headers = {"date": date, **reply.headers}
        if isinstance(reply.body, str):
            return web.Response(text=reply.body, status=reply.status, headers=headers)
        return web.json_response(reply.body, status=reply.status, headers=headers)

    def _mint(self, seen: Seen) -> Reply:
        """Check the signature as GitHub does, by GitHub's clock, and give a token of today's length."""
        now = self._clock() + self.ahead
        signature = seen.headers["authorization"].removeprefix("bearer ")
        claims = jwt.decode(signature, _KEY.public_key(), ["RS256"], options={"verify_exp": False, "verify_iat": False})
        if claims["iat"] > now or not now < claims["exp"] <= now + 600 or claims["iss"] != str(APP_ID):
            return Reply({"message": "'Expiration time' claim ('exp') is too far in the future"}, 401)
        count = sum(1 for one in self.seen if one.call == seen.call)
        until = datetime.fromtimestamp(now + 3600, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Reply({"token": f"ghs_{APP_ID}_{'e-y.' * 125}{count}", "expires_at": until}, 201)


async def _dripped(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    with suppress(ConnectionResetError):
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.01)
    return response


@asynccontextmanager
async def staged(limits: Limits = HASTY, *, path: str = "") -> AsyncIterator[tuple[Stage, GitHub]]:
    """Serve a stage and talk to it; `path` stands before every route, as on a GitHub Enterprise Server."""
    stage = Stage()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", stage.answer)
    async with TestServer(app) as server:
        stage.api_url = str(server.make_url(path))
        github = GitHub(APP_ID, PRIVATE_KEY, api_url=stage.api_url, limits=limits)
        try:
            yield stage, github
        finally:
            await github.close()
        assert [problem for seen in stage.seen for problem in undocumented(seen.call, seen.query, seen.body)] == []


def repo_json(number: int = 11, **changes: object) -> dict[str, object]:
    """Return a repository as GitHub gives it."""
    urls = {"clone_url": REPO.clone_url, "html_url": REPO.html_url}
    return {"id": number, "full_name": REPO.full_name, "default_branch": "main", **urls, **changes}


def pull_json(number: int = 3, **changes: object) -> dict[str, object]:
    """Return a pull request as GitHub's lists give it."""
    return {
        "number": number,
        "title": "Sell tea",
        "body": None,
        "html_url": f"https://github.test/acme/shop/pull/{number}",
        "user": {"id": 1, "login": "kim", "type": "User"},
        "state": "open",
        "draft": False,
        "base": {"ref": "tier-1", "repo": repo_json()},
        "head": {"ref": "promote/tier-1/2", "sha": "a" * 40, "repo": {"id": REPO.id}},
        "labels": [],
        "merged_at": None,
        "merge_commit_sha": None,
        "created_at": "2026-11-21T06:00:00Z",
        "updated_at": "2026-11-21T06:00:00Z",
        **changes,
    }


def comment_json(number: int, body: str, *, via: int | None = APP_ID, user: int = 1) -> dict[str, object]:
    """Return a comment as GitHub's lists give it."""
    return {
        "id": number,
        "body": body,
        "user": {"id": user, "login": "someone"},
        "performed_via_github_app": None if via is None else {"id": via},
    }


def file_json(content: str | bytes) -> dict[str, object]:
    """Return a file as GitHub gives it, base64 in lines and all."""
    data = content.encode() if isinstance(content, str) else content
    return {"type": "file", "encoding": "base64", "content": base64.encodebytes(data).decode()}


P = "/repos/acme/shop"
TIP = f"GET {P}/git/ref/heads/main"
FOUND = Reply({"object": {"sha": "a" * 40}})
LOST = Reply(hang_up=True)
BROKEN = Reply("<html>Unicorn!</html>", 502)
NEW = NewPull("Sell tea", "body", head="promote/tier-1/2", base="tier-1")
CHECK = CheckRun("tierkeeper/promotion", "a" * 40, "success", "Allowed", "summary")
