"""The command line."""

import asyncio
import ctypes
import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from bot.core import rules
from bot.core.model import Refused, Transient
from bot.deliveries import deliveries

ARENA_MAX = -8
"""The number by which mallopt(3) knows the bound of its heaps."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tierkeeper")
def main() -> None:
    """Bring each merged change to the next tier."""
    _find_programs_at_fixed_places()


def _find_programs_at_fixed_places() -> None:
    """Look for programs in no relative directory of PATH, which is wherever one stands, such as in a stranger's clone.

    An empty entry is one too, and so is an empty PATH. https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html
    """
    entries = os.environ.get("PATH", os.defpath).split(os.pathsep)
    os.environ["PATH"] = os.pathsep.join(filter(os.path.isabs, entries)) or os.defpath


@main.command()
def serve() -> None:
    """Take GitHub's deliveries in and work on them."""
    _share_one_heap()
    _leave_rich_out()
    from bot import settings  # noqa: PLC0415 - check-config must not wait for what only the server needs

    try:
        given = settings.load()
    except settings.SettingsError as problem:
        click.echo(problem, err=True)
        sys.exit(2)
    from bot.app import serve as run  # noqa: PLC0415 - likewise, and secrets are out of the environment by now
    from bot.observe import configure  # noqa: PLC0415

    configure(given.log_level.upper(), given.log_format)
    sys.exit(asyncio.run(run(given)))


def _share_one_heap() -> None:
    """Keep glibc from giving each thread a heap, which holds on to what was needed once: 3 MB in all.

    They would not wait for each other any less with several: Python runs one of them at a time.
    """
    with suppress(AttributeError):  # other C libraries have no such heaps
        ctypes.CDLL(None).mallopt(ARENA_MAX, 1)


def _leave_rich_out() -> None:
    """Let structlog and httpx not find what they load wherever it is installed: 5 MB for a terminal's pictures.

    https://docs.python.org/3/reference/import.html#the-module-cache: None there is a module that cannot be found.
    """
    sys.modules |= dict.fromkeys(("rich", "pygments"))  # type: ignore[arg-type]


@main.command("check-config")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
def check_config(file: str) -> None:
    """Say what is wrong with a rules FILE, with line and column; exit status 1 if anything is."""
    try:
        with click.open_file(file, encoding="utf-8", errors="surrogateescape") as stream:
            found = rules.parse(stream.read(), where=file)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {error.strerror}") from None
    except rules.Invalid as invalid:
        for problem in invalid.problems:
            click.echo(problem, err=True)
        sys.exit(1)
    click.echo(f"{file} is in order: {' → '.join(tier.name for tier in found.tiers)}")


@main.command()
@click.argument("base")
@click.argument("head")
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path), default=Path())
@click.option(
    "--format",
    "form",
    type=click.Choice(("auto", "text", "markdown", "json")),
    default="auto",
    help="How it is written; by itself, text in colour on a terminal and Markdown elsewhere.",
)
@click.option("--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Another rules file.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 if anything changes.")
@click.option("--trust", is_flag=True, help="Render even where this machine cannot isolate it: it runs what is there.")
def diff(**wish: Any) -> None:  # noqa: ANN401 - the parameters above
    """Show what HEAD changes, since it and BASE parted, in the manifests that Argo CD will apply.

    BASE and HEAD are commits of the repository in which PATH lies (the current directory by itself); with a PATH below
    its root, only what lies there is shown. The rules are those of BASE. The exit status is 2 if something of HEAD
    cannot be rendered, or the diff cannot be had at all; what cannot be rendered of BASE alone counts as changed.
    """
    try:
        from bot.diff import Wish, show  # noqa: PLC0415 - what only the diff needs
        from bot.observe import configure  # noqa: PLC0415

        configure("WARNING", "console")  # what is not rendered, the answer says itself
        status = show(Wish(**wish))
    except (Refused, Transient, rules.Invalid) as problem:
        click.echo(f"Error: {problem}", err=True)
        status = 2
    except Exception as bug:  # Python's own status for it, 1, would say that something changes
        traceback.print_exc()
        raise SystemExit(2) from bug
    sys.exit(status)


@main.command()
def schema() -> None:
    """Print the rules file's JSON Schema, for editors."""
    click.echo(rules.schema_text(), nl=False)


@main.command()
@click.option("--once", is_flag=True, help="End by itself; the exit status is 0 only if all went as promised.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var/demo"),
    show_default=True,
    help="Where it keeps all it makes: a folder that is new, empty, or left by an earlier demo, and emptied then.",
)
def demo(folder: Path, *, once: bool) -> None:
    """Show it on this machine: a small GitHub, the bot, and a repository with three tiers."""
    from bot.demo import run  # noqa: PLC0415 - what only the demo needs

    sys.exit(run(folder, once=once))


main.add_command(deliveries)


if __name__ == "__main__":
    main()
