"""Names from outside, before they may reach a git command: object names, branch names and addresses."""

import ipaddress
import re
from urllib.parse import urlsplit

from bot.core.model import Refused, Sha

_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|^[./]|[./]$|\.lock(?:/|$)")
_LONGEST = 240


def sha(text: str) -> Sha:
    """Return the text if it is a full object name; raise Refused if not."""
    if not is_sha(text):
        raise Refused(f"{text[:80]!r} is not a full commit id")
    return text


def is_sha(text: str) -> bool:
    """Return whether a text is a full object name."""
    return _SHA.fullmatch(text) is not None


def ref(branch: str) -> str:
    """Return `refs/heads/<branch>`; raise Refused for what git would not take as a branch.

    A branch may well be called `--all`; behind `refs/heads/` it is no option. https://git-scm.com/docs/git-check-ref-format
    """
    if not branch or branch == "@" or _FORBIDDEN.search(branch) or len(branch.encode(errors="replace")) > _LONGEST:
        raise Refused(f"{branch[:80]!r} is not a valid branch name")
    return f"refs/heads/{branch}"


def address(url: str) -> str:
    """Return the address if git may speak to it: https, or http on this machine alone; raise Refused if not."""
    parts = urlsplit(url)
    if parts.username or parts.password or not parts.hostname or any(mark in url for mark in "\r\n\0 "):
        raise Refused("the repository has no usable clone address")
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname)):
        return url
    raise Refused("a repository is only cloned over https")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
