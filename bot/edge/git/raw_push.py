"""A job's push in git's own protocol: one request and no process, where `git push` asks twice and starts four.

`git push` first asks where all refs are, and then walks what it has and the server has not. We know both already: the
server holds what it gave us, so what this job wrote is all it lacks; and where we expect the ref to be goes along, for
the server moves it from there or not at all. If it turns out to lack something, that too is left to `git push`.
https://git-scm.com/docs/gitprotocol-pack#_pushing_data_to_a_server
"""

from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from bot.core.model import Sha
from bot.edge.git.environment import Server
from bot.edge.git.pack import pack
from bot.edge.git.view import View
from bot.edge.git.wire import FLUSH, Question, Unclear, ask, object_format, packet, packets

_LACKING = "missing necessary objects"
_FINAL = (401, 429)
"""A server may not like to be pushed to by one that never asked what it can do, and say so as 403 or 404."""


@dataclass(frozen=True, slots=True)
class Update:
    """A ref to be pointed at a commit."""

    ref: str
    commit: Sha
    expected: Sha | None
    """Where it has to be before; None if it must not exist."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why the server did not do it."""

    why: str
    said: tuple[str, ...] = ()
    """What its hooks had to say to the person who pushes."""


def push(http: httpx.Client, view: View, server: Server, update: Update, timeout: float) -> Rejection | None:
    """Have a ref pointed at a commit, in `timeout` seconds; raise Unclear where there is no telling what came of it.

    A server that says no to us, rather than to this update, is Denied, Refused or Transient, as in failures.py.
    """
    body = packet(_command(update)) + FLUSH + pack(view, update.commit)
    report, said = _sorted(ask(http, server, Question("receive-pack", body, final=_FINAL), timeout))
    match [line.decode(errors="replace").rstrip("\n") for line in packets(report)]:
        case ["unpack ok", line] if line == f"ok {update.ref}":
            return None
        case ["unpack ok", line] if line.startswith(f"ng {update.ref} ") and _LACKING not in line:
            return Rejection(line.removeprefix(f"ng {update.ref} "), tuple(_lines(said)))
        case _:
            raise Unclear("a report of something else")


def _command(update: Update) -> bytes:
    old = update.expected or "0" * len(update.commit)
    wishes = f"report-status side-band-64k quiet object-format={object_format(update.commit)} agent=tierkeeper"
    return f"{old} {update.commit} {update.ref}\0 {wishes}".encode()


def _sorted(answer: bytes) -> tuple[bytes, bytes]:
    """Return the report, which is in packets again, and what is meant for people."""
    report, said = bytearray(), bytearray()
    for piece in packets(answer):
        match piece[:1]:
            case b"\1":
                report += piece[1:]
            case b"\2":
                said += piece[1:]
            case _:
                raise Unclear("the server broke off")
    return bytes(report), bytes(said)


def _lines(said: bytes) -> Iterator[str]:
    return (line.strip() for line in said.decode(errors="replace").splitlines())
