"""A job's fetch in git's own protocol: one request and one `git index-pack`, where `git fetch` asks twice.

`git fetch` then walks the whole trees of what it got, which no setting turns off: at 50,000 files it takes 2.5 times
as long (95 ms to 38 on loopback), and a pick with its push 1.3 times (225 ms to 172). Nothing is lost without: what
the mirror holds is complete, and `index-pack --strict` dies of an object that is unsound or points at one that is not
here. What this module does not understand it leaves to `git fetch`, which also knows best how to say what is wrong.
https://git-scm.com/docs/protocol-v2#_fetch
"""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from bot.core.model import Sha, Transient
from bot.edge.git import environment, failures, process
from bot.edge.git.environment import Server
from bot.edge.git.view import LOCAL_TIMEOUT, View

_SILENCE = 30.0
"""Seconds without a byte, after which the server is taken for dead."""
_LARGEST = 16 << 20
"""Bytes of an answer held in memory; `git fetch` writes what is larger to the disk as it comes."""
_MOST_HAVES = 32
_SHA1_DIGITS = 40
_SIZE = re.compile(rb"[0-9a-f]{4}")
_TIP = re.compile(r"^([0-9a-f]{40}(?:[0-9a-f]{24})?)(?: refs/heads/.*)?$", re.MULTILINE)
_HEADERS = {
    "User-Agent": "git/2 (tierkeeper)",  # servers may tell git from browsers by its beginning
    "Git-Protocol": "version=2",
    "Content-Type": "application/x-git-upload-pack-request",
    "Accept": "application/x-git-upload-pack-result",
    "Accept-Encoding": "identity",
}
_FLUSH, _DELIMITER = b"0000", b"0001"


class Unclear(Exception):
    """Nothing was fetched, and why is for `git fetch` to find out; says no word of the server's."""


def client() -> httpx.Client:
    """Return the connections that all jobs share; like git's, they go to this machine without a proxy."""
    limits = httpx.Limits(max_connections=100, keepalive_expiry=30)
    return httpx.Client(timeout=_SILENCE, limits=limits, mounts={"http://": None})


def fetch(http: httpx.Client, view: View, server: Server, wanted: tuple[Sha, ...], timeout: float) -> None:
    """Bring commits and all they need into the view, in `timeout` seconds; raise Unclear where that is not to be had.

    A server that says no is Denied, Refused or Transient, as in failures.py.
    """
    answer = _ask(http, server, _question(wanted, _haves(view.mirror)), time.monotonic() + timeout)
    pack = b"".join(_pack(answer))
    strict = f"--strict={','.join(f'{name}={level}' for name, level in environment.FSCK.items())}"
    argv = ("index-pack", "--stdin", "--fix-thin", strict)
    unsynced = view.variables({"core.fsync": "none"})  # the pack goes with the job
    done = process.run(view.mirror, unsynced, argv, LOCAL_TIMEOUT, pack)
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


def _question(wanted: tuple[Sha, ...], haves: tuple[Sha, ...]) -> bytes:
    """Ask for all at once: `done` says that we leave it to the server what to make of our haves."""
    hashed = "sha1" if len(wanted[0]) == _SHA1_DIGITS else "sha256"
    head = ("command=fetch", "agent=tierkeeper", f"object-format={hashed}")
    options = ("thin-pack", "ofs-delta", "no-progress")
    arguments = (*options, *(f"want {sha}" for sha in wanted), *(f"have {sha}" for sha in haves), "done")
    return b"".join((*map(_packet, head), _DELIMITER, *map(_packet, arguments), _FLUSH))


def _packet(line: str) -> bytes:
    return f"{len(line) + 5:04x}{line}\n".encode()


def _ask(http: httpx.Client, server: Server, question: bytes, deadline: float) -> bytes:
    headers = {**_HEADERS, "Authorization": server.authorization()}
    try:
        with http.stream("POST", f"{server.url}/git-upload-pack", content=question, headers=headers) as response:
            _judge(response)
            return _body(response, deadline)
    except httpx.TimeoutException:
        raise Transient(f"the git server was silent for {_SILENCE:g} s") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unclear(type(error).__name__) from None


def _judge(response: httpx.Response) -> None:
    status = response.status_code
    if status in (401, 403, 404, 429) or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise failures.of_network(f"The requested URL returned error: {status}")
    if status != httpx.codes.OK or response.headers.get("Content-Type") != _HEADERS["Accept"]:
        raise Unclear(f"an answer {status} of another kind")


def _body(response: httpx.Response, deadline: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > _LARGEST:
            raise Unclear(f"more than {_LARGEST >> 20} MB")
        if time.monotonic() > deadline:
            raise Transient("the git server did not come to an end")
    return bytes(body)


def _pack(answer: bytes) -> Iterator[bytes]:
    """Yield the pieces of the one section we asked for. https://git-scm.com/docs/gitprotocol-pack#_packfile_data."""
    packets = _packets(answer)
    if next(packets, b"").rstrip(b"\n") != b"packfile":
        raise Unclear("an answer without a pack")
    for packet in packets:
        match packet[:1]:
            case b"\1":
                yield packet[1:]
            case b"\2":
                pass
            case _:
                raise Unclear("the server broke off")


def _packets(answer: bytes) -> Iterator[bytes]:
    """Yield the lines of an answer up to its flush. https://git-scm.com/docs/gitprotocol-common#_pkt_line_format."""
    at = 0
    while (size := answer[at : at + 4]) != _FLUSH:
        end = at + int(size, 16) if _SIZE.fullmatch(size) else 0
        if not at + 4 <= end <= len(answer):
            raise Unclear("an answer that is not in packets")
        yield answer[at + 4 : end]
        at = end
