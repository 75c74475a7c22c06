"""Calls that get an answer: signed, in turn, repeated where that is safe, and never repeated where it is not."""

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from http import HTTPStatus
from typing import TypeVar

import stamina

from bot.core.model import Transient
from bot.edge.github.calls import Answer, Call, Denied, Scope, Voice
from bot.edge.github.limits import Gate, Limits
from bot.edge.github.tokens import Signature, Tokens
from bot.edge.github.wire import Lost, Wire

T = TypeVar("T")


class Client:
    """One App's conversation with one GitHub."""

    def __init__(self, wire: Wire, signature: Signature, limits: Limits) -> None:
        self.tokens = Tokens(self.ask, wire.clock)
        self._wire = wire
        self._signature = signature
        self._gates: defaultdict[int | Voice, Gate] = defaultdict(lambda: Gate(limits, wire.clock))

    async def ask(self, call: Call) -> Answer:
        """Send a call that may be repeated, until it is answered; raise Denied for a no, Transient for silence."""
        return await settle(lambda: self.once(call))

    async def pages(self, call: Call, *, most: int) -> AsyncIterator[Answer]:
        """Ask for a list page by page, at most so many."""
        for _ in range(most):
            answer = await self.ask(call)
            yield answer
            if "next" not in answer.links:
                return
            call = replace(call, query=answer.links["next"])

    async def once(self, call: Call) -> Answer:
        """Send a call without repeating it after Lost; a rate limit, before which nothing is done, is sat out."""
        gate = self._gates[call.who.installation if isinstance(call.who, Scope) else call.who]
        for _ in range(2):
            async with gate.turn(call):
                try:
                    answer = await self._signed(call)
                except Denied as denial:
                    if not gate.slows(denial):
                        raise
                else:
                    gate.hear(answer.headers)
                    return answer
        raise Transient("GitHub asked us to slow down, twice.", retry_after=gate.pause)

    async def _signed(self, call: Call) -> Answer:
        """Sign afresh after a 401: the token may have been revoked, and from the answer we know GitHub's time."""
        for _ in range(2):
            credential = await self._credential(call.who)
            try:
                return await self._wire.send(call, credential)
            except Denied as denial:
                if denial.status != HTTPStatus.UNAUTHORIZED:
                    raise
                reason = denial.reason
                if isinstance(call.who, Scope):
                    self.tokens.invalidate(call.who, credential["oauth_token"])
        raise Transient(f"GitHub does not take a fresh signature of ours: {reason}")

    async def _credential(self, who: Scope | Voice) -> dict[str, str]:
        match who:
            case Scope():
                return {"oauth_token": await self.tokens.token(who)}
            case Voice.APP:
                return {"jwt": self._signature.sign()}
            case Voice.NOBODY:
                return {}


async def settle(act: Callable[[], Awaitable[T]], look: Callable[[], Awaitable[T | None]] | None = None) -> T:
    """Act; where the answer was lost, look whether it was done before acting again, and adopt what is found."""
    attempts = stamina.retry_context(on=Lost, attempts=4, timeout=45, wait_initial=0.2, wait_max=5, wait_jitter=0.5)
    try:
        async for attempt in attempts:
            with attempt:
                if look is not None and attempt.num > 1 and (found := await look()) is not None:
                    return found
                return await act()
    except Lost as lost:
        raise Transient(f"GitHub did not answer: {lost}") from lost
    raise AssertionError("stamina ends by returning or raising")
