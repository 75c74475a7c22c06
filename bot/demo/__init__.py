"""The demo: a GitHub on this machine, the bot beside it, and a person who merges pull requests.

Both are processes of their own, so that a visitor can kill the bot: it is started again, as a cluster would.
"""

import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from rich.console import Console

from bot.demo.stage import Process, Stage
from bot.demo.story import Disappointed, Story

REPO = "acme/shop-config"
MARK = ".tierkeeper-demo"
"""The file that says a folder is ours to empty."""


def run(folder: Path, *, once: bool) -> int:
    """Play the demo with its state in the folder; return the exit status: 2 if that folder is somebody else's.

    `once` ends by itself: 0 only if everything promised came about. Otherwise both stay up until Ctrl+C.
    """
    console = Console()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if not _is_ours(folder):
        console.print(f"{folder} holds what no demo made: choose a --folder that is new or empty.", soft_wrap=True)
        return 2
    try:
        with _playing(folder) as (stage, bot):
            where = f"GitHub (a sandbox): {stage.url}/{REPO}\nthe bot: {bot.address('/readyz')}"
            console.print(where, highlight=False)
            Story(bot, stage.person(), console).tell()
            if not once:
                _stay(stage, bot, console)
    except Disappointed as no:
        console.print(f"Not as promised: {no}. The bot's log is {folder / 'bot.log'}.", style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        console.print("\nStopped.")
    return 0


def _is_ours(folder: Path) -> bool:
    """Say whether nothing is lost that another made when the folder is emptied."""
    return not folder.exists() or (folder / MARK).is_file() or not any(folder.iterdir())


@contextmanager
def _playing(folder: Path) -> Iterator[tuple[Stage, Process]]:
    """Empty the folder, and start the sandbox and a bot in it; neither outlives the block."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()
    stage = Stage.build(folder)
    bot = stage.bot(LOG_FORMAT="console")
    try:
        bot.start()
        yield stage, bot
    finally:
        with suppress(KeyboardInterrupt):
            bot.stop()
            stage.sandbox.stop()


def _stay(stage: Stage, bot: Process, console: Console) -> None:
    """Leave both running for the visitor, and start the bot again whenever it dies."""
    kim = stage.person()
    own, draft = kim.pull("worker: v1.2.0 in Oregon"), kim.pull("[conflict] [tier-1] api: log more")
    remote = f"{stage.url}/{REPO}.git".replace("://", f"://kim:{stage.known()['people']['kim']}@")
    say = partial(console.print, highlight=False, markup=False, soft_wrap=True)
    console.print("\n[bold]Your turn[/bold]")
    if own and draft:
        say(f"  Open {own['html_url']} and press Merge: its promotion appears beside it.")
        say(f"  Settle the conflict: {draft['html_url']} has the commands, for a clone like")
        say(f"    git clone {remote}")
    told = 0
    while True:
        if bot.child and bot.child.pid != told:
            told = bot.child.pid
            say(f"  Kill the bot whenever you like: kill -9 {told}")
        if not bot.alive():
            bot.start()
        time.sleep(0.5)
