"""What changed between two commits, file by file, from one `git diff`."""

import re
from dataclasses import dataclass

from sandbox.git import EMPTY_TREE, Bare

LARGEST_PATCH = 100_000
STATUSES = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}
FILE = re.compile(rb"^diff --git ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FileChange:
    """One changed file."""

    path: str
    previous: str | None
    status: str
    """`added`, `removed`, `modified`, `renamed`, `copied` or `changed`."""
    blob: str
    additions: int
    deletions: int
    patch: str
    """The hunks without the header; empty for binaries, pure renames and what is too large to show."""


async def changes(bare: Bare, old: str, new: str) -> list[FileChange]:
    """Compare two commits or trees given by full hash."""
    options = ("--find-renames", "--no-ext-diff", "--no-textconv", "--no-color", "--no-abbrev")
    out = await bare.fact("diff", "--raw", "--numstat", "--patch", "-z", *options, old or EMPTY_TREE, new, "--")
    # With -z: raw entries, then numstat entries, then one more NUL and the patch as usual.
    head, _, patch = out.partition(b"\0\0")
    tokens = head.split(b"\0")
    raw = _raw(tokens)
    counts = _counts(tokens[sum(3 if change[2] else 2 for change in raw) :])
    patches = [b"diff --git " + part for part in FILE.split(patch)[1:]]
    found = []
    for index, (status, path, previous, blob) in enumerate(raw):
        added, deleted = counts[index] if index < len(counts) else (0, 0)
        # A file that became a link is one entry with two patches; then no patch can be told from another.
        hunks = _hunks(patches[index]) if len(patches) == len(raw) else ""
        found.append(FileChange(path, previous, status, blob, added, deleted, hunks))
    return found


async def of_commit(bare: Bare, sha: str) -> list[FileChange]:
    """Compare a commit with its first parent."""
    found = await bare.commit(sha)
    return await changes(bare, found.parents[0] if found.parents else EMPTY_TREE, sha)


def _raw(tokens: list[bytes]) -> list[tuple[str, str, str | None, str]]:
    """Read `:100644 100644 <old> <new> M`, path[, new path] entries: status, path, previous path, blob."""
    found = []
    rest = iter(tokens)
    for token in rest:
        if not token.startswith(b":"):
            break
        _, _, old, new, letter = token.decode().split(" ")
        path = next(rest).decode(errors="replace")
        moved = letter[0] in "RC"
        target = next(rest).decode(errors="replace") if moved else path
        blob = old if letter[0] == "D" else new
        found.append((STATUSES.get(letter[0], "changed"), target, path if moved else None, blob))
    return found


def _counts(tokens: list[bytes]) -> list[tuple[int, int]]:
    """Read entries of two counts and a path between tabs; a rename has no path there, and the two paths after it."""
    found = []
    rest = iter(tokens)
    for token in rest:
        added, _, tail = token.partition(b"\t")
        deleted, _, path = tail.partition(b"\t")
        if not path:
            next(rest, None)
            next(rest, None)
        found.append((_count(added), _count(deleted)))
    return found


def _count(text: bytes) -> int:
    return int(text) if text.isdigit() else 0


def _hunks(patch: bytes) -> str:
    start = patch.find(b"\n@@ ")
    if start < 0 or len(patch) > LARGEST_PATCH:
        return ""
    return patch[start + 1 :].decode(errors="replace").rstrip("\n")
