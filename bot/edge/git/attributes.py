"""The target's .gitattributes, without which a file marked `binary` or `-merge` would be merged silently.

A bare `git merge-tree` looks at none of them by itself. From 2.41 on, `--attr-source` names the tree to read them
from. Older ones, such as Debian 12's 2.39, read a single file: we copy the root's and, each pattern moved below its
directory, those of the directories that the change touches. Only the drivers built into git can be chosen this way,
so a stranger's attributes run nothing. https://git-scm.com/docs/gitattributes
"""

import re
from collections.abc import Iterator
from pathlib import Path

from git.cmd import Git

from bot.core.model import Sha
from bot.edge.git.objects import Objects

_SOURCE_SINCE = (2, 41)
_LARGEST = 100 << 10
_NAME = ".gitattributes"
_LINE = re.compile(r'[ \t]*(?P<pattern>"(?:[^"\\]|\\.)*"|[^ \t]+)(?P<rest>.*)')
_GLOB = re.compile(r"([*?\[\]\\])")


def can_name_source() -> bool:
    """Return whether this machine's git can read attributes from a tree."""
    return Git().version_info >= _SOURCE_SINCE


def copy(objects: Objects, onto: Sha, paths: tuple[str, ...], to: Path) -> Path | None:
    """Gather the attributes that hold on `onto` for the paths into one file; None if there are none."""
    lines = list(_lines(objects, onto, paths))
    if not lines:
        return None
    to.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="surrogateescape")
    return to


def _lines(objects: Objects, onto: Sha, paths: tuple[str, ...]) -> Iterator[str]:
    """Yield the root's lines first: git lets the later and deeper one win."""
    for directory in sorted(_directories(paths), key=lambda name: (name.count("/") + bool(name), name)):
        place = f"{directory}/{_NAME}" if directory else _NAME
        raw = objects.read(f"{onto}:{place}", most=_LARGEST)
        for line in (raw or b"").decode(errors="surrogateescape").splitlines():
            yield below(directory, line) if directory else line


def _directories(paths: tuple[str, ...]) -> set[str]:
    found = {""}
    for path in paths:
        parts = path.split("/")[:-1]
        found.update("/".join(parts[: depth + 1]) for depth in range(len(parts)))
    return found


def below(directory: str, line: str) -> str:
    """Return a line of a directory's .gitattributes as the root's would have to say it."""
    found = _LINE.match(line)
    if found is None or found["pattern"].startswith(("#", "[attr]", '"[attr]', "!")):
        return ""
    pattern, rest = found["pattern"], found["rest"]
    inner = pattern[1:-1] if pattern.startswith('"') else _quoted(pattern)
    anywhere = "/" not in inner.rstrip("/")
    prefix = _quoted(_GLOB.sub(r"\\\1", directory))
    return f'"{prefix}/{"**/" if anywhere else ""}{inner.removeprefix("/")}"{rest}'


def _quoted(pattern: str) -> str:
    return pattern.replace("\\", "\\\\").replace('"', '\\"')
