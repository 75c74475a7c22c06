"""Markdown in which nothing a stranger wrote can act: no mention, no reference, no HTML, no broken table."""

import re
from collections.abc import Sequence
from html import escape

COMMENT_LIMIT = 65_536
"""Characters GitHub takes in a comment or a pull request's body."""

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Controls but tab and newline, what turns the direction of writing, and what takes no room: a text reads as it is."""


def sayable(text: str) -> str:
    """Return text as any API takes it and as it reads: what is not UTF-8, and what cannot be seen, becomes `�`."""
    clean = text.encode(errors="replace").decode()
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", clean.replace("\r\n", "\n"))


def code(text: str) -> str:
    """Return text as an inline code span, in which GitHub resolves neither mentions nor references."""
    flat = _PIPE.sub(_escaped, _flat(text)) or " "
    fence = "`" * (_longest_run(flat) + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{fence}{pad}{flat}{pad}{fence}"


def html_code(text: str) -> str:
    """Return text as `code` does, where only HTML is read: in the summary of a section."""
    return f"<code>{escape(_flat(text))}</code>"


def shortened(text: str, most: int) -> str:
    """Return text of at most so many characters, without its middle, as what tells names apart is at either end."""
    if len(text) <= most:
        return text
    half = (most - 1) // 2
    return f"{text[: most - 1 - half]}…{text[-half:]}"


def size(text: str) -> int:
    """Return the bytes of a text, of which there are never fewer than what anybody may count as characters."""
    return len(text.encode())


def block(text: str, language: str = "") -> str:
    """Return text as a fenced block, the fence longer than any run of backticks inside."""
    text = sayable(text)
    fence = "`" * max(3, _longest_run(text) + 1)
    return "\n".join([fence + language, text.rstrip("\n"), fence])


def details(summary: str, body: str, *, opened: bool = False) -> str:
    """Return a section that opens on a click; the summary is HTML of ours, a stranger's words in it in `html_code`."""
    return f"<details{' open' if opened else ''}><summary>{summary}</summary>\n\n{body}\n\n</details>"


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a table of cells that are Markdown already; no line's end and no pipe in one ends it."""
    lines = [head, tuple("---" for _ in head), *(tuple(map(_cell, cells)) for cells in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def count(number: int, singular: str, plural: str = "") -> str:
    """Return `1 file` or `2,000 files`."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def few(texts: Sequence[str], most: int) -> str:
    """Return `a, b, c and 2 more`."""
    more = f" and {len(texts) - most:,} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def last_line(text: str) -> str:
    """Return the last line that says something: in a comment of ours its marker, for what it quotes is further up."""
    return text.rstrip().rpartition("\n")[2]


def cut(text: str) -> str:
    """Return as much of a comment as GitHub takes, its last line included, which it is found by."""
    if len(text) <= COMMENT_LIMIT:
        return text
    last = last_line(text)[:COMMENT_LIMIT]
    return f"{text[: max(0, COMMENT_LIMIT - len(last) - 1)]}\n{last}".strip("\n")


_BARE_PIPE = re.compile(r"(?<!\\)(?:\\\\)*\|")
_PIPE = re.compile(r"(\\*)\|")


def _escaped(pipe: re.Match[str]) -> str:
    r"""Return a pipe that ends no table cell, after an odd number of `\`, whichever way a reader pairs them."""
    return pipe[1] + ("\\\\" if len(pipe[1]) % 2 else "\\") + "|"


def _cell(markdown: str) -> str:
    """Return Markdown on one line, each pipe escaped that is not yet."""
    return _BARE_PIPE.sub(lambda found: f"{found[0][:-1]}\\|", _flat(markdown))


def _flat(text: str) -> str:
    return " ".join(sayable(text).split())


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
