"""Faults to order: what GitHub does on a bad day, so that a test can have one on purpose."""

import re
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "status", "delay", "after", "reset", "reset-after", "primary", "secondary",
    "drop-webhook", "duplicate-webhook", "delay-webhook",
]  # fmt: skip
"""`status` answers instead of working, `after` once the work is done; `reset` hangs up before, `reset-after` after it.
`primary` and `secondary` are the two rate limits. The webhook kinds match the event's name as path."""


@dataclass(slots=True)
class Fault:
    """What to do to the next `times` requests that match."""

    kind: Kind
    method: str = ".*"
    path: str = ".*"
    """A regular expression that must be found in the path with its query, or in `event.action` of a webhook."""
    times: int = 1
    status: int = 502
    seconds: float = 0.0
    """How long to delay, or the `retry-after` of a limit; 0 with a secondary limit sends no such header."""
    message: str = "Server Error"

    def __post_init__(self) -> None:
        re.compile(self.method)
        re.compile(self.path)

    def matches(self, method: str, path: str) -> bool:
        """Say whether it is meant for this request."""
        return self.times > 0 and bool(re.fullmatch(self.method, method)) and bool(re.search(self.path, path))


@dataclass(slots=True)
class Faults:
    """All that still waits to go wrong."""

    waiting: list[Fault] = field(default_factory=list)

    def take(self, method: str, path: str) -> Fault | None:
        """Return the first fault for a request, used up by one; webhook kinds are asked for with method WEBHOOK."""
        for fault in self.waiting:
            if fault.kind.endswith("-webhook") == (method == "WEBHOOK") and fault.matches(method, path):
                fault.times -= 1
                self.waiting = [left for left in self.waiting if left.times > 0]
                return fault
        return None
