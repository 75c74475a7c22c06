"""Good manners towards GitHub, one gate per installation: seats, writes in turn, pauses, and a reserve for people.

https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api. The gate is one
process's; other replicas learn of a limit the same way, from GitHub's answer.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from http import HTTPStatus

from bot.core.model import Transient
from bot.edge.github.calls import Call, Denied
from bot.edge.github.wire import GitHubClock

_MINUTE = 60.0
_LONGEST_PAUSE = 3600.0
_background: ContextVar[bool] = ContextVar("background", default=False)


@contextmanager
def in_background() -> Iterator[None]:
    """Give way: calls made within leave a reserve of the rate limit to people and events, and never wait."""
    token = _background.set(True)
    try:
        yield
    finally:
        _background.reset(token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How hard we lean on one installation's allowance; times in seconds."""

    concurrent: int = 20
    creations_a_minute: int = 80
    patience: float = 60.0
    """The longest pause sat out; a longer one is a Transient that says how long."""
    secondary_pause: float = 60.0
    """The first pause after a secondary limit that names none; doubled each time in a row."""
    reserve: float = 0.1
    """The share of the rate limit that background work leaves alone."""
    deadline: float = 20.0
    """The longest one exchange may take; GitHub itself gives up after ten."""


class Gate:
    """Where an installation's calls wait for their turn."""

    def __init__(self, limits: Limits, clock: GitHubClock) -> None:
        self._limits = limits
        self._clock = clock
        self._seats = asyncio.Semaphore(limits.concurrent)
        self._writing = asyncio.Lock()
        self._created: deque[float] = deque(maxlen=limits.creations_a_minute)
        self._paused_until = 0.0
        self._strikes = 0
        self._scarce_until = 0.0

    @asynccontextmanager
    async def turn(self, call: Call) -> AsyncIterator[None]:
        """Hold a seat for one call; raise Transient where the wait would be long, or is not ours to make."""
        async with self._writing if call.writes else nullcontext(), self._seats:
            if _background.get() and (left := self._scarce_until - self._clock.now()) > 0:
                raise Transient("The rest of the rate limit is kept for people.", retry_after=left)
            await self._sit_out()
            if call.creates:
                await self._pace()
            yield

    def hear(self, headers: Mapping[str, str]) -> None:
        """Learn from a good answer how much is left."""
        self._strikes = 0
        limit, remaining = _number(headers, "x-ratelimit-limit"), _number(headers, "x-ratelimit-remaining")
        if limit is None or remaining is None:
            return
        scarce = remaining < limit * self._limits.reserve
        self._scarce_until = (_number(headers, "x-ratelimit-reset") or 0.0) if scarce else 0.0

    def slows(self, denial: Denied) -> bool:
        """Say whether a refusal is about limits; if so, everyone pauses for as long as it asks."""
        if not _about_limits(denial):
            return False
        asked = min(self._asked(denial), _LONGEST_PAUSE)
        self._paused_until = max(self._paused_until, time.monotonic() + asked)
        return True

    @property
    def pause(self) -> float:
        """Seconds left of the pause."""
        return max(0.0, self._paused_until - time.monotonic())

    def _asked(self, denial: Denied) -> float:
        """Take GitHub's word for how long; where it gives none, double at each refusal after a pause."""
        if (asked := _number(denial.headers, "retry-after")) is not None:
            return asked
        if _number(denial.headers, "x-ratelimit-remaining") == 0:
            return max(1.0, (_number(denial.headers, "x-ratelimit-reset") or 0.0) - self._clock.now())
        if self.pause == 0:
            self._strikes += 1
        return self._limits.secondary_pause * 2.0 ** max(0, self._strikes - 1)

    async def _sit_out(self) -> None:
        while (left := self.pause) > 0:
            if _background.get() or left > self._limits.patience:
                raise Transient("GitHub asked us to slow down.", retry_after=left)
            await asyncio.sleep(left)

    async def _pace(self) -> None:
        if len(self._created) == self._created.maxlen:
            left = self._created[0] + _MINUTE - time.monotonic()
            if left > self._limits.patience:
                raise Transient("We have written as much this minute as GitHub likes.", retry_after=left)
            await asyncio.sleep(max(0.0, left))
        self._created.append(time.monotonic())


def _about_limits(denial: Denied) -> bool:
    """https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit."""
    if denial.status == HTTPStatus.FORBIDDEN:
        spent = _number(denial.headers, "x-ratelimit-remaining") == 0
        return spent or "retry-after" in denial.headers or "rate limit" in denial.reason.lower()
    return denial.status == HTTPStatus.TOO_MANY_REQUESTS


def _number(headers: Mapping[str, str], name: str) -> float | None:
    text = headers.get(name, "")
    return float(text) if text.isdecimal() else None
