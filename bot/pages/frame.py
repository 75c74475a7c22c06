"""What every page shares: the template around it, and headers that let nothing in it act and nobody keep it.

Style and script are written into the page and named by their digests, so it needs no second request, and what a
stranger might smuggle in is neither applied nor run.
"""

import functools
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from bot.core.words.markdown import sayable

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent
STYLE = (_HERE / "static" / "style.css").read_text("utf-8")
SCRIPT = (_HERE / "static" / "script.js").read_text("utf-8")


def _named(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src {_named(STYLE)}; script-src {_named(SCRIPT)}; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}
"""The address is a secret: it goes neither to where a link leads nor into a cache or an index."""

_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")


def spans(sentence: str) -> Markup:
    """Return a sentence of Markdown as HTML: code is code, and all else is text."""
    parts, at = [], 0
    for span in _CODE.finditer(sayable(sentence)):
        parts += [escape(sayable(sentence)[at : span.start()]), Markup("<code>{}</code>").format(span[2].strip())]
        at = span.end()
    return Markup("").join([*parts, escape(sayable(sentence)[at:])])


@functools.cache
def _templates() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - 2 MB, and most never open a page

    found = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {"spans": spans, "sayable": sayable, "thousands": "{:,}".format}
    found.globals |= {"style": Markup(STYLE), "script": Markup(SCRIPT)}  # noqa: S704 -- both are files of ours
    return found


def filled(template: str, **fields: object) -> str:
    """Return a template with its fields filled in."""
    return _templates().get_template(template).render(fields)


def trouble(title: str, sentence: str) -> str:
    """Return a page that says why there is no other."""
    return filled("trouble.html", title=title, sentence=sentence)
