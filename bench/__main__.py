"""`python -m bench`: measure all, or what is named, and print it; `--write` keeps it in README.md."""

import signal
from collections.abc import Callable

import click
from rich.console import Console

from bench import backlog, calls, diff, footprint, page, pick, promotion, rendering
from bench.figures import FULL, QUICK, Report, Sizes
from bench.ingest import race

BENCHES: dict[str, Callable[[Sizes], Report]] = {
    "pick": pick.measure,
    "promotion": promotion.measure,
    "rendering": rendering.measure,
    "diff": diff.measure,
    "calls": calls.measure,
    "ingest": race.measure,
    "backlog": backlog.measure,
    "footprint": footprint.measure,
}


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(tuple(BENCHES)))
@click.option("--quick", is_flag=True, help="Small sizes: whether it runs, not how fast.")
@click.option("--write", is_flag=True, help="Keep the results in bench/README.md.")
def main(names: tuple[str, ...], *, quick: bool, write: bool) -> None:
    """Measure what is claimed about speed."""
    if quick and write:
        raise click.UsageError("small sizes prove nothing worth keeping")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what was started is stopped
    console = Console(width=140)
    for name in names or BENCHES:
        report = BENCHES[name](QUICK if quick else FULL)
        page.show(console, report, promises=not quick)
        if write:
            page.write(name, report)


if __name__ == "__main__":
    main()
