"""What a change does to the manifests Argo CD will apply, said of a repository on this machine: `tierkeeper diff`."""

import asyncio
import secrets
import sys
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

import click

from bot.core import rules
from bot.core.manifests import ManifestDiff, Manner
from bot.core.model import Render, Rules, Sha
from bot.core.words.diff import unbounded
from bot.core.words.diff.plain import Style, as_json, as_lines
from bot.edge.git.local import Local, opened
from bot.edge.renderer import CagedRenderer, tools
from handlers.manifests import compared

Form = Literal["auto", "text", "markdown", "json"]

COLOURS: dict[Style, str] = {
    "added": "green",
    "removed": "red",
    "hunk": "cyan",
    "danger": "yellow",
    "failure": "yellow",
    "quiet": "bright_black",
}
BOLD: frozenset[Style] = frozenset(("headline", "overlay", "object", "danger"))
CACHE = Path.home() / ".cache" / "tierkeeper"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asked for."""

    base: str
    head: str
    path: Path
    form: Form
    config: Path | None
    """A rules file in place of the one in the base."""
    exit_code: bool
    trust: bool
    """Whether to render where this machine cannot isolate it."""


def show(wish: Wish) -> int:
    """Print the diff and return the exit status: 2 where something of the head cannot be rendered.

    Raises Refused and rules.Invalid with what a person can mend.
    """
    with opened(wish.path) as repo:
        found = _told(repo, wish)
    _print(found, wish.form)
    if any(failure.side == "head" for overlay in found.overlays for failure in overlay.failures):
        return 2
    return int(wish.exit_code and bool(found.overlays))


def _told(repo: Local, wish: Wish) -> ManifestDiff:
    """Compare the two commits, with what was rendered at this desk before at hand."""
    base, head = repo.commit(wish.base), repo.commit(wish.head)
    parted = repo.merge_base(base, head)
    render = _rules(repo, base, wish.config).render
    how = (render, Manner(secrets.token_bytes(32), render.redact, render.ignore))
    with closing(CagedRenderer(CACHE, partial(tools.find, trusting=wish.trust))) as renderer:
        found = asyncio.run(compared(repo, parted, head, how=how, renderer=renderer))
    wanted = (one for one in found.overlays if repo.below == "." or f"{one.name}/".startswith(f"{repo.below}/"))
    return replace(found, overlays=tuple(wanted))


def _rules(repo: Local, base: Sha, given: Path | None) -> Rules:
    """Return the rules asked for, or those of the base; without any, whatever looks like an overlay is one."""
    if given:
        return rules.parse(given.read_text("utf-8", errors="surrogateescape"), where=str(given))
    raw = asyncio.run(repo.look(base, lambda files, root: files.at(root, rules.PATH, most=sys.maxsize)))
    return rules.parse(raw.decode(errors="surrogateescape")) if raw else Rules(tiers=(), render=Render())


def _print(found: ManifestDiff, form: Form) -> None:
    if form == "json":
        click.echo(as_json(found))
    elif form == "markdown" or (form == "auto" and not sys.stdout.isatty()):
        click.echo(unbounded(found))
    else:
        for style, text in as_lines(found):
            click.echo(click.style(text, fg=COLOURS.get(style), bold=style in BOLD))
