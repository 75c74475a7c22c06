"""What the policies and explanations need to know about branches: their commits, and what git left in their files."""

import re
from collections.abc import Iterator
from itertools import islice

from bot.core.model import Commit, Marker, Sha
from bot.edge.git.view import MOST_COMMITS, View

_MOST_MARKERS = 100
_MOST_HISTORY = 100
_MOST_FILES = 3000
_MOST_PATHS = 1000
_LARGEST = 1 << 20
_BINARY_SNIFF = 8000
_MARKER = re.compile(rb"^(?:<{7}|\|{7}|>{7})(?: |\r?$)", re.MULTILINE)
"""Not the line of equals signs in between, which underlines a heading in Markdown and reStructuredText."""


def commits(view: View, tip: Sha, onto: Sha) -> tuple[Commit, ...]:
    """Return the newest commits of `tip` that `onto` lacks, oldest first."""
    return view.commits("--topo-order", f"--max-count={MOST_COMMITS}", "--end-of-options", tip, f"^{onto}")


def history(view: View, paths: tuple[str, ...], tip: Sha, onto: Sha) -> tuple[Commit, ...]:
    """Return the newest first-parent commits of `tip` that `onto` lacks and that touch the paths, oldest first."""
    asked = [path for path in paths if path and "\n" not in path][:_MOST_PATHS]
    if not asked:
        return ()
    data = "\n".join([tip, f"^{onto}", "--", *asked, ""])
    return view.commits("--first-parent", f"--max-count={_MOST_HISTORY}", "--stdin", data=data)


def markers(view: View, tip: Sha, onto: Sha) -> tuple[Marker, ...]:
    """Return conflict markers in the text files that differ between `tip` and its merge base with `onto`."""
    before = view.merge_base(onto, tip) or view.objects.write("tree", b"", like=tip)
    out = view.read("diff-tree", "-r", "-z", "--no-renames", "--diff-filter=AMT", "--end-of-options", before, tip)
    fields = out.decode(errors="surrogateescape").split("\0")
    changed = islice(zip(fields[::2], fields[1::2], strict=False), _MOST_FILES)
    return tuple(islice((marker for info, path in changed for marker in _in_file(view, info, path)), _MOST_MARKERS))


def _in_file(view: View, info: str, path: str) -> Iterator[Marker]:
    """Yield the markers of one file; `info` is a line of https://git-scm.com/docs/git-diff-tree#_raw_output_format."""
    _, mode, _, sha, _ = info.split()
    content = view.objects.read(sha, most=_LARGEST) if mode.startswith("100") else None
    if content is None or b"\0" in content[:_BINARY_SNIFF]:
        return
    for found in _MARKER.finditer(content):
        yield Marker(path, content.count(b"\n", 0, found.start()) + 1)
