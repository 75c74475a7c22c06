"""A merged commit brought to the tier above: the bot's way, the way of bots that clone, and the floor."""

import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.figures import Bar, Report, Rounds, Sizes, Spread, at_least, at_most, in_turn, ratio
from bench.gitserver import Taken
from bench.history import History
from bench.places import folder, kind
from bench.repository import BUDGET, Site, token
from bot.demo.stage import Process, free_port
from bot.edge.git import MirrorGit

ABOUT = """\
A commit of the lower tier is cherry-picked onto the upper one and pushed; both tiers move before each event. One \
`git http-backend` on loopback serves all, and everything lies on {place}. *Warm*: the bot with its mirror; *cold*: \
the bot without one yet; *clone*: `git clone`, `checkout`, `cherry-pick -x`, `push`, as backport bots do; *floor*: the \
requests of the warm bot sent again by a bare client. {rounds} rounds in turn; median (smallest-largest)."""
HEADER = ("files", "warm ms", "floor ms", "own ms", "cold ms", "clone ms", "requests", "KB up / down")
MS = 1000


def measure(sizes: Sizes) -> Report:
    """Measure picks."""
    with folder() as place, asyncio.Runner() as runner, _serving(place) as url:
        sites = {count: _site(place, url, count, runner) for count in sizes.files}
        ways = {f"{way} {count}": act for count, site in sites.items() for way, act in _ways(site).items()}
        rounds = in_turn(sizes.rounds, ways)
        for site in sites.values():
            runner.run(site.warm.close())
        rows = [_row(count, site.asked, rounds) for count, site in sites.items()]
        about = ABOUT.format(place=kind(place), rounds=sizes.rounds)
        return Report("From a merge to its promotion branch: git", about, HEADER, rows, _bars(sites, rounds))


@contextmanager
def _serving(place: Path) -> Iterator[str]:
    root, port = place / "served", free_port()
    root.mkdir()
    url = f"http://127.0.0.1:{port}"
    command = (sys.executable, "-m", "bench.gitserver", str(root), str(port))
    server = Process(command, place / "gitserver.log", url, "/_taken")
    server.start()
    try:
        yield url
    finally:
        server.stop()


def _site(place: Path, url: str, files: int, runner: asyncio.Runner) -> Site:
    """Make a repository, and a mirror that has seen it."""
    history = History.create(place / "served" / f"files-{files}.git", files)
    warm = MirrorGit(place / f"state-{files}", token, disk_budget=BUDGET)
    site = Site(place, url, history, warm, runner)
    for _ in range(2):
        site.by_warm_mirror()
        runner.run(warm.settle())
    site.asked.clear()
    return site


def _ways(site: Site) -> dict[str, Callable[[], float]]:
    """Return the ways by name; the floor comes right after what it repeats."""
    return {
        "warm": site.by_warm_mirror,
        "floor": site.by_bare_requests,
        "cold": site.by_cold_mirror,
        "clone": site.by_clone,
    }


def _own(files: int, rounds: Rounds) -> Spread:
    """Return what the bot takes above the floor."""
    return Spread.of(
        warm - floor for warm, floor in zip(rounds[f"warm {files}"], rounds[f"floor {files}"], strict=True)
    )


def _row(files: int, asked: list[list[Taken]], rounds: Rounds) -> list[str]:
    warm, floor, cold, clone = (
        Spread.of(rounds[f"{way} {files}"]).show(scale=MS) for way in ("warm", "floor", "cold", "clone")
    )
    up, down = (Spread.of(sum(getattr(one, way) for one in each) for each in asked) for way in ("up", "down"))
    traffic = f"{up.middle / 1000:.1f} / {down.middle / 1000:.1f}"
    requests = f"{Spread.of(len(each) for each in asked).middle:.0f}"
    return [f"{files:,}", warm, floor, _own(files, rounds).show(scale=MS), cold, clone, requests, traffic]


def _bars(sites: Mapping[int, Site], rounds: Rounds) -> list[Bar]:
    *_, large, largest = sites
    growth = ratio(rounds[f"warm {largest}"], rounds[f"warm {large}"])
    requests = max(len(each) for site in sites.values() for each in site.asked)
    return [
        at_least(f"clone / warm, {large:,} files", 15, ratio(rounds[f"clone {large}"], rounds[f"warm {large}"])),
        Bar(f"warm, {largest:,} files / {large:,} files", "≤ 1.2 ×", growth.show(" ×", digits=2), growth.middle <= 1.2),
        at_most("requests to the git server for a pick", 4, requests, ""),
    ]
