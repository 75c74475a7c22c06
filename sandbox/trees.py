"""Trees: what lies at a path of a commit, and a tree with some files changed, through an index of its own."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.git import Bare


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a tree."""

    mode: str
    kind: str
    """`blob`, `tree` or `commit`, which is a submodule."""
    sha: str
    size: int
    path: str


async def entries(bare: Bare, treeish: str, *options: str) -> list[Entry]:
    """List a tree; `-r` to go down, `-t` to name the trees on the way."""
    out = await bare.run("ls-tree", "-z", "--long", *options, treeish)
    return [_entry(line) for line in out.decode(errors="replace").split("\0") if line]


async def entry(bare: Bare, commit: str, path: str) -> Entry | None:
    """Return what lies at a path, or None. The path is no pattern."""
    out = await bare.fact("--literal-pathspecs", "ls-tree", "-z", "--long", commit, "--", path.rstrip("/"))
    found = [_entry(line) for line in out.decode(errors="replace").split("\0") if line]
    return found[0] if found else None


def _entry(line: str) -> Entry:
    head, _, path = line.partition("\t")
    mode, kind, sha, size = head.split()
    return Entry(mode, kind, sha, int(size) if size.isdecimal() else 0, path)


async def edited(bare: Bare, base: str | None, files: Mapping[str, bytes | None]) -> str:
    """Write a tree like a commit's but for some files; None takes one away."""
    with tempfile.TemporaryDirectory() as folder:
        env = {"GIT_INDEX_FILE": str(Path(folder, "index"))}
        if base is not None:
            await bare.run("read-tree", base, env=env)
        lines = []
        for path, content in files.items():
            if content is None:
                lines.append(f"0 {'0' * 40}\t{path}")
            else:
                lines.append(f"100644 {await write_blob(bare, content)}\t{path}")
        await bare.run("update-index", "-z", "--index-info", stdin="\0".join([*lines, ""]).encode(), env=env)
        return (await bare.run("write-tree", env=env)).decode().strip()


async def write_blob(bare: Bare, content: bytes) -> str:
    """Write a blob and return its hash."""
    return (await bare.run("hash-object", "-w", "--stdin", stdin=content)).decode().strip()
