"""What the bot takes of a machine: to start, when idle, after load, and until it acts on the first event."""

import http.client
import os
import time
from pathlib import Path
from urllib.parse import urlsplit

from bench.figures import Report, Sizes, Spread, at_most
from bench.ingest import doors
from bench.ingest.load import Burst, send
from bench.places import disk
from bench.scene import Scene, playing
from bot.demo.stage import Person, Process

ABOUT = """\
The whole bot beside the sandbox, SQLite on disk. *Start*: from the process's start to 200 at /readyz, {rounds} times. \
*First action*: from a merge's webhook, after {pause:.0f} s without any, to the bot's first request to GitHub, \
{rounds} times. *Idle*: the processor time over {idle:.0f} s without events. *After load*: resident memory after \
these promotions, and of the door alone after {burst:.0f} s of merges from 32 connections."""
HEADER = ("what", "figure")
PAUSE = 2.0
MS = 1000


def measure(sizes: Sizes) -> Report:
    """Measure the bot's footprint."""
    with disk() as place, playing(place / "stage") as scene:
        starts = Spread.of(_start(scene.bot) for _ in range(sizes.rounds))
        kim = scene.plant("acme/shop", 200)
        scene.event(kim)
        acts = Spread.of(_first_action(scene, kim) for _ in range(sizes.rounds))
        idle = _processor_share(scene.bot, sizes.idle)
        memory = _megabytes(scene.bot)
    door = _door_after_load(sizes.burst)
    rows = [
        ["start to ready, s", starts.show(digits=2)],
        ["idle event to first action, ms", acts.show(scale=MS)],
        ["idle processor, % of a core", f"{idle * 100:.1f}"],
        ["memory after promotions, MB", f"{memory:.0f}"],
        ["memory of the door after load, MB", f"{door:.0f}"],
    ]
    bars = [
        at_most("start to ready", 2, starts.middle, " s"),
        at_most("idle event to first action", 100, acts.middle * MS, " ms"),
        at_most("idle processor", 2, idle * 100, " %"),
        at_most("memory after load", 120, max(memory, door), " MB"),
    ]
    about = ABOUT.format(rounds=sizes.rounds, pause=PAUSE, idle=sizes.idle, burst=sizes.burst)
    return Report("What it takes of a machine", about, HEADER, rows, bars)


def _start(bot: Process) -> float:
    """Start anew; return the seconds until it is ready."""
    bot.stop()
    began = time.monotonic()
    bot.launch()
    while not _ready(bot):
        assert bot.alive()
        time.sleep(0.01)
    return time.monotonic() - began


def _ready(bot: Process) -> bool:
    connection = http.client.HTTPConnection(urlsplit(bot.url).netloc, timeout=5)
    try:
        connection.request("GET", bot.path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except ConnectionRefusedError:
        return False
    finally:
        connection.close()


def _first_action(scene: Scene, kim: Person) -> float:
    event = scene.event(kim, pause=PAUSE)
    return event.requests[0].began - event.began


def _processor_share(bot: Process, seconds: float) -> float:
    before, began = _processor_seconds(bot), time.monotonic()
    time.sleep(seconds)
    return (_processor_seconds(bot) - before) / (time.monotonic() - began)


def _processor_seconds(bot: Process) -> float:
    """Return the time it used, its own and the kernel's for it; fields 14 and 15 of proc(5)'s stat."""
    fields = _proc(bot, "stat").rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _megabytes(bot: Process) -> float:
    """Return what lies in memory of it."""
    line = next(each for each in _proc(bot, "status").splitlines() if each.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


def _proc(bot: Process, file: str) -> str:
    assert bot.child is not None
    return Path(f"/proc/{bot.child.pid}/{file}").read_text()


def _door_after_load(seconds: float) -> float:
    """Return the megabytes of a door through which a burst went."""
    with disk() as place:
        door = doors.ours(place, doors.database(place))
        door.start()
        try:
            send(door.url, Burst(25_000, 32, 1), seconds, place)
            return _megabytes(door)
        finally:
            door.stop()
