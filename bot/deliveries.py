"""`tierkeeper deliveries`: a look into the inbox, and a second chance for what failed."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar, get_args

import click

from bot import settings
from bot.core.model import Kept, Standing, Unavailable
from bot.world import Store

T = TypeVar("T")

LINE = 1000
"""Columns: a delivery is one line however narrow the terminal, so that its id can be copied, and grep finds it."""


@click.group()
def deliveries() -> None:
    """Look into the inbox: the one in STATE_DIR, or in DATABASE_URL."""


@deliveries.command("list")
@click.option("--standing", type=click.Choice(get_args(Standing)), help="Only those that got this far.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_deliveries(limit: int, standing: Standing | None, *, as_json: bool) -> None:
    """Show deliveries, newest first."""
    found = _with_store(lambda store: store.latest(limit, standing=standing))
    if as_json:
        for kept in found:
            click.echo(json.dumps(_facts(kept)))
    else:
        _tabulate(found)


def _tabulate(found: Sequence[Kept]) -> None:
    from rich.console import Console  # noqa: PLC0415 - the server, which shares this command line, must not load it
    from rich.table import Table  # noqa: PLC0415

    table = Table("delivery", "received", "event", "repository", "standing", box=None, pad_edge=False)
    for kept in found:
        one = kept.delivery
        event = f"{one.event}.{one.action}" if one.action else one.event
        table.add_row(one.id, f"{one.received_at:%Y-%m-%d %H:%M:%S}", event, one.repository, kept.standing)
    Console(width=LINE).print(table)


@deliveries.command()
@click.argument("delivery")
def show(delivery: str) -> None:
    """Show one DELIVERY: how far it got, its error, and its payload."""
    kept = _with_store(lambda store: store.kept(delivery))
    if kept is None:
        raise click.ClickException(f"there is no delivery {delivery}")
    for name, value in _facts(kept).items():
        click.echo(f"{name}: {value}")
    click.echo(json.dumps(json.loads(kept.delivery.body), indent=2))


@deliveries.command()
@click.argument("delivery")
def replay(delivery: str) -> None:
    """Run a DELIVERY again from its start; what it did before is found, not done twice."""

    async def again(store: Store) -> bool:
        if await store.delivery(delivery) is None:
            return False
        await store.again(delivery)
        return True

    if not _with_store(again):
        raise click.ClickException(f"there is no delivery {delivery}")
    click.echo(f"{delivery} runs again as soon as a bot is there to run it")


def _facts(kept: Kept) -> dict[str, str]:
    one = kept.delivery
    facts = {"delivery": one.id, "received": one.received_at.isoformat(), "event": one.event, "action": one.action}
    return {**facts, "repository": one.repository, "standing": kept.standing, "error": kept.error}


def _with_store(act: Callable[[Store], Awaitable[T]]) -> T:
    """Do something with the inbox's database, whether a bot runs on it or not."""
    from bot.edge.store import DurableStore  # noqa: PLC0415 - a second that --help need not take

    async def within() -> T:
        store = DurableStore(_existing(settings.database_url()))
        try:
            await store.open()
            return await act(store)
        finally:
            await store.close()

    try:
        return asyncio.run(within())
    except (settings.SettingsError, Unavailable) as problem:
        click.echo(str(problem), err=True)
        sys.exit(2)


def _existing(url: str) -> str:
    """Return the URL of a database that a bot has made, or that a server may have; to look is not to make one."""
    file = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:") and not file.is_file():
        raise Unavailable(f"there is no inbox at {file}: set STATE_DIR, or DATABASE_URL, as the bot has it")
    return url
