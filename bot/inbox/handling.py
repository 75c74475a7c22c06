"""One delivery meets its handlers, each on its own, whatever it raises: hence the `except Exception`.

A handler that raises Transient, takes too long, or lacks what this machine has run out of, is tried again later, with
growing pauses that are spent outside the repository's turn: an outage of one thing must not keep the others from their
work. Refused is an answer, not an error. Anything else is a bug; it is kept with the delivery, which then counts as
failed and can be replayed.

A handler marked as one that runs aside comes after the others, in a turn beside the repository's own, so that the next
delivery need not wait for it.
"""

import asyncio
import errno
import json
import random
import time
import traceback
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import stamina
import structlog
from gidgethub.sansio import Event

from bot.aside import is_aside
from bot.core.model import Delivery, Refused, Transient, Unavailable
from bot.observe import HANDLED, WAITED, redact
from bot.world import Store, World

Handler = Callable[[Event, World], Awaitable[None]]
Fetch = Callable[[Event], Collection[Handler]]
"""Which handlers an event is for: `gidgethub.routing.Router.fetch`."""

log = structlog.get_logger()

SCARCE = frozenset((errno.ENOSPC, errno.EDQUOT, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.EAGAIN))
"""What there is too little of for a while: room on a disk, memory, open files, processes."""
ERROR_LIMIT = 8000
"""Characters kept of a traceback; its end says most."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a handler may take, and how often it is tried again; times in seconds."""

    deadline: float = 600
    attempts: int = 8
    first_pause: float = 5
    longest_pause: float = 120
    longest_wish: float = 3600
    """The longest that the outside may ask us to wait; GitHub's rate limit starts afresh every hour."""


class Failed(Exception):
    """Handlers of a delivery ended in errors; the text tells which, and how."""


@dataclass(slots=True)
class Run:
    """One delivery, on its way through its handlers."""

    delivery_id: str
    store: Store
    fetch: Fetch
    world: World
    patience: Patience
    turn: str = ""
    """The turn it holds or waits for, or did before it paused; empty until the delivery is read."""
    pausing: bool = False
    aside: bool = False
    """Whether it is, or waits to be, in the turn beside the repository's own; it counts as pausing then."""
    through: set[str] = field(default_factory=set)
    """Handlers that are done with it, well or not."""
    errors: list[str] = field(default_factory=list)

    async def to_its_end(self) -> None:
        """Try until every handler is through or patience is at its end; raises Failed if there were errors."""
        patience = self.patience
        with structlog.contextvars.bound_contextvars(delivery=self.delivery_id):
            try:
                async for attempt in stamina.retry_context(
                    on=self._pause,
                    attempts=patience.attempts,
                    timeout=None,
                    wait_initial=patience.first_pause,
                    wait_max=patience.longest_pause,
                    wait_jitter=patience.first_pause,
                ):
                    with attempt:
                        await self._attempt()
            except (Transient, Unavailable) as problem:
                log.warning("delivery given up", reason=str(problem), attempts=patience.attempts)
                self.errors.append(f"given up after {patience.attempts} attempts: {problem}")
            if self.errors:
                raise Failed(_bounded("\n\n".join(self.errors)))

    def _pause(self, problem: Exception) -> bool | float:
        """Return whether to try again, or the seconds after which the outside wished us to."""
        if isinstance(problem, Transient) and problem.retry_after is not None:
            spread = random.uniform(0, self.patience.first_pause)  # noqa: S311 - keeps many from coming back at once
            return min(problem.retry_after, self.patience.longest_wish) + spread
        return isinstance(problem, Transient | Unavailable)

    async def _attempt(self) -> None:
        """Give each handler that is not through a chance; raises Transient where one asks for another."""
        delivery = await self.store.delivery(self.delivery_id)
        if delivery is None:
            return
        late: list[Transient | Unavailable] = []
        self.turn, self.pausing = delivery.turn, False
        with structlog.contextvars.bound_contextvars(event_name=delivery.event, repository=delivery.repository):
            event, handlers = self._wanted(delivery, late)
            try:
                await self._call_all(event, [one for one in handlers if not is_aside(one)], late)
            finally:
                self.pausing = True
            self.aside = True
            try:
                await self._call_all(event, [one for one in handlers if is_aside(one)], late)
            finally:
                self.aside = False
        if late:
            raise max(late, key=lambda problem: getattr(problem, "retry_after", None) or 0)

    def _wanted(self, delivery: Delivery, late: list[Transient | Unavailable]) -> tuple[Event, list[Handler]]:
        """Return the event, and the handlers that are not through with it, in a fixed order."""
        event, handlers = Event({}, event="", delivery_id=delivery.id), list[Handler]()
        with self._apart("routing", late):
            event = Event(json.loads(delivery.body), event=delivery.event, delivery_id=delivery.id)
            handlers = sorted(self.fetch(event), key=_name)
        return event, [one for one in handlers if _name(one) not in self.through]

    async def _call_all(self, event: Event, handlers: list[Handler], late: list[Transient | Unavailable]) -> None:
        """Call handlers of one kind in their turn."""
        if not handlers:
            return
        since = time.monotonic()
        async with self.store.turn(self.turn, aside=is_aside(handlers[0])):
            WAITED.observe(time.monotonic() - since)
            for handler in handlers:
                with self._apart(_name(handler), late):
                    await self._call(handler, event)

    async def _call(self, handler: Handler, event: Event) -> None:
        """Give a handler its time; that it takes longer says more about the outside than about the handler."""
        try:
            async with asyncio.timeout(self.patience.deadline) as deadline:
                await handler(event, self.world)
        except TimeoutError as late:
            if not deadline.expired():
                raise
            raise Transient(f"{_name(handler)} took more than {self.patience.deadline:g} s") from late
        except OSError as lack:
            if lack.errno not in SCARCE:
                raise
            raise Transient(f"this machine has too little of something: {lack.strerror}") from lack

    @contextmanager
    def _apart(self, name: str, late: list[Transient | Unavailable]) -> Iterator[None]:
        """Keep what happens within from what comes after, and remember it."""
        outcome = "done"
        try:
            with structlog.contextvars.bound_contextvars(handler=name):
                yield
        except Refused as no:
            outcome = "refused"
            log.info("refused", handler=name, reason=str(no))
        except (Transient, Unavailable) as problem:
            outcome = "later"
            late.append(problem)
            log.warning("handler comes back later", handler=name, reason=str(problem))
        except Exception as bug:
            outcome = "failed"
            self.errors.append(f"{name}: {_bounded(''.join(traceback.format_exception(bug)))}")
            log.exception("handler failed", handler=name)
        if outcome != "later":
            self.through.add(name)
        HANDLED.labels(name, outcome).inc()


def _name(handler: Handler) -> str:
    return f"{getattr(handler, '__module__', '?')}.{getattr(handler, '__qualname__', repr(handler))}"


def _bounded(text: str) -> str:
    """Return the end of a text as any database takes it, without secrets."""
    clean = redact(text).replace("\0", "�").encode(errors="replace").decode()
    return clean if len(clean) <= ERROR_LIMIT else f"…{clean[-ERROR_LIMIT:]}"
