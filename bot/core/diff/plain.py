"""Canonical text read line by line, for kustomize writes little of what YAML is.

Why not a library: through PyYAML's C parser 5,000 lines take 55 ms, here 10, and when all objects changed there are two
sides of them. `yaml-rs` would be as fast, but does not tell where a text was quoted, has one author, and reads
strangers' files in native code. Whatever is not plain here (anchors, tags, flow style, remarks, tabs, escapes,
indentation hints) is left to PyYAML, which is right about all of YAML: None, never a guess.
"""

import re

import yaml

from bot.core.diff.scalars import PLAIN, as_key, decoded, quoted
from bot.core.diff.tree import Tree

_DEEPEST = 100
"""Columns; what lies deeper is the library's to judge."""
_KEY = r"[^\s\-?:,\[\]{}#&*!|>'\"%@`<][^\s:#]*|\"[^\"\\\n]*\"|'[^'\n]*'"
_VALUE = rf"\"[^\"\\\n]*(?:\\.[^\"\\\n]*)*\"|'[^'\n]*(?:''[^'\n]*)*'|\{{\}}|\[\]|\|[+-]?|{PLAIN}"
_LINE = re.compile(rf"^( *)((?:- )*)(?:({_KEY}):(?: ({_VALUE}))?|({_VALUE}))$|^.*$", re.MULTILINE)
_SPECIAL = frozenset('"|{[')
"""What a value begins with that is not kept as it stands."""
_FOLDED = re.compile(r"(?:[^:#\s]|:(?=\S)|(?<=\S)#| (?=[^ #]))+")


class _NotPlainError(Exception):
    pass


def read(text: str) -> Tree | None:
    """Return the mapping a document holds; None if the library has to look."""
    if not text.endswith("\n") or not text.replace("\n", "").isprintable():
        return None
    try:
        return _Lines(text).document()
    except (_NotPlainError, yaml.YAMLError):
        return None


class _Lines:
    """The lines of one document, and how far they are read."""

    __slots__ = ("at", "columns", "dashes", "found", "lines")

    def __init__(self, text: str) -> None:
        self.lines = text[:-1].split("\n")
        self.found = _LINE.findall(text[:-1])
        self.columns = [len(each[0]) for each in self.found]
        self.columns.append(-1)
        self.dashes = [len(each[1]) for each in self.found]
        self.dashes.append(0)
        self.at = 0

    def document(self) -> Tree:
        tree = self._mapping(0)
        if self.at < len(self.lines):
            raise _NotPlainError
        return tree

    def _below(self, column: int) -> Tree:
        """Read what a key without a value on its line stands for."""
        inner = self.columns[self.at]
        if self.dashes[self.at]:
            return self._list(inner) if inner >= column else "null"
        return self._mapping(inner) if inner > column else "null"

    def _mapping(self, column: int) -> Tree:
        if column > _DEEPEST:
            raise _NotPlainError
        tree: dict[str, Tree] = {}
        while self.columns[self.at] == column and not self.dashes[self.at]:
            _, _, key, value, _ = self.found[self.at]
            if key[:1] in {'"', "'"}:
                key = as_key(quoted(decoded(key)))
            if not key or key in tree:
                raise _NotPlainError
            self.at += 1
            if value and value[0] not in _SPECIAL and self.columns[self.at] <= column:
                tree[key] = value
            else:
                tree[key] = self._scalar(value, column) if value else self._below(column)
        if self.columns[self.at] > column or not tree:
            raise _NotPlainError
        return tree

    def _list(self, column: int) -> Tree:
        if column > _DEEPEST:
            raise _NotPlainError
        tree: list[Tree] = []
        while self.columns[self.at] == column and self.dashes[self.at]:
            tree.append(self._item(column))
        return tree

    def _item(self, column: int) -> Tree:
        at = self.at
        self.columns[at] += 2
        self.dashes[at] -= 2
        _, _, key, _, value = self.found[at]
        if self.dashes[at]:
            return self._list(column + 2)
        if key:
            return self._mapping(column + 2)
        self.at += 1
        return self._scalar(value, column)

    def _scalar(self, value: str, column: int) -> Tree:
        if value[0] == "|":
            return self._block(value, column)
        if self.columns[self.at] > column:
            return self._folded(value, column)
        if value[0] == '"' and "\\" in value:
            return quoted(decoded(value))
        if value in {"{}", "[]"}:
            return {} if value == "{}" else []
        return value

    def _folded(self, value: str, column: int) -> str:
        """Read on with a text that was too long for its line."""
        parts = [value]
        while self.columns[self.at] > column:
            parts.append(self.lines[self.at].strip(" "))
            self.at += 1
        if value[0] in "\"'{[" or not all(_FOLDED.fullmatch(part) for part in parts):
            raise _NotPlainError
        return " ".join(parts)

    def _block(self, header: str, column: int) -> Tree:
        """Read a literal block."""
        start = self.at
        while self.at < len(self.lines) and not self.lines[self.at]:
            self.at += 1
        first = self.lines[self.at] if self.at < len(self.lines) else ""
        indent = len(first) - len(first.lstrip(" "))
        if indent <= column or indent == len(first):
            raise _NotPlainError
        margin = first[:indent]
        while self.at < len(self.lines) and (not self.lines[self.at] or self.lines[self.at].startswith(margin)):
            self.at += 1
        lines = [line[indent:] for line in self.lines[start : self.at]]
        if header != "|+":
            while not lines[-1]:
                lines.pop()
        return ("|" if header == "|+" and lines[-1] else header, *lines)
