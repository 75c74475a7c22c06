"""Measuring: ways side by side, in turn, so that a slow minute of the machine is slow for each of them.

A single time says more about the machine than about the program. What is claimed is therefore a ratio of two ways
within one round, and its median over the rounds; the smallest and the largest are shown beside it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

Rounds = dict[str, list[float]]
"""What each way took, in seconds, round by round."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Some figures' median, smallest and largest."""

    middle: float
    least: float
    most: float

    @classmethod
    def of(cls, figures: Iterable[float]) -> "Spread":
        """Sum figures up; there must be one at least."""
        known = sorted(figures)
        return cls(median(known), known[0], known[-1])

    def show(self, unit: str = "", *, scale: float = 1, digits: int = 0) -> str:
        """Write it as `median (smallest-largest)`."""
        middle, least, most = (f"{each * scale:,.{digits}f}" for each in (self.middle, self.least, self.most))
        return f"{middle}{unit} ({least}-{most})"


@dataclass(frozen=True, slots=True)
class Bar:
    """A promise, and what became of it."""

    what: str
    wanted: str
    seen: str
    met: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What one bench has to say."""

    title: str
    about: str
    """How it was measured."""
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    bars: Sequence[Bar] = ()


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    rounds: int
    files: tuple[int, ...]
    """Of the repositories picks are measured on, smallest first; the last two are held against each other."""
    bursts: int
    """Rounds of bursts of deliveries."""
    burst: float
    """Seconds of one."""
    bodies: tuple[int, ...]
    """Bytes of a delivery."""
    steady: float
    """Seconds of deliveries at a constant rate."""
    backlog: tuple[int, int]
    """Merges, and the repositories they lie in."""
    idle: float
    """Seconds over which an idle process is watched."""
    overlays: int
    """Of the repository that is rendered."""


FULL = Sizes(
    rounds=5,
    files=(200, 50_000, 100_000),
    bursts=3,
    burst=2,
    bodies=(25_000, 200_000),
    steady=20,
    backlog=(1000, 50),
    idle=30,
    overlays=200,
)
QUICK = Sizes(
    rounds=1,
    files=(200, 1_000, 2_000),
    bursts=1,
    burst=1,
    bodies=(25_000,),
    steady=2,
    backlog=(30, 6),
    idle=2,
    overlays=10,
)


def in_turn(count: int, ways: Mapping[str, Callable[[], float]]) -> Rounds:
    """Let each way say what it took, one after the other, as many rounds as wished."""
    taken: Rounds = {name: [] for name in ways}
    for _ in range(count):
        for name, way in ways.items():
            taken[name].append(way())
    return taken


def ratio(slow: Sequence[float], fast: Sequence[float]) -> Spread:
    """Return how many times the one is the other, by rounds."""
    return Spread.of(one / other for one, other in zip(slow, fast, strict=True))


def at_least(what: str, wanted: float, seen: Spread) -> Bar:
    """Return a promise that a ratio reaches a value."""
    return Bar(what, f"≥ {wanted:g} ×", seen.show(" ×", digits=2), seen.middle >= wanted)


def at_most(what: str, wanted: float, seen: float, unit: str) -> Bar:
    """Return a promise that a figure stays within a value."""
    digits = 0 if seen >= 10 else 2
    return Bar(what, f"≤ {wanted:g}{unit}", f"{seen:,.{digits}f}{unit}", seen <= wanted)
