"""Deliveries a second at each door, and how long one waits at ours."""

import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from io import FileIO
from pathlib import Path

from bench.figures import Bar, Report, Rounds, Sizes, Spread, at_least, at_most, in_turn, ratio
from bench.ingest import doors
from bench.ingest.doors import OURS, PROBOT, UNSTORED
from bench.ingest.load import Answered, Burst, send, steadily
from bench.ingest.payload import REPOSITORIES
from bench.places import disk
from bot.demo.stage import Process, eventually

ABOUT = """\
`wrk` in a process of its own sends signed deliveries, each under a new id, the merges of {repositories} repositories \
in turn, for {seconds:.0f} s a burst; after one burst to warm up, {rounds} rounds in turn, the doors one after the \
other within each. Ours verifies, writes what is handled to SQLite on a real disk before it answers (every row is \
counted afterwards), and works on it at the same time, with a handler that does nothing; the others keep nothing. \
One `fdatasync` takes {sync:.2f} ms here (median of {syncs}), so over one connection nobody could keep more than \
{most:,.0f} merges a second. Deliveries a second and ratios are medians; p50 and p99 are ours, in ms. Last row: merges \
of 25 KB at a constant {rate} a second, each counted from when it was due."""
HEADER = ("load", OURS, UNSTORED, PROBOT, "ours / aiohttp", "ours / Probot", "p50 ms", "p99 ms")
RATE = 100
SYNCS = 50
DRAINED = 300.0
MS = 1000


@dataclass(frozen=True, slots=True)
class Race:
    """Doors, and what came of the bursts."""

    place: Path
    running: Mapping[str, Process]
    seconds: float
    answered: dict[tuple[str, str], list[Answered]] = field(default_factory=dict)
    """By door and burst."""

    def burst(self, name: str, burst: Burst) -> float:
        """Return the seconds one delivery took; ours is given time to work off what it took in."""
        told = send(self.running[name].url, burst, self.seconds, self.place)
        self.answered.setdefault((name, burst.name), []).append(told)
        if name == OURS:
            kept, wanted = doors.rows(self.place, told.prefix), told.requests // burst.every
            on_their_way = burst.connections
            assert wanted - (burst.every > 1) * on_their_way <= kept <= wanted + on_their_way, (
                f"{kept} rows, not {wanted}"
            )
            self.drain()
        return told.seconds / told.requests

    def drain(self) -> None:
        """Wait until ours has nothing left to do."""
        eventually(lambda: doors.unfinished(self.place) == 0, "an empty inbox", within=DRAINED)


def measure(sizes: Sizes) -> Report:
    """Measure the doors."""
    if shutil.which("wrk") is None:
        raise SystemExit("The load comes from wrk, which is not here: apt-get install wrk")
    with disk() as place, doors.opened(place) as running:
        sync = _sync(place)
        race = Race(place, running, sizes.burst)
        bursts = [Burst(size, many, every) for size in sizes.bodies for many in (1, 32) for every in (10, 1)]
        for door in running.values():
            send(door.url, Burst(sizes.bodies[0], 32, 10), sizes.burst, place)  # until it is warm, node is slow
        race.drain()
        ways = {f"{name} {burst.name}": partial(race.burst, name, burst) for burst in bursts for name in running}
        rounds = in_turn(sizes.bursts, ways)
        waits = sorted(steadily(running[OURS].url, RATE, sizes.steady))
        race.drain()
        rows = [*(_row(burst, race, rounds) for burst in bursts), _steady_row(waits)]
        about = ABOUT.format(
            repositories=REPOSITORIES,
            seconds=sizes.burst,
            rounds=sizes.bursts,
            rate=RATE,
            sync=sync * MS,
            syncs=SYNCS,
            most=1 / sync,
        )
        late = at_most(f"p99 at {RATE} merges a second", 50, _percentile(waits, 99) * MS, " ms")
        return Report("Deliveries taken in", about, HEADER, rows, [*_bars(rounds, bursts), late])


def _sync(place: Path) -> float:
    """Return the seconds the disk takes to keep a page."""
    with (place / "page").open("wb", buffering=0) as file:
        return Spread.of(_kept(file) for _ in range(SYNCS)).middle


def _kept(file: FileIO) -> float:
    file.write(bytes(4096))
    began = time.monotonic()
    os.fdatasync(file)
    return time.monotonic() - began


def _percentile(waits: Sequence[float], wanted: int) -> float:
    return waits[min(len(waits) - 1, len(waits) * wanted // 100)]


def _steady_row(waits: Sequence[float]) -> list[str]:
    shown = (f"{_percentile(waits, each) * MS:.1f}" for each in (50, 99))
    return [f"25 KB, {RATE} merges a second", "", "", "", "", "", *shown]


def _row(burst: Burst, race: Race, rounds: Rounds) -> list[str]:
    rates = [_rate(rounds.get(f"{name} {burst.name}")) for name in (OURS, UNSTORED, PROBOT)]
    ratios = [_ratio(rounds, name, burst) for name in (UNSTORED, PROBOT)]
    ours = race.answered[OURS, burst.name]
    waits = (Spread.of(getattr(each, point) for each in ours) for point in ("p50", "p99"))
    shown = [each.show(digits=2) if each else "" for each in ratios]
    return [burst.name, *rates, *shown, *(f"{each.middle * MS:.1f}" for each in waits)]


def _rate(seconds: Sequence[float] | None) -> str:
    return f"{1 / Spread.of(seconds).middle:,.0f}" if seconds else "-"


def _ratio(rounds: Rounds, name: str, burst: Burst) -> Spread | None:
    """Return how many times another door's rate ours is; None without that door."""
    other = rounds.get(f"{name} {burst.name}")
    return ratio(other, rounds[f"{OURS} {burst.name}"]) if other else None


def _bars(rounds: Rounds, bursts: Sequence[Burst]) -> Iterator[Bar]:
    for burst in bursts:
        wanted = 0.4 if burst.every == 1 else 1.0
        if found := _ratio(rounds, PROBOT, burst):
            yield at_least(f"ours / Probot, {burst.name}", wanted, found)
