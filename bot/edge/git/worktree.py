"""Which repository a directory lies in, found as git finds it; what another user put there is not even opened.

https://git-scm.com/docs/gitrepository-layout, https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory
"""

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.core.model import Refused
from bot.edge.git import process
from bot.edge.git.environment import LOCAL_TIMEOUT

_GITDIR: Final = b"gitdir: "
_HEAD: Final = re.compile(rb"ref: *refs/|[0-9a-f]{40}")
"""How one begins, and no other file of that name."""
_LONGEST: Final = 8192
"""Bytes of a file that only says where another is; Linux knows no longer path than half of that."""


@dataclass(frozen=True, slots=True)
class WorkTree:
    """A work tree, and where git keeps what belongs to it; of a bare repository all is in one place."""

    root: Path
    own: Path
    """What is this work tree's alone, such as HEAD."""
    shared: Path
    """What it shares with others linked to the same repository: objects, branches, the configuration."""


def find(directory: Path) -> WorkTree:
    """Return what a directory lies in, or is; raise Refused where that is no repository, or another user's."""
    for root in (directory.resolve(), *directory.resolve().parents):
        place = root / ".git"
        if place.is_file():
            own = _named(place, beginning(place), _GITDIR)
            _must_be_ours(root, place, own)
            return WorkTree(root, own, _shared(own))
        if place.is_dir() and os.path.lexists(place / "HEAD"):
            _must_be_ours(root, place)
            return WorkTree(root, place, _shared(place))
        if _HEAD.match(beginning(root / "HEAD")) and (root / "objects").is_dir() and (root / "refs").is_dir():
            _must_be_ours(root)
            return WorkTree(root, root, root)
    raise Refused(f"{directory} lies in no git repository")


def beginning(file: Path) -> bytes:
    """Return the first bytes of a file, which says no more if it is what it should be; none if it is not there."""
    if not file.is_file():  # a pipe would keep us waiting
        return b""
    with file.open("rb") as opened:
        return opened.read(_LONGEST)


def _shared(own: Path) -> Path:
    place = own / "commondir"
    return _named(place, beginning(place)) if os.path.lexists(place) else own


def _named(by: Path, said: bytes, prefix: bytes = b"") -> Path:
    """Return the directory that a file names."""
    name = said.removeprefix(prefix).rstrip(b"\r\n")
    place = by.parent / os.fsdecode(name.replace(b"\0", b""))
    if not said.startswith(prefix) or not name or not place.is_dir():
        raise Refused(f"{by} names no git directory")
    return Path(os.path.realpath(place))


def _must_be_ours(root: Path, *parts: Path) -> None:
    """Raise Refused for what git calls a dubious ownership."""
    if not all(map(_is_ours, (root, *parts))) and not _is_declared_safe(root):
        remedy = shlex.join(("git", "config", "--global", "--add", "safe.directory", str(root)))
        raise Refused(f"the repository in {root} is another user's and not read; if you trust it: {remedy}")


def _is_ours(path: Path) -> bool:
    """Return whether this user owns a path itself; root also has what is of the user who called sudo, as with git."""
    owner, user = path.lstat().st_uid, os.geteuid()
    caller = os.environ.get("SUDO_UID", "")
    return owner == user or (user == 0 and caller.isdecimal() and owner == int(caller))


def _is_declared_safe(root: Path) -> bool:
    """Return whether the person, or whoever runs the machine, told git to trust what others own there."""
    argv = ("config", "--null", "--type=path", "--get-all", "safe.directory")
    said = process.run(Path("/"), {**os.environ, "GIT_DIR": os.devnull}, argv, LOCAL_TIMEOUT, b"")
    safe = False
    for value in os.fsdecode(said.out).split("\0")[:-1]:
        below = value.endswith("/*") and root.is_relative_to(os.path.realpath(value[:-2]))
        safe = bool(value) and (safe or value == "*" or below or root == Path(os.path.realpath(value)))
    return safe
