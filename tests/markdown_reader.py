"""Markdown as a second reader takes it, to find in a text of ours what a stranger might have made of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

OURS = re.compile(
    r"<details>|<details open>|</details>|<summary>|</summary>|<code>|</code>|<!-- tierkeeper:\w+ [0-9a-f]{40} -->"
)
"""The HTML that our texts are made of."""


@dataclass(slots=True)
class Read:
    """What a text turned out to be."""

    said: list[str] = field(default_factory=list)
    """Text that acts: in which GitHub looks for mentions, references and addresses."""
    paragraphs: list[str] = field(default_factory=list)
    """The Markdown of each paragraph and cell."""
    fences: list[str] = field(default_factory=list)
    rows: int = 0
    links: list[str] = field(default_factory=list)
    others: set[str] = field(default_factory=set)
    """Kinds of blocks and spans that none of our texts has."""
    foreign: list[str] = field(default_factory=list)
    """HTML that is not ours."""
    sections: list[str] = field(default_factory=list)
    """The start and the end of each `<details>`, in order."""
    unclosed: int = 0
    """Fences that end with the text."""


_KNOWN = frozenset(
    [
        *("paragraph", "inline", "fence", "table", "thead", "tbody", "tr", "th", "td", "strong", "text", "code_inline"),
        *("softbreak", "link", "html_block", "html_inline", "blockquote", "bullet_list", "list_item"),
    ]
)


def read(text: str) -> Read:
    """Return what a text of ours is, to GitHub's rules as far as another's parser knows them."""
    found = Read()
    lines = text.split("\n")
    for token in _tokens(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)):
        kind = token.type.removesuffix("_open").removesuffix("_close")
        if kind not in _KNOWN:
            found.others.add(kind)
        _note(found, token, lines)
    return found


def _tokens(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _tokens(token.children or [])


def _note(found: Read, token: Token, lines: list[str]) -> None:
    match token.type:
        case "text":
            found.said.append(token.content)
        case "inline":
            found.paragraphs.append(token.content)
        case "fence":
            found.fences.append(token.content)
            found.unclosed += lines[(token.map or [0, 0])[1] - 1].strip() != token.markup
        case "tr_open":
            found.rows += 1
        case "link_open":
            found.links.append(str(token.attrs["href"]))
        case "html_block" | "html_inline":
            found.sections += re.findall(r"</?details", token.content)
            found.foreign += re.findall(r"<[^<>]*>?", OURS.sub("", token.content))


def balanced(sections: list[str]) -> bool:
    """Return whether each section ends after it began."""
    depth = 0
    for one in sections:
        depth += 1 if one == "<details" else -1
        if depth < 0:
            return False
    return depth == 0
