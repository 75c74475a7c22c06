"""The address of a page, signed, so that it opens for whoever was given it and for nobody who guesses.

The page holds what a private repository renders to, so the address is a secret. It stands in the pull request, which
only those who may read the repository see, and runs out, for a secret that was copied elsewhere should not last.
An address is the same each time it is made within a week: a comment that says nothing new is not edited.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.model import Sha

DAY = 24 * 3600
WEEK = 7 * DAY

_DOMAIN = b"tierkeeper: the address of a diff, version 1"
_FORM = re.compile(
    r"/diffs/(?P<repo>[\w.-]{1,100}/[\w.-]{1,100})/(?P<pull>[1-9][0-9]{0,17})/"
    r"(?P<base>[0-9a-f]{40}|[0-9a-f]{64})\.\.\.(?P<head>[0-9a-f]{40}|[0-9a-f]{64})"
    r"\?installation=(?P<installation>[1-9][0-9]{0,17})&expires=(?P<expires>[1-9][0-9]{0,17})"
    r"&signature=(?P<signature>[\w-]{43})",
    re.ASCII,
)
"""The one way an address is written, so that none opens that we did not write."""


class Bad(Exception):
    """An address that we did not write; the visitor is not told what is wrong with it."""


class Expired(Exception):
    """An address of ours that has run out; the sentence says how to get a new one."""


@dataclass(frozen=True, slots=True)
class Link:
    """What an address leads to."""

    installation: int
    repo: str
    """The full name: `acme/shop`."""
    pull: int
    base: Sha
    head: Sha
    expires: int
    """In seconds since 1970."""


def expiry(now: float, lasting: int) -> int:
    """Return when an address made now runs out: the same for every moment of a week.

    It opens for `lasting` seconds at least, and for at most a week longer.
    """
    return (int(now) // WEEK + 1) * WEEK + lasting


def address(link: Link, key: bytes, public_url: str) -> str:
    """Return the address; `public_url` is how the bot is reached from outside, with or without a path and a slash."""
    where = _where(link)
    full = f"{where}&signature={_signature(where, key)}"
    if not _FORM.fullmatch(full):
        raise ValueError(f"no address leads to {link}")
    return public_url.rstrip("/") + full


def read(path_and_query: str, keys: Sequence[bytes], now: float) -> Link:
    """Return what an address leads to if one of the keys signed it. Raises Bad or Expired.

    Keys are the secret of today and, while it is replaced, the one before. All of them are tried each time, so that
    the time taken does not tell which one it was.
    """
    found = _FORM.fullmatch(path_and_query)
    if found is None:
        raise Bad
    link = Link(
        installation=int(found["installation"]),
        repo=found["repo"],
        pull=int(found["pull"]),
        base=found["base"],
        head=found["head"],
        expires=int(found["expires"]),
    )
    signed = [hmac.compare_digest(_signature(_where(link), key), found["signature"]) for key in keys]
    if not any(signed):
        raise Bad
    if link.expires <= now:
        raise Expired(
            "This address has run out. Open the pull request and follow the link in the comment there; "
            "where that has run out too, re-run the check tierkeeper/diff, which renews it."
        )
    return link


def _where(link: Link) -> str:
    """Return an address as far as it is signed; no part can hold what ends it, so it means one thing only."""
    path = f"/diffs/{link.repo}/{link.pull}/{link.base}...{link.head}"
    return f"{path}?installation={link.installation}&expires={link.expires}"


def _signature(where: str, key: bytes) -> str:
    """Return 256 bits that only the key makes; it is derived, as the secret may serve other ends too."""
    if not key:
        raise ValueError("a key is needed, and it must not be empty")
    derived = hmac.digest(key, _DOMAIN, "sha256")
    return urlsafe_b64encode(hmac.digest(derived, where.encode(), "sha256")).decode().rstrip("=")
