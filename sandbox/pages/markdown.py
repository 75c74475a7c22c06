"""Markdown to HTML, from strangers: of raw HTML only a few bare tags survive, the rest is shown as text."""

import html
import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

TAG = re.compile(r"(<!--.*?-->|</?[a-zA-Z][^>]*>)", re.DOTALL)
NAMES = ("details", "summary", "b", "strong", "em", "i", "code", "sub", "sup", "kbd", "p", "ul", "ol", "li")
ALLOWED = {f"<{slash}{name}>" for name in NAMES for slash in ("", "/")} | {"<br>", "<br/>", "<br />", "<details open>"}


REFERENCE = re.compile(r"(?<![\w&/])#(\d{1,9})\b")


def rendered(text: str | None, repo: str) -> Markup:
    """Return HTML that is safe in a page; `#12` leads to that pull request of the repository."""
    return Markup(_MARKDOWN.render(text or "", {"repo": repo}))  # noqa: S704 -- the renderer below escapes what is not on its list


def _clean(raw: str) -> str:
    parts = (part for part in TAG.split(raw) if not part.startswith("<!--"))
    return "".join(part if part in ALLOWED else html.escape(html.unescape(part)) for part in parts)


def _html(_: RendererHTML, tokens: Sequence[Token], index: int, __: OptionsDict, ___: EnvType) -> str:
    return _clean(tokens[index].content)


def _text(_: RendererHTML, tokens: Sequence[Token], index: int, __: OptionsDict, env: EnvType) -> str:
    link = rf'<a href="/{html.escape(env["repo"])}/pull/\1">#\1</a>'
    return REFERENCE.sub(link, html.escape(tokens[index].content, quote=False))


def _markdown() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parser.add_render_rule("html_block", _html)
    parser.add_render_rule("html_inline", _html)
    parser.add_render_rule("text", _text)
    return parser


_MARKDOWN = _markdown()
