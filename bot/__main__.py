"""The command line."""

import asyncio
import sys
from pathlib import Path

import click

from bot.core import rules
from bot.deliveries import deliveries


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tierkeeper")
def main() -> None:
    """Bring each merged change to the next tier."""


@main.command()
def serve() -> None:
    """Take GitHub's deliveries in and work on them."""
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
