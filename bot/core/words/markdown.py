"""Markdown in which nothing a stranger wrote can act: no mention, no reference, no HTML, no broken table."""

import re
from collections.abc import Sequence

COMMENT_LIMIT = 65_536
"""Characters GitHub takes in a comment or a pull request's body."""


def sayable(text: str) -> str:
    """Return text as any API takes it: bytes that are not UTF-8, and controls but tab and newline, become `�`."""
    clean = text.encode(errors="replace").decode()
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "\N{REPLACEMENT CHARACTER}", clean.replace("\r\n", "\n"))


def code(text: str) -> str:
    """Return text as an inline code span, in which GitHub resolves neither mentions nor references."""
    flat = " ".join(sayable(text).replace("|", "\\|").split()) or " "
    fence = "`" * (_longest_run(flat) + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{fence}{pad}{flat}{pad}{fence}"


def block(text: str, language: str = "") -> str:
    """Return text as a fenced block, the fence longer than any run of backticks inside."""
    text = sayable(text)
    fence = "`" * max(3, _longest_run(text) + 1)
    return "\n".join([fence + language, text.rstrip("\n"), fence])


def details(summary: str, body: str) -> str:
    """Return a section that opens on a click; the summary is ours, not a stranger's."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a table of cells that are Markdown already."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def count(number: int, singular: str, plural: str = "") -> str:
    """Return `1 file` or `2 files`."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def last_line(text: str) -> str:
    """Return the last line that says something: in a comment of ours its marker, for what it quotes is further up."""
    return text.rstrip().rpartition("\n")[2]


def cut(text: str) -> str:
    """Return as much of a comment as GitHub takes, its last line included, which it is found by."""
    if len(text) <= COMMENT_LIMIT:
        return text
    last = last_line(text)[:COMMENT_LIMIT]
    return f"{text[: max(0, COMMENT_LIMIT - len(last) - 1)]}\n{last}".strip("\n")


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
