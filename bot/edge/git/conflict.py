"""A conflicted merge made fit for people: names they know, one entry per file, the first hunk of each.

The names `git merge-tree` writes into files, paths and messages are those of the commits it was given. They are
unique, so replacing their bytes cannot hit anything else; for the merge base git writes a shortened name, which only
its marker lines hold.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.model import ConflictedFile, ConflictKind, Sha
from bot.edge.git.merge import Merged, Message, Sides
from bot.edge.git.trees import Entry, find, replace
from bot.edge.git.view import View

_LARGEST = 4 << 20
_BINARY_SNIFF = 8000
_EXCERPT_LINES = 40
_EXCERPT_WIDTH = 300
_BASE = re.compile(rb"^(\|{7,}) ([0-9a-f]{4,64})(?=[:\r\n]|$)", re.MULTILINE)
_NAMED = re.compile(r"CONFLICT \(([^)]*)\)")
_KINDS: Mapping[str, ConflictKind] = {
    "content": "content",
    "add/add": "add/add",
    "modify/delete": "modify/delete",
    "rename/rename": "rename/rename",
    "rename/add": "add/add",
    "rename/delete": "rename/delete",
    "file/directory": "file/directory",
    "directory/file": "file/directory",
    "distinct types": "mode",
    "distinct modes": "mode",
    "mode": "mode",
    "submodule": "submodule",
    "binary": "binary",
}
_TELLING: tuple[ConflictKind, ...] = (
    "submodule", "binary", "rename/rename", "rename/delete", "modify/delete", "file/directory", "mode", "add/add",
    "content", "other",
)  # fmt: skip
"""Where git says several things about one path, the first of these tells most."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What stands beside the markers."""

    ours: str
    theirs: str
    base: str
    short: str
    """For `theirs` in file names."""

    def on(self, text: str, sides: Sides) -> str:
        """Return one of git's sentences or paths with names a person knows."""
        named = text.replace(f"~{sides.ours}", f"~{self._in_path(self.ours)}").replace(
            f"~{sides.theirs}", f"~{self.short}"
        )
        return named.replace(sides.ours, self.ours).replace(sides.theirs, self.short)

    def inside(self, content: bytes, sides: Sides) -> bytes:
        """Return a conflicted file with names at its markers."""
        named = content.replace(sides.ours.encode(), _bytes(self.ours)).replace(
            sides.theirs.encode(), _bytes(self.theirs)
        )
        return _BASE.sub(lambda found: self._base(found, sides), named)

    def _base(self, found: re.Match[bytes], sides: Sides) -> bytes:
        ours = sides.base.encode().startswith(found[2])
        return found[1] + b" " + _bytes(self.base) if ours else found[0]

    @staticmethod
    def _in_path(label: str) -> str:
        return label.replace("/", "_")


_PREFIX = re.compile(r"^CONFLICT \([^)]*\): ")
"""What the kind of a conflict says already."""


def settle(view: View, merged: Merged, labels: Labels) -> tuple[Sha, tuple[ConflictedFile, ...]]:
    """Return the tree to show, and its conflicted files by path."""
    edits: dict[str, Entry | None] = {}
    files: list[ConflictedFile] = []
    for path in _paths(merged):
        entry = find(view.objects, merged.tree, path)
        name, content = labels.on(path, merged.sides), b""
        if entry is not None:
            shown, content = _labelled(view, entry, merged.sides, labels)
            if name != path:
                edits[path] = None
            if (name, shown) != (path, entry):
                edits[name] = shown
        files.append(_file(name, path, merged, content, labels))
    tree = replace(view.objects, merged.tree, edits) if edits else merged.tree
    return tree, tuple(files)


def _paths(merged: Merged) -> list[str]:
    """Return the paths in conflict; git knows conflicts, of directory renames, that leave no path unmerged."""
    unmerged = {path for path, _ in merged.stages}
    return sorted(unmerged or {path for message in merged.messages if _is_conflict(message) for path in message.paths})


def _is_conflict(message: Message) -> bool:
    return message.kind.startswith("CONFLICT") or message.text.startswith("CONFLICT")


def _labelled(view: View, entry: Entry, sides: Sides, labels: Labels) -> tuple[Entry, bytes]:
    content = view.objects.read(entry.sha, most=_LARGEST) if entry.mode.startswith(b"100") else None
    if not content or b"\0" in content[:_BINARY_SNIFF]:
        return entry, b""
    named = labels.inside(content, sides)
    if named == content:
        return entry, content
    return Entry(entry.mode, view.objects.write("blob", named, like=entry.sha)), named


def _file(name: str, path: str, merged: Merged, content: bytes, labels: Labels) -> ConflictedFile:
    about = [message for message in merged.messages if path in message.paths and _is_conflict(message)]
    kinds = {_kind(message) for message in about} or {"other"}
    kind = next(kind for kind in _TELLING if kind in kinds)
    said = " ".join(dict.fromkeys(_PREFIX.sub("", message.text) for message in about)) or f"Merge conflict in {path}"
    return ConflictedFile(name, kind, labels.on(said, merged.sides), excerpt(content))


def _kind(message: Message) -> ConflictKind:
    if "binary" in message.kind or "Cannot merge binary" in message.text:
        return "binary"
    if "submodule" in message.kind:
        return "submodule"
    found = _NAMED.search(message.text)
    return _KINDS.get(found[1], "other") if found else "other"


def excerpt(content: bytes) -> str:
    """Return the first hunk between conflict markers, cut to 40 lines."""
    lines = content.decode(errors="replace").splitlines()
    start = next((at for at, line in enumerate(lines) if line.startswith("<<<<<<<")), None)
    if start is None:
        return ""
    end = next((at for at, line in enumerate(lines[start:], start) if line.startswith(">>>>>>>")), len(lines) - 1)
    return "\n".join(line[:_EXCERPT_WIDTH] for line in lines[start : min(end + 1, start + _EXCERPT_LINES)])


def _bytes(label: str) -> bytes:
    return label.encode(errors="surrogateescape")
