"""Load from a process of its own: wrk for as much as goes, and a constant rate for what GitHub's clock would see."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from bench.ingest.payload import merges, payload

SCRIPT = Path(__file__).with_name("load.lua")
_bursts = count(1)


@dataclass(frozen=True, slots=True)
class Burst:
    """What is sent, and how."""

    size: int
    """Bytes of each body."""
    connections: int
    every: int
    """One in so many is handled."""

    @property
    def name(self) -> str:
        """How tables call it."""
        mix = "all handled" if self.every == 1 else f"1 in {self.every} handled"
        return f"{self.size // 1000} KB, {self.connections} connections, {mix}"


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a burst."""

    prefix: str
    """What the ids of its deliveries begin with."""
    requests: int
    seconds: float
    p50: float
    p99: float
    """Seconds."""

    @property
    def handled(self) -> str:
        """Nothing but the rate."""
        return f"{self.requests / self.seconds:,.0f}"


def send(url: str, burst: Burst, seconds: float, place: Path) -> Answered:
    """Send as much as is answered in that time; every answer must be a good one."""
    prefix = f"burst-{next(_bursts)}"
    bodies = {"MERGE": merges(burst.size), "OTHER": (payload("assigned", burst.size),)}
    environment = {**os.environ, "EVERY": str(burst.every), "PREFIX": prefix}
    for name, each in bodies.items():
        for number, one in enumerate(each):
            (place / f"{name}-{number}").write_bytes(one.body)
        environment |= {name: str(place / name), f"{name}_SIGNATURES": " ".join(one.signature for one in each)}
    command = [
        "wrk",
        "-t1",
        f"-c{burst.connections}",
        f"-d{max(1, round(seconds))}s",
        "--timeout",
        "10s",
        "-s",
        str(SCRIPT),
        url,
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603 - our own words
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["failed"] == 0, f"{told['failed']} of {told['requests']} deliveries were not taken: {done.stdout}"
    return Answered(prefix, told["requests"], told["micros"] / 1e6, told["p50"] / 1e6, told["p99"] / 1e6)


def steadily(url: str, rate: int, seconds: float) -> list[float]:
    """Send merges at a constant rate; return how long each answer took, counted from when it was due, in seconds."""
    command = [sys.executable, "-m", "bench.ingest.steady", url, str(rate), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own words
    return [float(line) for line in done.stdout.split()]
