"""A small world for the sandbox's tests: a running sandbox, an App in it, a receiver for its webhooks.

Every exchange and every webhook of every test is held against GitHub's published description when the world ends, if
that description lies beside the project.
"""

import asyncio
import functools
import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import jwt
from aiohttp import web

from sandbox import seed, server
from sandbox.hub import Hub
from sandbox.pulls import Proposal
from sandbox.records import App, Installation, Pull, Repo
from sandbox.seed import Change

CONTRACT = Path(__file__).resolve().parents[2].parent / "shared" / "contract" / "check_exchange.py"
EVENTS = (
    "check_run", "check_suite", "create", "delete", "deployment", "deployment_status", "issue_comment", "pull_request",
    "pull_request_review", "push", "status",
)  # fmt: skip
PERMISSIONS = dict.fromkeys(("checks", "contents", "deployments", "issues", "pull_requests", "statuses"), "write")
SECRET = "open sesame"  # noqa: S105 -- of a test, not of anybody


@dataclass(frozen=True, slots=True)
class Reply:
    """What the API answered."""

    status: int
    data: Any
    headers: Any


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook as it arrived."""

    headers: dict[str, str]
    body: bytes
    payload: Any

    @property
    def name(self) -> str:
        """Event and action, such as `pull_request.opened`."""
        event, action = self.headers["X-GitHub-Event"], self.payload.get("action")
        return f"{event}.{action}" if action else event


@dataclass(slots=True)
class World:
    """What a test acts on."""

    hub: Hub
    repo: Repo
    app: App
    key: str
    installation: Installation
    session: aiohttp.ClientSession
    hooks: list[Hook]
    exchanges: list[Any] = field(default_factory=list)
    token: str = ""

    @property
    def kim(self) -> str:
        """The token of a person who may do everything."""
        return seed.token(self.hub, "kim")

    def signature(self, **claims: object) -> str:
        """Sign as the App."""
        now = int(time.time())
        return jwt.encode({"iat": now - 60, "exp": now + 540, "iss": str(self.app.id), **claims}, self.key, "RS256")

    async def api(self, method: str, path: str, *, by: str | None = None, **sent: Any) -> Reply:
        """Ask the API; `{R}` in the path is the repository."""
        headers = {"Authorization": f"Bearer {by or self.token}", **sent.pop("headers", {})}
        url = self.hub.api + path.replace("{R}", "/repos/acme/shop")
        async with self.session.request(method, url, headers=headers, json=sent or None) as response:
            raw = await response.read()
            return Reply(response.status, json.loads(raw) if raw else None, response.headers)

    async def new_token(self, **narrowed: object) -> str:
        """Make an installation token."""
        path = f"/app/installations/{self.installation.id}/access_tokens"
        reply = await self.api("POST", path, by=self.signature(), **narrowed)
        assert reply.status == 201, reply.data
        return str(reply.data["token"])

    async def quiet(self) -> None:
        """Wait until every webhook has arrived."""
        async with self.session.post(f"{self.hub.url}/_sandbox/quiet") as response:
            assert response.status == 204

    async def names(self) -> list[str]:
        """Return the webhooks so far, by event and action."""
        await self.quiet()
        return [hook.name for hook in self.hooks]

    async def fault(self, **fault: object) -> None:
        """Order a fault."""
        async with self.session.post(f"{self.hub.url}/_sandbox/faults", json=fault) as response:
            assert response.status == 201, await response.text()

    async def change(self, branch: str, files: dict[str, str], message: str = "A change", by: str = "kim") -> str:
        """Commit to a branch as a person."""
        return await seed.commit(self.hub, self.repo, branch, Change(files, message, by=by))

    async def pull(self, branch: str, files: dict[str, str], *, by: str = "kim", draft: bool = False) -> Pull:
        """Open a pull request into main with one commit."""
        await self.change(branch, files, f"Change {branch}", by)
        proposal = Proposal(f"Title of {branch}", "Body", "main", branch, draft)
        return await seed.pull(self.hub, self.repo, proposal, by=by)

    def remote(self, token: str) -> str:
        """Return the repository's clone address with a token in it, as git wants it."""
        return f"{self.hub.url.replace('://', f'://x-access-token:{token}@')}/acme/shop.git"


@asynccontextmanager
async def new_world(folder: Path, *, free: bool = False) -> AsyncIterator[World]:
    """Run a sandbox with one private repository, and judge all it said in the end; `free` lets a client ask anyhow."""
    exchanges: list[Any] = []
    async with _receiver() as (url, hooks), server.running(folder / "data", record=exchanges.append) as hub:
        repo = await seed.repository(hub, "acme/shop", private=True)
        for login, role in (("kim", "admin"), ("sam", "write"), ("guest", "read")):
            seed.member(hub, repo, login, role)
        await seed.commit(hub, repo, "main", Change({"a.txt": "1\n2\n3\n", "b.txt": "one\n"}, "Begin", by="kim"))
        app, key = seed.app(hub, seed.NewApp("keeper", "acme", SECRET, url, PERMISSIONS, EVENTS))
        installation = seed.install(hub, app, "acme")
        async with aiohttp.ClientSession() as session:
            world = World(hub, repo, app, key, installation, session, hooks, exchanges)
            world.token = await world.new_token()
            yield world
            await world.quiet()
    found = problems(exchanges, hooks, free=free)
    assert not found, "\n".join(found)


@asynccontextmanager
async def _receiver() -> AsyncIterator[tuple[str, list[Hook]]]:
    hooks: list[Hook] = []

    async def receive(request: web.Request) -> web.Response:
        body = await request.read()
        hooks.append(Hook(dict(request.headers), body, json.loads(body)))
        return web.Response(status=202)

    app = web.Application(client_max_size=10**8)
    app.router.add_post("/hook", receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook", hooks
    finally:
        await runner.cleanup()


@functools.cache
def checker() -> Any:
    """Return GitHub's published description, or None where it does not lie beside the project."""
    if not CONTRACT.exists():
        return None
    spec = importlib.util.spec_from_file_location("check_exchange", CONTRACT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["check_exchange"] = module  # its dataclasses look themselves up by name
    spec.loader.exec_module(module)
    return module.Checker.load()


def problems(exchanges: list[Any], hooks: list[Hook], *, free: bool = False) -> list[str]:
    """Return what GitHub's description objects to; `free` passes over how the questions were put."""
    judge = checker()
    if judge is None:
        return []
    found = [(f"{one['method']} {one['path']} {one['status']}", judge.exchange(one)) for one in exchanges]
    found += [(hook.name, judge.webhook(hook.headers["X-GitHub-Event"], hook.payload)) for hook in hooks]
    asked = {"request", "operation"} if free else set()
    errors = [(where, one) for where, listed in found for one in listed if one["level"] == "error"]
    errors = [(where, one) for where, one in errors if one["where"] not in asked]
    return [f"{where}: {one['pointer']} {one['message']}" for where, one in errors]


async def git(*argv: str, cwd: Path | None = None) -> str:
    """Run a git client; fails the test with git's words."""
    code, said = await try_git(*argv, cwd=cwd)
    assert code == 0, said
    return said


async def try_git(*argv: str, cwd: Path | None = None) -> tuple[int, str]:
    """Run a git client and return its status and all it said."""
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
    who = ("-c", "user.name=Kim", "-c", "user.email=kim@example.com", "-c", "protocol.version=2")
    process = await asyncio.create_subprocess_exec(
        "git", *who, *argv, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode(errors="replace")
