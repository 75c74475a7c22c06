"""What git left in files for a person to settle, and which files nobody looked at: not to know is not to find nothing.

Markers are as long as the attribute `conflict-marker-size` says, else 7; where it is set, both lengths count.
https://git-scm.com/docs/gitattributes#_marking_files_as_conflict_markers
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from bot.core.model import Marker, Markers, Sha
from bot.edge.git import attributes
from bot.edge.git.view import View

_MOST_FOUND = 100
_MOST_UNREAD = 100
_MOST_FILES = 3000
_MOST_BYTES = 512 << 20
"""In all files together, which bounds the time."""
_LARGEST = 20 << 20
_PIECE = 1 << 20
_BINARY_SNIFF = 8000
_ATTRIBUTE = "conflict-marker-size"
_USUAL = 7
_LONGEST = 1000


@dataclass(slots=True)
class _Reading:
    """One look at the changed files, in turn."""

    view: View
    sizes: Mapping[str, int]
    """The lengths of markers, where the attribute is set."""
    left: int
    """Bytes that may still be read."""
    found: list[Marker] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def read(self, path: str, sha: Sha) -> None:
        """Look for markers in a file; one that git takes for binary has none."""
        info = self.view.objects.info(sha)
        self.left -= info.size if info else 0
        if info is None or self.left < 0 or self.sizes.get(path, _USUAL) > _LONGEST:
            self.unread.append(path)
            return
        content = self.view.objects.beginning(sha, most=_LARGEST)
        if b"\0" in content[:_BINARY_SNIFF]:
            return
        if len(content) < info.size:
            self.unread.append(path)
        lines = islice(_lines(content, self.sizes.get(path, _USUAL)), _MOST_FOUND)
        self.found += (Marker(path, line) for line in lines)


def markers(view: View, tip: Sha, onto: Sha) -> Markers:
    """Return conflict markers in the files that differ between `tip` and its merge base with `onto`.

    Reading ends at the hundredth marker, after which there is no need to know more.
    """
    changed = list(_changed(view, tip, onto))
    reading = _Reading(view, _sizes(view, tip, tuple(path for path, _ in changed)), _MOST_BYTES)
    for path, sha in changed[:_MOST_FILES]:
        if len(reading.found) >= _MOST_FOUND:
            break
        reading.read(path, sha)
    unread = (*reading.unread, *(path for path, _ in changed[_MOST_FILES:]))
    more = (f"and {len(unread) - _MOST_UNREAD} more files",) if len(unread) > _MOST_UNREAD else ()
    return Markers(tuple(reading.found[:_MOST_FOUND]), (*unread[:_MOST_UNREAD], *more))


def _changed(view: View, tip: Sha, onto: Sha) -> Iterator[tuple[str, Sha]]:
    """Yield the regular files, from https://git-scm.com/docs/git-diff-tree#_raw_output_format."""
    before = view.merge_base(onto, tip) or view.objects.write("tree", b"", like=tip)
    out = view.read("diff-tree", "-r", "-z", "--no-renames", "--diff-filter=AMT", "--end-of-options", before, tip)
    fields = out.decode(errors="surrogateescape").split("\0")
    for info, path in zip(fields[::2], fields[1::2], strict=False):
        _, mode, _, sha, _ = info.split()
        if mode.startswith("100"):
            yield path, sha


def _sizes(view: View, tip: Sha, paths: tuple[str, ...]) -> dict[str, int]:
    """Return how long markers are where the tip's attributes say so; hardly any repository's do."""
    copied = attributes.copy(view.objects, tip, paths, view.quarantine / "marker-attributes")
    if copied is None or _ATTRIBUTE.encode() not in copied.read_bytes():
        return {}
    out = view.read(
        "check-attr", "-z", "--stdin", _ATTRIBUTE,
        data="\0".join((*paths, "")), config={"core.attributesFile": str(copied)},
    )  # fmt: skip
    fields = out.decode(errors="surrogateescape").split("\0")
    pairs = zip(fields[::3], fields[2::3], strict=False)
    return {path: int(size) for path, size in pairs if re.fullmatch("[1-9][0-9]{0,8}", size, re.ASCII)}


def _lines(content: bytes, size: int) -> Iterator[int]:
    """Yield the lines of markers, not those of equals signs in between, which underline headings in some languages.

    Each piece is a call of its own, since a regular expression stops all other threads while it looks.
    """
    signs = "|".join(f"{re.escape(sign)}{{{length}}}" for sign in "<|>" for length in {size, _USUAL})
    marker = re.compile(rf"^(?:{signs})(?: |\r?$)".encode(), re.MULTILINE)
    line, counted, start = 1, 0, 0
    while start < len(content):
        end = content.find(b"\n", start + _PIECE) + 1 or len(content)
        for found in marker.finditer(content, start, end):
            line += content.count(b"\n", counted, found.start())
            counted = found.start()
            yield line
        start = end
