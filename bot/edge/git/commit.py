"""A commit object read as git keeps it.

Its message may be of any length, and whoever asks for 250 commits would hold them all, so a message is cut to 64 KB.
The message of a picked commit goes on to the next tier as it was cut.
"""

import re

from bot.core.model import Commit, Sha

_FIELD = re.compile(rb"^(tree|parent|author|committer|encoding) (.*)$", re.MULTILINE)
_LONGEST = 64 << 10
_LONGEST_SUBJECT = 1 << 10


def parse(sha: Sha, body: bytes) -> Commit:
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
        message=_text(_cut(text), encoding),
    )


def _cut(message: bytes) -> bytes:
    """Return a message of at most 64 KB: of a longer one its first line, a note, and its end, where trailers are."""
    if len(message) <= _LONGEST:
        return message
    subject = message.lstrip().partition(b"\n")[0][:_LONGEST_SUBJECT]
    note = b"\n\n(Tierkeeper left out the middle of this message, which had %d bytes.)\n\n" % len(message)
    end = message[len(subject) + len(note) - _LONGEST :]
    return subject + note + (end.partition(b"\n")[2] or end)


def _text(raw: bytes, encoding: str) -> str:
    try:
        text = raw.decode(encoding)
        text.encode()
    except (LookupError, UnicodeError):
        return raw.decode(errors="surrogateescape")
    return text
