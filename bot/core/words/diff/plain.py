"""The diff for the command line: as JSON for a program, and line by line for a terminal."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Literal

from bot.core.manifests import Failure, ManifestDiff, ObjectDiff, OverlayDiff
from bot.core.words.diff.counts import Change, headline, signed, tally
from bot.core.words.diff.overview import sentence
from bot.core.words.diff.pieces import full_name, visible, where
from bot.core.words.markdown import count, sayable

Style = Literal["headline", "overlay", "object", "danger", "failure", "hunk", "added", "removed", "same", "quiet"]

_SIGNS: dict[str, Style] = {"+": "added", "-": "removed"}
_SAID: dict[Change, str] = {"added": "new", "removed": "deleted", "changed": "changed", "renamed": "renamed"}


def as_json(diff: ManifestDiff) -> str:
    """Return the diff as JSON: the fields of `bot.core.manifests.ManifestDiff` by their names, all the way down.

    Besides them: `version`, which is raised when a key changes its meaning or goes.
    """
    return json.dumps({"version": 1, **asdict(diff)}, indent=2)


def as_lines(diff: ManifestDiff) -> Iterator[tuple[Style, str]]:
    """Yield lines with the style each deserves; nothing in them moves a cursor or colours a terminal."""
    yield from ((style, sayable(visible(text))) for style, text in _lines(diff))


def _lines(diff: ManifestDiff) -> Iterator[tuple[Style, str]]:
    yield "headline", headline(diff, str) if diff.overlays else "No change in what Argo CD applies"
    for overlay in diff.overlays:
        yield from _overlay(overlay)
    of_all = f"{len(diff.overlays):,} of {count(diff.looked_at, 'overlay')} differ"
    yield "quiet", " · ".join([*diff.tools, f"base {diff.base[:7]}, head {diff.head[:7]}", of_all])


def _overlay(overlay: OverlayDiff) -> Iterator[tuple[Style, str]]:
    standing = [] if overlay.standing == "changed" else [f"{overlay.standing} overlay"]
    counted = [*tally(overlay.objects), signed(overlay.objects)] if overlay.objects else []
    yield "overlay", " · ".join([overlay.name, *standing, *counted])
    for failure in overlay.failures:
        yield from _failure(failure)
    for one in overlay.objects:
        yield from _object(one)


def _failure(found: Failure) -> Iterable[tuple[Style, str]]:
    opening = "cannot be rendered" if found.side == "head" else "could not be rendered before this change"
    at = f", says {found.path}" + (f":{found.line}" if found.line else "") if found.path else ""
    yield "failure", f"{opening}{at}"
    yield from (("failure", f"  {line}") for line in found.message.splitlines())


def _object(one: ObjectDiff) -> Iterator[tuple[Style, str]]:
    before = f", before: {one.earlier_name}" if one.earlier_name else ""
    yield "object", f"{_SAID[one.change]} {one.identity.kind} {full_name(one.identity)}{before}"
    yield from (("danger", f"! {sentence(danger)}") for danger in one.dangers)
    for hunk in one.hunks:
        yield "hunk", where(hunk)
        yield from ((_SIGNS.get(line[:1], "same"), line) for line in hunk.lines)
