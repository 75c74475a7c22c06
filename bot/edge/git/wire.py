"""Git's smart HTTP as we speak it ourselves: one request that asks for all at once, and an answer in packets.

Whatever is not as expected is Unclear, and left to git itself, which also knows best how to say what is wrong.
https://git-scm.com/docs/http-protocol https://git-scm.com/docs/gitprotocol-common#_pkt_line_format
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import httpx

from bot.core.model import Sha, Transient
from bot.edge.git import failures
from bot.edge.git.environment import Server
from bot.settings.trust import authorities

FLUSH: Final = b"0000"

_SILENCE = 30.0
"""Seconds without a byte, after which the server is taken for dead."""
_LARGEST = 16 << 20
"""Bytes of an answer held in memory; git writes what is larger to the disk as it comes."""
_SIZE = re.compile(rb"[0-9a-f]{4}")
_SHA1_DIGITS = 40


class Unclear(Exception):
    """It did not work out, or there is no telling whether it did; says no word of the server's."""


def client() -> httpx.Client:
    """Return the connections that all jobs share; like git's, they go to this machine without a proxy."""
    limits = httpx.Limits(max_connections=100, keepalive_expiry=30)
    return httpx.Client(verify=authorities(), timeout=_SILENCE, limits=limits, mounts={"http://": None})


@dataclass(frozen=True, slots=True)
class Question:
    """What is put to one of the server's two services, `upload-pack` and `receive-pack`."""

    service: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    final: tuple[int, ...] = (401, 403, 404, 429)
    """Statuses that are believed to be the server's last word."""

    @property
    def answers(self) -> str:
        """The content type of what the service says."""
        return f"application/x-git-{self.service}-result"


def ask(http: httpx.Client, server: Server, question: Question, timeout: float) -> bytes:
    """Return the server's answer, which has to be complete after `timeout` seconds.

    A server that says no is Denied, Refused or Transient, as in failures.py.
    """
    headers = {
        "User-Agent": "git/2 (tierkeeper)",  # servers may tell git from browsers by its beginning
        "Content-Type": f"application/x-git-{question.service}-request",
        "Accept": question.answers,
        "Accept-Encoding": "identity",
        "Authorization": server.authorization(),
        **question.headers,
    }
    address, deadline = f"{server.url}/git-{question.service}", time.monotonic() + timeout
    try:
        with http.stream("POST", address, content=question.body, headers=headers) as response:
            _judge(response, question)
            return _body(response, deadline)
    except httpx.TimeoutException:
        raise Transient(f"the git server was silent for {_SILENCE:g} s") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unclear(type(error).__name__) from None


def packet(line: bytes) -> bytes:
    """Return a line as it goes over the wire."""
    return b"%04x%s" % (len(line) + 4, line)


def packets(answer: bytes) -> Iterator[bytes]:
    """Yield the lines of an answer up to its flush."""
    at = 0
    while (size := answer[at : at + 4]) != FLUSH:
        end = at + int(size, 16) if _SIZE.fullmatch(size) else 0
        if not at + 4 <= end <= len(answer):
            raise Unclear("an answer that is not in packets")
        yield answer[at + 4 : end]
        at = end


def object_format(sha: Sha) -> str:
    """Return what git calls the kind of hash that a name is of."""
    return "sha1" if len(sha) == _SHA1_DIGITS else "sha256"


def _judge(response: httpx.Response, question: Question) -> None:
    status = response.status_code
    if status in question.final or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise failures.of_network(f"The requested URL returned error: {status}")
    if status != httpx.codes.OK or response.headers.get("Content-Type") != question.answers:
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
