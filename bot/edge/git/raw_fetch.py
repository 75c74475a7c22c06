"""A job's fetch in git's own protocol: one request and one `git index-pack`, where `git fetch` asks twice.

`git fetch` then walks the whole trees of what it got, which no setting turns off: at 50,000 files it takes 2.5 times
as long (95 ms to 38 on loopback). Nothing is lost without: what the mirror holds is complete, and
`index-pack --strict` dies of an object that is unsound or points at one that is not here.
https://git-scm.com/docs/protocol-v2#_fetch
"""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx

from bot.core.model import Sha
from bot.edge.git import environment, process
from bot.edge.git.environment import LOCAL_TIMEOUT, Server
from bot.edge.git.view import View
from bot.edge.git.wire import FLUSH, Question, Unclear, ask, object_format, packet, packets

_MOST_HAVES = 32
_TIP = re.compile(r"^([0-9a-f]{40}(?:[0-9a-f]{24})?)(?: refs/heads/.*)?$", re.MULTILINE)
_DELIMITER = b"0001"


def fetch(http: httpx.Client, view: View, server: Server, wanted: tuple[Sha, ...], timeout: float) -> None:
    """Bring commits and all they need into the view, in `timeout` seconds; raise Unclear where that is not to be had.

    A server that says no is Denied, Refused or Transient, as in failures.py.
    """
    asked = Question("upload-pack", _body(wanted, _haves(view.mirror)), {"Git-Protocol": "version=2"})
    strict = f"--strict={','.join(f'{name}={level}' for name, level in environment.FSCK.items())}"
    argv = ("index-pack", "--stdin", "--fix-thin", strict)
    unsynced = view.variables({"core.fsync": "none"})  # the pack goes with the job
    done = process.run(
        view.mirror, unsynced, argv, LOCAL_TIMEOUT, lambda: b"".join(_pack(ask(http, server, asked, timeout)))
    )
    if done.status:
        raise Unclear("git index-pack did not take the pack")
    if view.missing(wanted):
        raise Unclear("the pack has not all that was asked for")


def _haves(mirror: Path) -> tuple[Sha, ...]:
    """Return where the mirror's branches are, read without a process; the loose ones are the newer."""
    try:
        loose = [path for path in (mirror / "refs" / "heads").rglob("*") if path.is_file()]
        files = (*loose, mirror / "packed-refs")
        tips = dict.fromkeys(tip for path in files for tip in _TIP.findall(path.read_text(errors="replace")))
    except OSError:
        raise Unclear("the mirror cannot be read") from None
    if not tips:
        raise Unclear("the mirror has no branch")
    return tuple(tips)[:_MOST_HAVES]


def _body(wanted: tuple[Sha, ...], haves: tuple[Sha, ...]) -> bytes:
    """Ask for all at once: `done` says that we leave it to the server what to make of our haves."""
    head = ("command=fetch", "agent=tierkeeper", f"object-format={object_format(wanted[0])}")
    options = ("thin-pack", "ofs-delta", "no-progress")
    arguments = (*options, *(f"want {sha}" for sha in wanted), *(f"have {sha}" for sha in haves), "done")
    return b"".join((*map(_line, head), _DELIMITER, *map(_line, arguments), FLUSH))


def _line(text: str) -> bytes:
    return packet(f"{text}\n".encode())


def _pack(answer: bytes) -> Iterator[bytes]:
    """Yield the pieces of the one section we asked for. https://git-scm.com/docs/gitprotocol-pack#_packfile_data."""
    answered = packets(answer)
    if next(answered, b"").rstrip(b"\n") != b"packfile":
        raise Unclear("an answer without a pack")
    for piece in answered:
        match piece[:1]:
            case b"\1":
                yield piece[1:]
            case b"\2":
                pass
            case _:
                raise Unclear("the server broke off")
