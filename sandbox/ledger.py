"""The ledger: who asked what of the API and of git, so that a test can count."""

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime

KEPT = 200_000
HOUR = 3600


@dataclass(frozen=True, slots=True)
class Entry:
    """One request."""

    mark: int
    who: str
    """`installation/12`, `app/3`, `user/kim` or `anonymous`."""
    endpoint: str
    """Method and template, such as `GET /repos/{owner}/{repo}/pulls`, or `git-receive-pack`."""
    path: str
    status: int


@dataclass(slots=True)
class Ledger:
    """The last requests, each with a mark that only grows."""

    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=KEPT))
    mark: int = 0
    hours: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Requests used by each caller, and when its hour ends."""

    def note(self, who: str, endpoint: str, path: str, status: int) -> None:
        """Remember a request."""
        self.mark += 1
        self.entries.append(Entry(self.mark, who, endpoint, path, status))

    def since(self, mark: int) -> dict[str, object]:
        """Count the requests after a mark, by who asked and what."""
        wanted = [entry for entry in self.entries if entry.mark > mark]
        counts = Counter((entry.who, entry.endpoint, entry.status) for entry in wanted)
        calls = [
            {"who": who, "endpoint": endpoint, "status": status, "count": count}
            for (who, endpoint, status), count in sorted(counts.items())
        ]
        return {"mark": self.mark, "total": len(wanted), "calls": calls}

    def spend(self, who: str, now: datetime, *, free: bool) -> tuple[int, int]:
        """Take one request from a caller's hour; return how many are used and when, in epoch seconds, the hour ends."""
        used, reset = self.hours.get(who, (0, 0))
        if reset <= now.timestamp():
            used, reset = 0, int(now.timestamp()) + HOUR
        used += 0 if free else 1
        self.hours[who] = (used, reset)
        return used, reset
