"""The demo: a GitHub on this machine, the bot beside it, and a person who merges pull requests.

Both are processes of their own, so that a visitor can kill the bot: it is started again, as a cluster would.
"""

import fcntl
import shutil
import signal
import threading
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
"""The file that says a folder is ours to empty; a demo that plays there holds a lock on it."""


class Occupied(Exception):
    """A folder is not to be emptied; the text says why, and what to do."""


def run(folder: Path, *, once: bool) -> int:
    """Play the demo with its state in the folder; return the exit status: 2 if that folder is not to be emptied.

    `once` ends by itself: 0 only if everything promised came about. Otherwise both stay up until Ctrl+C.
    """
    console = Console()
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)
    try:
        with _emptied(folder), _playing(folder) as (stage, bot), _kept_alive(bot):
            where = f"GitHub (a sandbox): {stage.url}/{REPO}\nthe bot: {bot.address('/readyz')}"
            console.print(where, highlight=False)
            Story(bot, stage.person(), console).tell()
            if not once:
                _stay(stage, bot, console)
    except Occupied as why:
        console.print(str(why), soft_wrap=True, markup=False, highlight=False)
        return 2
    except Disappointed as no:
        console.print(f"Not as promised: {no}. The bot's log is {folder / 'bot.log'}.", style="red", markup=False)
        return 1
    except KeyboardInterrupt:
        console.print("\nStopped.")
    return 0


@contextmanager
def _emptied(folder: Path) -> Iterator[None]:
    """Hold the folder, with nothing in it; Occupied if anything would be lost, or another demo plays there."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / MARK).is_file() and any(folder.iterdir()):
        raise Occupied(f"{folder} holds what no demo made: choose a --folder that is new or empty.")
    with (folder / MARK).open("a") as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Occupied(f"A demo plays in {folder}: end it with Ctrl+C, or choose another --folder.") from None
        for each in folder.iterdir():
            if each.is_dir() and not each.is_symlink():
                shutil.rmtree(each)
            elif each.name != MARK:
                each.unlink()
        yield


@contextmanager
def _playing(folder: Path) -> Iterator[tuple[Stage, Process]]:
    """Start the sandbox and a bot in the folder; neither outlives the block."""
    stage = Stage.build(folder)
    bot = stage.bot(LOG_FORMAT="console")
    try:
        bot.start()
        yield stage, bot
    finally:
        with suppress(KeyboardInterrupt):
            bot.stop()
            stage.sandbox.stop()


@contextmanager
def _kept_alive(bot: Process) -> Iterator[None]:
    """Start the bot again whenever it dies, until the end of the block."""
    over = threading.Event()

    def keep() -> None:
        while not over.wait(0.5):
            if not bot.alive():
                bot.launch()

    keeper = threading.Thread(target=keep)
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _stay(stage: Stage, bot: Process, console: Console) -> None:
    """Leave both running for the visitor."""
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
        time.sleep(0.5)
