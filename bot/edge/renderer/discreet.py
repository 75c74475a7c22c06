"""What a renderer said, without what it quotes of the files: that may be a Secret's, and is told to all who can read.

Kept are sentences, names of files, of fields and of kinds. What stands in quotes is left out unless the words before it
say that it is such a name, and it looks like one; so are lines that are no sentence, and what is quoted without quotes,
by the words before it (as kustomize 5.8 and helm 4 have them). A chart's own words (`fail`, `required`) stay, without
what they quote, and so do the names of values that a schema does not allow: they are keys. All of it takes time in
proportion to the text, for the text is a stranger's.
"""

import re
from typing import Final

GONE: Final = "…"

_UNQUOTED: Final = (
    ("out of bounds for value ", ""),
    ("node contents:", ""),
    ("Unexpected kind: ", ""),
    (" : lstat ", ": no such file"),
    ("can't iterate over ", ""),
    ("type mismatch on ", ""),
    ("can't be set at the same time", ""),
    ("cannot parse template ", ""),
    ("error during tpl function execution for ", ""),
)
"""What comes before content, and after it; nothing: all that follows is content."""

_QUOTED = re.compile(
    r"""(?<!\w)'(?:[^']|'(?=\w))*+(?:'|\Z)|"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|`[^`]*+(?:`|\Z)""",
    re.DOTALL,
)
"""One that is not closed goes on to the end: nothing is looked at twice."""
_INTRODUCERS: Final = frozenset(
    (
        *("from", "on", "path", "at", "field", "fieldPath", "plugin", "function", "property", "properties"),
        *("executing", "patch", "directory:", "file", "of"),
    )
)
"""The word before the name of something."""
_NAME = re.compile(r"[\w./~@+\[\]() -]{0,200}+\Z")
_BYTES = re.compile(r"\[\d{1,3}(?: \d{1,3})++\]?")
"""As Go writes what is no text."""
_SHORT: Final = 2
"""Characters that are not worth hiding: `unexpected "}"`."""
_REACH: Final = 20
_CONTENT = re.compile(r"\s*+(?:- )?[\"']?[\w./-]++[\"']?:(?:\s|\Z)")
_OWN_WORDS = re.compile(r"\Aexecution error at \([^()\n]*+\): ")

_TOOLS = re.compile(
    r"\s*+(?:line \d+: |- at '|executing \"|\S+:\Z|yaml: |error |template: |json: |invalid |unexpected )"
)
"""How a tool's own lines begin after the first."""
_PROSE = re.compile(r"\s*+\S++ \S++ \S")


def discreet(text: str) -> str:
    """Return a message without content."""
    text = _BYTES.sub(f"[{GONE}]", text)
    for before, after in _UNQUOTED:
        text = _cut(text, before, after)
    # It is quoted, and quotes.
    text = text.replace("err='", "err=").replace("': must build", ": must build")
    return _told(_QUOTED.sub(_name_or_nothing, text))


def _cut(text: str, before: str, after: str) -> str:
    """Leave out what is between, the first before and the last after counting."""
    begin = text.find(before)
    if begin < 0:
        return text
    begin += len(before)
    end = text.rfind(after, begin) if after else -1
    return text[:begin] + GONE + (text[end:] if end >= 0 else "")


def _name_or_nothing(quoted: re.Match[str]) -> str:
    whole = quoted[0]
    inner = whole[1:-1]
    before = quoted.string[max(0, quoted.start() - _REACH) : quoted.start()].rsplit(None, 1)
    if len(inner) <= _SHORT or (before and before[-1].lstrip("([") in _INTRODUCERS and _NAME.match(inner)):
        return whole
    return f"{whole[0]}{GONE}{whole[0]}"


def _told(text: str) -> str:
    """Return the first line, and of the others those that tell something."""
    first, *others = text.split("\n")
    lines = [_sentence(first)]
    for line in others:
        if not line.strip() or _TOOLS.match(line) or (_PROSE.match(line) and not _CONTENT.match(line)):
            lines.append(line)
        elif lines[-1] != GONE:
            lines.append(GONE)
    return "\n".join(lines)


def _sentence(first: str) -> str:
    """Return a first line; where a chart speaks for itself, only more than one word, and no `key: value`."""
    own = _OWN_WORDS.match(first)
    if own is None or not (words := first[own.end() :]).strip():
        return first
    return own[0] + GONE if _CONTENT.match(words) or not words.strip().count(" ") else first
