"""Results as a table in the terminal, and as a section of README.md that the next run of the same bench replaces."""

import os
import platform
import re
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.figures import Bar, Report

README = Path(__file__).with_name("README.md")


def show(console: Console, report: Report, *, promises: bool) -> None:
    """Print a result, and what became of the promises if wished."""
    table = Table(*report.header, title=report.title, title_justify="left", title_style="bold")
    for row in report.rows:
        table.add_row(*row)
    console.print(table)
    for bar in report.bars if promises else ():
        console.print(f"  {_verdict(bar)}  {bar.what}: {bar.seen}, wanted {bar.wanted}", markup=False, highlight=False)
    console.print(report.about, style="dim", markup=False, highlight=False)


def write(name: str, report: Report) -> None:
    """Put a result into README.md."""
    start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    section = f"{start}\n{chr(10).join(_lines(report))}\n{end}"
    text = README.read_text()
    old = re.compile(rf"{re.escape(start)}.*{re.escape(end)}", re.DOTALL)
    if old.search(text):
        README.write_text(old.sub(lambda _: section, text))
    else:
        README.write_text(f"{text.rstrip()}\n\n{section}\n")


def _lines(report: Report) -> Iterator[str]:
    yield f"## {report.title}\n"
    yield f"{report.about}\n"
    yield from _table(report.header, report.rows)
    if report.bars:
        yield ""
        bars = [(bar.what, bar.wanted, bar.seen, _verdict(bar)) for bar in report.bars]
        yield from _table(("promise", "wanted", "seen", ""), bars)
    load = os.getloadavg()[1]
    yield f"\n*{datetime.now(UTC):%d %b %Y %H:%M} UTC, {machine()}; load average {load:.1f}, the bench's own included.*"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield "|---" * len(header) + "|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _verdict(bar: Bar) -> str:
    return "met" if bar.met else "MISSED"


def machine() -> str:
    """Describe where this runs."""
    facts = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in facts if line.startswith("model name")]
    git = subprocess.run(["git", "version"], capture_output=True, text=True, check=True).stdout.split()[-1]  # noqa: S607 - whichever is measured
    return f"{len(models)} × {models[0]}, {platform.system()}, Python {platform.python_version()}, git {git}"
