"""`python -m sandbox --port 8080 --data var/sandbox` starts a GitHub; an empty one is seeded for the demo."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import click
import msgspec

from sandbox import demo_seed, server
from sandbox.hub import Exchange


@click.command()
@click.option("--port", default=8080, show_default=True, help="Loopback port; 0 takes any.")
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Where state is kept.")
@click.option("--webhook", default="", help="Where the demo's App wants its webhooks.")
@click.option("--record", type=click.Path(path_type=Path), help="Write each exchange of the API here, one a line.")
def main(port: int, data: Path, webhook: str, record: Path | None) -> None:
    """Run the sandbox until it is told to stop."""
    asyncio.run(_serve(port, data, webhook, record))


async def _serve(port: int, data: Path, webhook: str, record: Path | None) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with server.running(data, port=port, record=_writer(record) if record else None) as hub:
        if not tuple(hub.store.repos):
            await demo_seed.plant(hub, data, webhook_url=webhook)
        click.echo(f"sandbox ready at {hub.url}")
        await stop.wait()


def _writer(file: Path) -> Callable[[Exchange], None]:
    def write(exchange: Exchange) -> None:
        with file.open("ab") as lines:
            lines.write(msgspec.json.encode(exchange) + b"\n")

    return write


if __name__ == "__main__":
    main()
