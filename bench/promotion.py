"""A merge's webhook to the open promotion pull request: the whole bot, with all its requests to GitHub and to git."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.figures import Bar, Report, Sizes, Spread, at_most
from bench.gitserver import Taken
from bench.history import TARGET
from bench.places import folder, kind
from bench.replay import again
from bench.scene import Event, Scene, playing
from bench.tap import busy
from bot.demo.stage import Person

ABOUT = """\
The bot's own process beside the sandbox on loopback, everything on {place}; from the arrival of the webhook to the \
answer that the promotion pull request is open. *Warm*: with a mirror; *cold*: its mirror removed just before; \
*waiting*: the part of warm in which at least one request to the API or to git was on its way; *own*: the rest, the \
bot's and its git processes' own time; *floor*: the same requests sent again by a bare client, one after the other. \
{rounds} rounds in turn; median (smallest-largest)."""
HEADER = ("files", "warm ms", "waiting ms", "own ms", "floor ms", "cold ms", "API requests", "git requests")
MS = 1000


@dataclass(frozen=True, slots=True)
class Seen:
    """What was measured on one repository, round by round."""

    files: int
    kim: Person
    warm: list[Event] = field(default_factory=list)
    cold: list[Event] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)


def measure(sizes: Sizes) -> Report:
    """Measure whole promotions."""
    with folder() as place, playing(place / "stage") as scene:
        plots = [Seen(files, scene.plant(f"acme/files-{files}", files)) for files in sizes.files[:2]]
        for seen in plots:
            scene.event(seen.kim)
        for _ in range(sizes.rounds):
            for seen in plots:
                _one_round(scene, seen)
        about = ABOUT.format(place=kind(place), rounds=sizes.rounds)
        rows = [_row(seen) for seen in plots]
        bars: Sequence[Bar] = [
            at_most(f"the bot's own time, {seen.files:,} files", 60, _own(seen).middle * MS, " ms") for seen in plots
        ]
        return Report("From a merge to its promotion pull request: all of it", about, HEADER, rows, bars)


def _one_round(scene: Scene, seen: Seen) -> None:
    scene.event(seen.kim)
    seen.warm.append(scene.event(seen.kim))
    seen.floor.append(_replay(scene, seen.warm[-1], seen.kim))
    seen.cold.append(_without_mirror(scene, seen.kim))


def _without_mirror(scene: Scene, kim: Person) -> Event:
    """Let a change be promoted by a bot whose disk was lost just before."""
    number = scene.propose(kim)
    scene.settle()
    for mirror in (scene.stage.folder / "bot" / "mirrors").iterdir():
        shutil.rmtree(mirror)
    return scene.promote(kim, number)


def _replay(scene: Scene, event: Event, kim: Person) -> float:
    """Take the promotion away and let a bare client bring it about again, unseen by the bot."""
    scene.tap.passes = False
    gone = f"/repos/{kim.repo}/git/refs/heads/promote/{TARGET}/{event.number}"
    kim.api.delete(gone).raise_for_status()
    scene.stage.quiet()
    taken = [Taken(each.method, each.path, each.headers, each.body, 0, 0, 0) for each in event.requests]
    seconds = again(scene.stage.url, taken)
    scene.stage.quiet()
    scene.tap.passes = True
    return seconds


def _waiting(seen: Seen) -> Spread:
    return Spread.of(busy(each.requests, each.began, each.ended) for each in seen.warm)


def _own(seen: Seen) -> Spread:
    return Spread.of(each.ended - each.began - busy(each.requests, each.began, each.ended) for each in seen.warm)


def _row(seen: Seen) -> list[str]:
    warm, cold = (Spread.of(each.ended - each.began for each in way) for way in (seen.warm, seen.cold))
    times = [warm, _waiting(seen), _own(seen), Spread.of(seen.floor), cold]
    kinds = [[each.kind for each in event.requests] for event in seen.warm]
    counts = [f"{Spread.of(each.count(kind) for each in kinds).middle:.0f}" for kind in ("api", "git")]
    return [f"{seen.files:,}", *(each.show(scale=MS) for each in times), *counts]
