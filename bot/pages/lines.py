"""The lines of an object's diff, numbered on either side, what changed within a line set apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from string import ascii_letters, digits
from typing import Literal

from bot.core.manifests import Hunk
from bot.core.words.diff.pieces import visible
from bot.core.words.markdown import sayable

LONGEST = 10_000
"""Characters of one line; what is longer is data, not something to be read."""
ALIKE = 0.3
"""How much of two lines must be the same for it to help that the rest is set apart."""

Kind = Literal["same", "added", "removed"]
_WORDS = ascii_letters + digits
"""What a change is widened by at either end: `v41` rather than `1`."""
_KINDS: dict[str, Kind] = {" ": "same", "+": "added", "-": "removed"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its sign and text in three parts, the middle one being what changed within it."""

    kind: Kind
    before: int | None
    after: int | None
    start: str
    changed: str = ""
    end: str = ""


def numbered(hunk: Hunk) -> Iterator[Line]:
    """Yield the lines of a hunk."""
    before, after = hunk.before, hunk.after
    marked = [part for run in _runs(hunk.lines) for part in run]
    for sign, start, changed, end in marked:
        kind = _KINDS.get(sign, "same")
        there, here = kind != "added", kind != "removed"
        yield Line(kind, before if there else None, after if here else None, sign + start, changed, end)
        before, after = before + there, after + here


_Parts = tuple[str, str, str, str]


def _runs(lines: Sequence[str]) -> Iterator[list[_Parts]]:
    """Yield the lines sign by sign; a run of removed lines as long as the run added after it is compared with it."""
    runs = [(sign, [_shown(line[1:]) for line in group]) for sign, group in groupby(lines, key=lambda line: line[:1])]
    marks: dict[int, list[_Parts]] = {}
    for at in range(len(runs) - 1):
        (sign, old), (next_sign, new) = runs[at : at + 2]
        if (sign, next_sign) == ("-", "+") and len(old) == len(new):
            pairs = [_compared(one, other) for one, other in zip(old, new, strict=True)]
            marks[at] = [("-", *before) for before, _ in pairs]
            marks[at + 1] = [("+", *after) for _, after in pairs]
    for at, (sign, texts) in enumerate(runs):
        yield marks.get(at) or [(sign, text, "", "") for text in texts]


def _compared(old: str, new: str) -> tuple[tuple[str, str, str], tuple[str, str, str]]:
    """Return two lines in three parts each, of which the middle differs; in one part where little is the same."""
    first = len(_shared(old, new).rstrip(_WORDS))
    last = len(_shared(old[first:][::-1], new[first:][::-1]).rstrip(_WORDS))
    indent = len(old) - len(old.lstrip())
    if first - indent + last < ALIKE * (max(len(old), len(new)) - indent):
        return (old, "", ""), (new, "", "")
    return _split(old, first, last), _split(new, first, last)


def _shared(old: str, new: str) -> str:
    """Return what two texts begin with."""
    return old[: next((at for at, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), len(old))]


def _split(text: str, first: int, last: int) -> tuple[str, str, str]:
    end = len(text) - last
    return text[:first], text[first:end], text[end:]


def _shown(text: str) -> str:
    if len(text) > LONGEST:
        return f"{sayable(visible(text[:LONGEST]))} … {len(text) - LONGEST:,} more characters"
    return sayable(visible(text))
