"""Git's objects, read through one long-lived `git cat-file` (0.05 ms each) and written as loose files by ourselves.

An object is bytes behind a header, so writing one needs no process, and the author line goes from one commit to the
next byte for byte, which no round trip through names and dates could promise.
https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
"""

import hashlib
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Timer
from typing import cast

from bot.core.model import Commit, NewCommit, Sha
from bot.edge.git import process
from bot.edge.git.failures import Corrupt

_LIFETIME = 900.0
"""Seconds after which the reading process is taken for stuck."""

_SHA1_DIGITS = 40
_FIELD = re.compile(rb"^(tree|parent|author|committer|encoding) (.*)$", re.MULTILINE)


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

    def commit(self, sha: Sha) -> Commit | None:
        """Return a commit; None if it is not here or no commit."""
        info, body = self._ask("contents", sha)
        return parse_commit(sha, body) if info is not None and info.kind == "commit" else None

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

    def _ask(self, verb: str, name: str) -> tuple[Info | None, bytes]:
        """Put one question to the process; a line feed in a name would be a second one."""
        if "\n" in name:
            return None, b""
        with self._lock:
            if self._process is None or self._process.poll() is not None:
                self._open()
            return _converse(cast("process.Running", self._process), verb, name)

    def _open(self) -> None:
        self.close()
        self._process = process.start(self.mirror, self.environment, ("cat-file", "--batch-command"))
        self._lifetime = Timer(_LIFETIME, process.kill, (self._process,))
        self._lifetime.daemon = True
        self._lifetime.start()


def parse_commit(sha: Sha, body: bytes) -> Commit:
    """Read a commit object, bringing its text to UTF-8 if it says that it is in something else."""
    head, _, text = body.partition(b"\n\n")
    fields: dict[bytes, list[bytes]] = {}
    for key, value in _FIELD.findall(head):
        fields.setdefault(key, []).append(value)
    encoding = fields.get(b"encoding", [b"utf-8"])[0].decode("ascii", errors="replace")
    return Commit(
        sha=sha,
        tree=fields[b"tree"][0].decode(),
        parents=tuple(parent.decode() for parent in fields.get(b"parent", [])),
        author=_text(fields[b"author"][0], encoding),
        committer=_text(fields[b"committer"][0], encoding),
        message=_text(text, encoding),
    )


def _text(raw: bytes, encoding: str) -> str:
    try:
        text = raw.decode(encoding)
        text.encode()
    except (LookupError, UnicodeError):
        return raw.decode(errors="surrogateescape")
    return text


def _converse(running: process.Running, verb: str, name: str) -> tuple[Info | None, bytes]:
    """Speak the protocol of https://git-scm.com/docs/git-cat-file#_batch_output."""
    try:
        running.stdin.write(f"{verb} {name}\n".encode(errors="surrogateescape"))
        running.stdin.flush()
    except BrokenPipeError:
        raise Corrupt("git stopped answering about objects") from None
    answer = running.stdout.readline()
    if answer.endswith((b" missing\n", b" ambiguous\n")):
        return None, b""
    if not answer:
        raise Corrupt("git stopped answering about objects")
    sha, kind, size = answer.split()
    info = Info(sha.decode(), kind.decode(), int(size))
    body = running.stdout.read(info.size) if verb == "contents" else b""
    if verb == "contents":
        running.stdout.read(1)
    return info, body
