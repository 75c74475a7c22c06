"""Git's objects, read through one long-lived `git cat-file` (0.05 ms each) and written as loose files by ourselves.

An object is bytes behind a header, so writing one needs no process, and the author line goes from one commit to the
next byte for byte, which no round trip through names and dates could promise.
https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
"""

import hashlib
import sys
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Timer
from typing import cast

from bot.core.model import Commit, NewCommit, Refused, Sha
from bot.edge.git import commit, process
from bot.edge.git.failures import Corrupt

_LIFETIME = 900.0
"""Seconds after which the reading process is taken for stuck."""

_PIECE = 1 << 20
_LARGEST_COMMIT = 32 << 20
_SHA1_DIGITS = 40


@dataclass(frozen=True, slots=True)
class Info:
    """What an object is, before one reads it."""

    sha: Sha
    kind: str
    size: int


@dataclass(slots=True)
class Objects:
    """The objects of one job; one question at a time."""

    mirror: Path
    quarantine: Path
    environment: Mapping[str, str]
    _process: process.Running | None = None
    _lifetime: Timer | None = None
    _lock: Lock = field(default_factory=Lock)

    def info(self, name: str) -> Info | None:
        """Return what `name` (an object name, or `<commit>:<path>`) stands for; None if there is no such thing."""
        return self._ask("info", name)[0]

    def read(self, name: str, *, most: int) -> bytes | None:
        """Return an object's content; None if there is none or it has more than `most` bytes."""
        info = self.info(name)
        return self._ask("contents", info.sha)[1] if info is not None and info.size <= most else None

    def look(self, name: str, *, most: int) -> tuple[Info | None, bytes]:
        """Return what a name stands for and its first bytes, by one question."""
        return self._ask("contents", name, most)

    def beginning(self, name: str, *, most: int) -> bytes:
        """Return the first bytes of an object; none if there is no such object."""
        return self.look(name, most=most)[1]

    def commit(self, sha: Sha) -> Commit | None:
        """Return a commit, its message at most 64 KB; None if it is not here or no commit. A huge one is Refused."""
        info, body = self.look(sha, most=_LARGEST_COMMIT)
        if info is None or info.kind != "commit":
            return None
        if info.size > _LARGEST_COMMIT:
            raise Refused(f"commit {sha} has {info.size >> 20} MB without its files, which is too large to be read")
        return commit.parse(sha, body)

    def write(self, kind: str, body: bytes, *, like: Sha) -> Sha:
        """Keep an object in the quarantine and return its name, of the same kind of hash as `like`."""
        whole = f"{kind} {len(body)}\0".encode() + body
        digest = hashlib.sha1(whole, usedforsecurity=False) if len(like) == _SHA1_DIGITS else hashlib.sha256(whole)
        sha = digest.hexdigest()
        path = self.quarantine / sha[:2] / sha[2:]
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(zlib.compress(whole, 1))
        return sha

    def write_commit(self, new: NewCommit, *, tree: Sha, parent: Sha) -> Sha:
        """Keep a commit on top of `parent`."""
        head = f"tree {tree}\nparent {parent}\nauthor {new.author}\ncommitter {new.committer}\n\n"
        text = (head + new.message).replace("\0", "")
        return self.write("commit", text.encode(errors="surrogateescape"), like=parent)

    def close(self) -> None:
        """End the reading process."""
        if self._process is not None:
            process.stop(self._process)
            self._process = None
        if self._lifetime is not None:
            self._lifetime.cancel()

    def _ask(self, verb: str, name: str, most: int = sys.maxsize) -> tuple[Info | None, bytes]:
        """Put one question to the process; a line feed in a name would be a second one."""
        if "\n" in name:
            return None, b""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._open()
            running = cast("process.Running", self._process)
            info = _converse(running, verb, name)
            return info, _body(running, info.size, most) if info and verb == "contents" else b""

    def _open(self) -> None:
        self.close()
        self._process = process.start(self.mirror, self.environment, ("cat-file", "--batch-command"))
        self._lifetime = Timer(_LIFETIME, process.kill, (self._process,))
        self._lifetime.daemon = True
        self._lifetime.start()


def _converse(running: process.Running, verb: str, name: str) -> Info | None:
    """Speak the protocol of https://git-scm.com/docs/git-cat-file#_batch_output, up to where contents begin."""
    try:
        running.stdin.write(f"{verb} {name}\n".encode(errors="surrogateescape"))
        running.stdin.flush()
    except BrokenPipeError:
        raise Corrupt("git stopped answering about objects") from None
    answer = running.stdout.readline()
    if answer.endswith((b" missing\n", b" ambiguous\n")):
        return None
    if not answer.endswith(b"\n"):
        raise Corrupt("git stopped answering about objects")
    sha, kind, size = answer.split()
    return Info(sha.decode(), kind.decode(), int(size))


def _body(running: process.Running, size: int, most: int) -> bytes:
    """Read an object up to the line feed after it, and keep what was asked for."""
    body = running.stdout.read(min(size, most))
    left = size + 1 - len(body)
    while left and (passed := running.stdout.read(min(left, _PIECE))):
        left -= len(passed)
    if left:
        raise Corrupt("git stopped in the middle of an object")
    return body
