"""One repository's git server as a job reaches it: blocking work in bounded threads, with a token got just before."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ParamSpec, Protocol, TypeVar

import structlog

from bot.core.model import Repository, Transient
from bot.edge.git import names
from bot.edge.git.environment import Server
from bot.edge.git.failures import Denied

log = structlog.get_logger()

P = ParamSpec("P")
T = TypeVar("T")


class Token(Protocol):
    """What gives an installation token that is good for one repository alone."""

    def __call__(self, repo: Repository, /, *, instead_of: str | None = None) -> Awaitable[str]:
        """Return a token; another one than that which was refused."""


@dataclass(frozen=True, slots=True)
class Threads:
    """Where git processes are waited for; their number bounds the processes of all jobs together."""

    pool: ThreadPoolExecutor

    async def __call__(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run blocking work; cancelled, wait for its end, since nothing may be removed under its feet."""
        work = asyncio.ensure_future(asyncio.wrap_future(self.pool.submit(act, *args, **kwargs)))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait([work])
            raise


@dataclass(frozen=True, slots=True)
class Access:
    """A repository and the means to reach it."""

    repo: Repository
    token: Token
    threads: Threads

    async def ask(self, act: Callable[[Server], T]) -> T:
        """Run work that needs a token, once more with a fresh one if the server did not take the first."""
        server = await self._server()
        try:
            return await self.threads(act, server)
        except Denied:
            log.info("token refused", repo=self.repo.full_name)
        try:
            return await self.threads(act, await self._server(instead_of=server.token))
        except Denied:
            raise Transient("the git server does not take our token") from None

    async def _server(self, *, instead_of: str | None = None) -> Server:
        return Server(names.address(self.repo.clone_url), await self.token(self.repo, instead_of=instead_of))
