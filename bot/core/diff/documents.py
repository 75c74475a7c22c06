"""A rendering to its documents, as text: nothing is parsed that is the same on both sides.

A line that begins with `---` or `...`, followed by a space or nothing, ends a document wherever it stands, in the
middle of a quoted text too (https://yaml.org/spec/1.2.2/#922-document-markers); inside a block scalar it is indented,
and then it is text. `----` and `-----BEGIN` begin no document.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

_MARKER = re.compile(r"^(---|\.\.\.)(?=[ \t\n]|\Z)", re.MULTILINE)
_BYTE_ORDER = re.compile(r"^\ufeff(?=---|\.\.\.)", re.MULTILINE)
"""Where files were put one behind the other."""
_REMARK = re.compile(r"[ \t]*(?:#.*)?$", re.MULTILINE)
_SILENCE = re.compile(r"(?:[ \t]*(?:#[^\n]*)?(?:\n|\Z))*")
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)


class Document(NamedTuple):
    """One document of a rendering."""

    text: str
    number: int
    """Counted from 1, those that say nothing left out."""
    line: int
    """The line of the rendering its text begins on, counted from 1."""


def split(rendering: str) -> list[Document]:
    """Return the documents that say something."""
    if "\ufeff" in rendering:
        rendering = _BYTE_ORDER.sub("", rendering)
    if "\r" in rendering:
        rendering = rendering.replace("\r\n", "\n").replace("\r", "\n")
    found: list[Document] = []
    line, counted = 1, 0
    for start, piece in _pieces(rendering):
        text = piece.removeprefix("\ufeff")
        line, counted = line + rendering.count("\n", counted, start), start
        if text[:1].isalpha() or _SILENCE.fullmatch(text) is None:
            found.append(Document(text, len(found) + 1, line))
    return found


def _pieces(rendering: str) -> Iterator[tuple[int, str]]:
    start = 0
    for marker in _MARKER.finditer(rendering):
        text = rendering[start : marker.start()]
        if marker[1] == "---" and _only_directives(text):
            continue  # they belong to the document that begins here
        yield start, text
        start = marker.end()
        if not rendering.startswith("\n", start):
            bare = _REMARK.match(rendering, start)
            start = bare.end() if bare else marker.start()
        start += rendering.startswith("\n", start)
    yield start, rendering[start:]


def _only_directives(text: str) -> bool:
    """Return whether a text is nothing but directives, `%YAML 1.1`, and remarks."""
    if "%" not in text or _DIRECTIVE.search(text) is None:
        return False
    return all(not line or line.startswith(("%", "#")) for line in text.split("\n"))


def changed(before: str, after: str) -> tuple[list[Document], list[Document], list[Document]]:
    """Return the documents only before, those only after, and those that both have word for word."""
    olds, news = split(before), split(after)
    gone, _ = _parted(olds, news)
    come, kept = _parted(news, olds)
    return gone, come, kept


def _parted(these: list[Document], those: list[Document]) -> tuple[list[Document], list[Document]]:
    """Return which of these the others lack, and which they have."""
    known = Counter(each.text for each in those)
    lacking: list[Document] = []
    kept: list[Document] = []
    for each in these:
        there = known[each.text] > 0
        known[each.text] -= 1
        (kept if there else lacking).append(each)
    return lacking, kept
