"""`make soak`: the storm in its long form, a hundred kills over three hundred merges; `--help` tells how to vary it."""

import random
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bot.demo.stage import Process, Stage, eventually
from tests.e2e.backstage import idle, inbox
from tests.e2e.shop import planted
from tests.e2e.storm import Storm

SWEEP = "5"
"""Seconds; what GitHub could not deliver to a dead bot is asked back that often."""

SETTLING = 400
"""Seconds; the bot writes no more than eighty times a minute in one installation, however much there is to catch up."""


@click.command()
@click.option("--merges", default=300, show_default=True)
@click.option("--kills", default=100, show_default=True)
@click.option("--repositories", default=6, show_default=True)
@click.option("--seed", default=lambda: time.time_ns() % 2**32, type=int, help="To have the same storm again.")
@click.option("--database", default="", help="A postgresql:// address; a SQLite file without.")
def main(merges: int, kills: int, repositories: int, seed: int, database: str) -> None:
    """Kill the bot again and again while changes are merged, and count what came of it."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that no process outlives us
    console = Console()
    console.print(f"seed {seed}")
    with tempfile.TemporaryDirectory(prefix="tierkeeper-soak-") as folder, ExitStack() as stack:
        stage = Stage.build(Path(folder))
        stack.callback(stage.sandbox.stop)
        shops = [stack.enter_context(planted(stage, f"fleet-{number}/config")) for number in range(repositories)]
        storm = Storm(shops, random.Random(seed))  # noqa: S311 - a storm to be had again
        bot = stage.bot(SWEEP_INTERVAL=SWEEP, DATABASE_URL=database)
        stack.callback(bot.kill)
        damage = weather(storm, bot, console, merges=merges, kills=kills)
    for line in damage:
        console.print(line, style="red", markup=False)
    sys.exit(1 if damage else 0)


def weather(storm: Storm, bot: Process, console: Console, *, merges: int, kills: int) -> list[str]:
    """Let the storm blow and settle, and print a table; return every promise that was not kept."""
    began = time.monotonic()
    storm.blow(bot, merges=merges, kills=kills)
    blown = time.monotonic()
    bot.start()
    late = settled(storm, bot)
    calm = time.monotonic()
    late += [] if bot.stop() == 0 else ["the bot did not stop as it should"]
    late += [f"failed: {one['delivery']}: {one['error'][-300:]}" for one in inbox(bot, "failed")]
    late += [f"unfinished: {one['delivery']}" for one in (*inbox(bot, "waiting"), *inbox(bot, "running"))]
    damage = [*late, *storm.damage()]
    rows = {
        "merges": sum(map(len, storm.merged.values())),
        "repositories": len(storm.shops),
        "kill -9": len(storm.lives),
        "shortest life, s": f"{min(storm.lives):.2f}",
        "longest life, s": f"{max(storm.lives):.2f}",
        "storm, s": f"{blown - began:.0f}",
        "until all was settled, s": f"{calm - blown:.0f}",
        "promises broken": len(damage),
    }
    console.print(tabled(rows))
    return damage


def settled(storm: Storm, bot: Process) -> list[str]:
    """Wait until every promise is kept and the bot has nothing left to do; return what took too long."""
    try:
        storm.settle(within=SETTLING)
        eventually(lambda: idle(bot), "an idle bot", within=SETTLING)
    except TimeoutError as late:
        return [str(late)]
    return []


def tabled(rows: Mapping[str, object]) -> Table:
    """Return rows as a table."""
    table = Table("what", "count", title="the storm")
    for what, count in rows.items():
        table.add_row(what, str(count))
    return table


if __name__ == "__main__":
    main()
