"""What git's words of failure mean to us; it has no better codes than its exit status and these sentences."""

import re

from bot.core.model import Refused, Transient


class Corrupt(Exception):
    """The mirror lacks or garbles objects; a fresh one will do."""


class Denied(Exception):
    """The server does not take our token."""


class Failed(Exception):
    """Git ended in a way nobody expected: a bug of ours, or a git we do not know."""


_CORRUPT = re.compile(
    r"bad (?:tree )?object|corrupt|could not parse|index file|invalid object|is empty|missing (?:blob|tree)"
    r"|not a git repository|not a valid object|object file|packfile|pack has|revision walk setup failed"
    r"|unable to (?:read|find)|unresolved delta|did not send all necessary objects"
    r"|unterminated line in|unexpected line in|could not read [0-9a-f]{40}",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"returned error: 40[13]\b|Authentication failed|could not read Username|terminal prompts disabled"
)
_GONE = re.compile(r"returned error: 404\b|repository '.*' not found|Repository not found", re.IGNORECASE)
_NOT_OURS = re.compile(r"not our ref|no such remote ref|Server does not allow request for unadvertised object")
_UNSOUND = re.compile(r"object ([0-9a-f]{40,64}: \w+: [^\n]{1,200}).*fsck error", re.DOTALL)
_LACKING = re.compile(
    r"No space left on device|Disk quota exceeded|Cannot allocate memory|out of memory|Too many open files"
    r"|Resource temporarily unavailable",
    re.IGNORECASE,
)
"""What this machine has run out of; git says in the same breath that an object or a pack is no good."""
_LONGEST = 500


def of_mirror(command: str, status: int, text: str) -> Exception:
    """Return what the failure of a command on a mirror amounts to: Transient, Corrupt or Failed."""
    if lack := _LACKING.search(text):
        return Transient(f"this machine has too little of something for git: {lack[0]}")
    if _CORRUPT.search(text):
        return Corrupt(text[-_LONGEST:])
    return Failed(f"git {command} ended with {status}: {text[-_LONGEST:]}")


def of_network(text: str) -> Exception:
    """Return what a failed conversation with the server amounts to."""
    if _NOT_OURS.search(text):
        return Refused("the commit no longer exists on GitHub; somebody may have rewritten the branch")
    if _DENIED.search(text):
        return Denied(text[-_LONGEST:])
    if _GONE.search(text):
        return Refused("the repository does not exist any more, or the App may no longer read it")
    if unsound := _UNSOUND.search(text):
        return Refused(
            f"git takes an object of this history for an attack ({unsound[1]}), and we do not fetch it. "
            "Once the history no longer has it, this goes on"
        )
    if _CORRUPT.search(text) and not _LACKING.search(text):
        return Corrupt(text[-_LONGEST:])
    return Transient(f"the git server did not do its part: {text[-_LONGEST:]}")
