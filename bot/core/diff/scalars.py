"""A scalar's canonical text, as kustomize would write it, and the way back.

Plain text stays as it was written wherever any reader of YAML, 1.1 or 1.2, might take it for something else than text:
`on`, `1_000`, `0o7`, `2001-01-01`; and text that reads so is quoted. Nobody has to decide here who is right.
"""

import base64
import binascii
import json
import re
from urllib.parse import quote

import yaml

from bot.core.diff.tree import Leaf, Tree

PLAIN = (
    r"(?:[^\s\-?:,\[\]{}#&*!|>'\"%@`]|[-?:](?=\S))"
    r"[^:#\s]*(?:(?::(?=\S)|(?<!\s)\#|[ ]+(?=[^\s\#]))[^:#\s]*)*"
)
"""What needs no quotes in one line, as a pattern; a longer one than `re.VERBOSE` could bear."""

_PLAIN = re.compile(rf"(?!---|\.\.\.){PLAIN}")
_NULL = re.compile(r"(?:~|null|Null|NULL|)")
_OTHER = re.compile(
    r"""
    ~ | (?i:null|true|false|yes|no|on|off|y|n) |
    [-+]?(?:0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+) |
    [-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)? |
    [-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)? |
    [-+]?\.(?i:inf) | \.(?i:nan) |
    [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?
    """,
    re.VERBOSE,
)

_MARKED = frozenset("'\"!")
"""What a scalar begins with that is not the text it stands for."""
_LAID_OUT = str.maketrans("", "", "\n\t")
_STRING = ("!", "tag:yaml.org,2002:str")
_IN_TAGS = "!:/,.@-_~"
_BINARY = "tag:yaml.org,2002:binary"


def scalar(event: yaml.ScalarEvent) -> Leaf:
    """Return the canonical text of what a parser read."""
    value = str(event.value)
    if event.tag is None or event.tag in _STRING:
        return bare(value) if event.implicit[0] and event.tag is None else quoted(value)
    if event.tag == _BINARY:
        return _binary(value)
    return f"!<{quote(event.tag, safe=_IN_TAGS)}> {quoted_line(value)}"


def bare(value: str) -> Leaf:
    """Return the canonical text of what was written without quotes."""
    if _NULL.fullmatch(value):
        return "null"
    if value.lower() in {"true", "false"}:
        return value.lower()
    return value if _OTHER.fullmatch(value) else quoted(value)


def quoted(value: str) -> Leaf:
    """Return the canonical text of a text: several lines of it as a literal block."""
    if "\n" in value and value.strip("\n") and value.translate(_LAID_OUT).isprintable():
        return _literal(value)
    if not value or _OTHER.fullmatch(value) or not value.isprintable():
        return quoted_line(value)
    return value if _PLAIN.fullmatch(value) else "'{}'".format(value.replace("'", "''"))


def quoted_line(value: str) -> str:
    """Return a text in double quotes, in one line; what nobody could see in it is escaped."""
    line = json.dumps(value, ensure_ascii=False)
    if line.isprintable():
        return line
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in line)


def as_key(leaf: Leaf) -> str:
    """Return a text as the key of a mapping: in one line, and nothing that merges."""
    return quoted_line(decoded(leaf)) if isinstance(leaf, tuple) or leaf == "<<" else leaf


def is_text(leaf: Tree) -> bool:
    """Return whether any reader takes a scalar for text."""
    return not isinstance(leaf, str) or not (_OTHER.fullmatch(leaf) or leaf.startswith("!"))


def decoded(leaf: Tree) -> str:
    """Return the text that a canonical one stands for; of what is not text, the way it is written.

    Whatever a tag says: `kind: !x Secret` is a Secret for whoever does not know the tag.
    """
    if isinstance(leaf, tuple):
        header, *lines = leaf
        return "\n".join(lines) + ("" if header.endswith("-") else "\n")
    if not isinstance(leaf, str) or leaf[:1] not in _MARKED:
        return str(leaf)
    return next(str(each.value) for each in yaml.parse(leaf, yaml.CSafeLoader) if isinstance(each, yaml.ScalarEvent))


def _literal(value: str) -> Leaf:
    lines = value.split("\n")
    indent = "2" if next(line for line in lines if line).startswith(" ") else ""
    if lines[-1]:
        return (f"|{indent}-", *lines)
    return (f"|{indent}{'' if lines[-2] else '+'}", *lines[:-1])


def _binary(value: str) -> Leaf:
    try:
        return quoted(base64.b64decode("".join(value.split()), validate=True).decode())
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return f"!!binary {quoted_line(''.join(value.split()))}"
