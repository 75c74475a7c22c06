"""What git left in files for a person to settle, and which files nobody looked at: not to know is not to find nothing.

A text about conflicts holds markers too, and is edited like any other. So a marker line counts for as often as the file
has it more than both at the merge base and on the branch to be merged into: of what does not count, that branch holds
all already. One that names a commit, as those of a pick do, always counts: no text has a use for it.

Markers are as long as the attribute `conflict-marker-size` says, else 7; where it is set, both lengths count.
https://git-scm.com/docs/gitattributes#_marking_files_as_conflict_markers
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from bot.core.model import Marker, Markers, Sha
from bot.edge.git import attributes
from bot.edge.git.view import View

_MOST_FOUND = 100
_MOST_UNREAD = 100
_MOST_FILES = 100_000
"""Reading takes 0.05 ms each."""
_MOST_BYTES = 512 << 20
"""In all files together, which bounds the time."""
_LARGEST = 20 << 20
_PIECE = 1 << 20
_BINARY_SNIFF = 8000
_ATTRIBUTE = "conflict-marker-size"
_USUAL = 7
_LONGEST = 1000
_PICKED = re.compile(rb"(?:\|+ parent of|>+) [0-9a-f]{7}")


class _Changed(NamedTuple):
    """A regular file that was added or edited."""

    path: str
    before: Sha
    """The content at the merge base; zeros where there was no file."""
    after: Sha


@dataclass(slots=True)
class _Reading:
    """One look at the changed files, in turn."""

    view: View
    onto: Sha
    sizes: Mapping[str, int]
    """The lengths of markers, where the attribute is set."""
    left: int
    """Bytes that may still be read."""
    found: list[Marker] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def read(self, changed: _Changed) -> None:
        """Look for markers in a file; one that git takes for binary has none."""
        path, before, sha = changed
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
        size = self.sizes.get(path, _USUAL)
        if any(_lines(content, size)):
            known = self._held(before, size) & self._held(f"{self.onto}:{path}", size)
            self.found += (Marker(path, line) for line in islice(_unknown(content, size, known), _MOST_FOUND))

    def _held(self, name: str, size: int) -> Counter[bytes]:
        """Return the marker lines of a file that was there before; none where nobody could look."""
        info = self.view.objects.info(name)
        self.left -= info.size if info else 0
        if info is None or self.left < 0:
            return Counter()
        return Counter(text for _, text in _lines(self.view.objects.beginning(info.sha, most=_LARGEST), size))


def markers(view: View, tip: Sha, onto: Sha) -> Markers:
    """Return the conflict markers that merging `tip` would bring to `onto`, in the files that differ since they parted.

    Reading ends at the hundredth marker, after which there is no need to know more.
    """
    every = list(_changed(view, tip, onto))
    changed = every[:_MOST_FILES]
    reading = _Reading(view, onto, _sizes(view, tip, tuple(one.path for one in changed)), _MOST_BYTES)
    for one in changed:
        if len(reading.found) >= _MOST_FOUND:
            break
        reading.read(one)
    unread = reading.unread
    more = (f"and {len(unread) - _MOST_UNREAD} more files",) if len(unread) > _MOST_UNREAD else ()
    found = tuple(reading.found[:_MOST_FOUND])
    return Markers(found, (*unread[:_MOST_UNREAD], *more), beyond=len(every) - len(changed))


def _changed(view: View, tip: Sha, onto: Sha) -> Iterator[_Changed]:
    """Yield the regular files, from https://git-scm.com/docs/git-diff-tree#_raw_output_format."""
    before = view.merge_base(onto, tip) or view.objects.write("tree", b"", like=tip)
    out = view.read("diff-tree", "-r", "-z", "--no-renames", "--diff-filter=AMT", "--end-of-options", before, tip)
    fields = out.decode(errors="surrogateescape").split("\0")
    for info, path in zip(fields[::2], fields[1::2], strict=False):
        _, mode, before, after, _ = info.split()
        if mode.startswith("100"):
            yield _Changed(path, before, after)


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


def _unknown(content: bytes, size: int, known: Counter[bytes]) -> Iterator[int]:
    """Yield the lines of markers that are not known, or are there more often than is known."""
    for line, text in _lines(content, size):
        if known[text] <= 0 or len(text) >= _LONGEST or _PICKED.match(text):
            yield line
        known[text] -= 1


def _lines(content: bytes, size: int) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of markers, not those of equals signs in between, which underline headings in some languages.

    Each with its beginning, without a carriage return.

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
            stop = content.find(b"\n", counted, counted + _LONGEST)
            yield line, content[counted : counted + _LONGEST] if stop < 0 else content[counted:stop].rstrip(b"\r")
        start = end
