"""The message of a promoted commit, by the rules of `git cherry-pick -x`.

Git decides with them whether a line joins the trailers or starts a paragraph of its own, so every tool that reads
trailers agrees with us. https://git-scm.com/docs/git-interpret-trailers
"""

import re

from bot.core.model import Sha

_ORIGIN = "Promoted-From"
_CO_AUTHOR = "Co-authored-by"
_SIGN_OFF = "Signed-off-by"
_PICKED = "(cherry picked from commit "
_OWN = ("Signed-off-by: ", _PICKED)
_LOOKS = re.compile(r"[A-Za-z0-9-]+[ \t]*:|\(cherry picked from commit ")
_SPACE = " \t\r"
_WITH_BODY = 2
_TRAILER = re.compile(r"([A-Za-z0-9-]+)[ \t]*:[ \t]*(.*)")
_LEADING = re.compile(r"\A(?:[ \t\r]*\n)+")
_MERGE_SUBJECT = re.compile(r"Merge pull request #\d+ from \S+\Z")


def promoted(
    message: str,
    *,
    picked: tuple[Sha, ...],
    origin: str,
    co_authors: tuple[str, ...] = (),
    sign_off: str | None = None,
) -> str:
    """Return a message with where the change was picked from and came from first; what it says already stays as it is.

    Ours is the last word on where it came from: another that somebody wrote there stays, before the true one.
    `origin` is the source pull request as `owner/repo#n`; `co_authors` and `sign_off` are people as `Name <mail>`.
    """
    said = [(key.lower(), value) for key, value in trailers(message)]
    known = set(said)
    lines = [f"{_CO_AUTHOR}: {one}" for one in co_authors if (_CO_AUTHOR.lower(), one) not in known]
    there = frozenset(stripped(message).split("\n"))
    lines += [line for sha in picked if (line := f"{_PICKED}{sha})") not in there]
    if [value for key, value in said if key == _ORIGIN.lower()][-1:] != [origin]:
        lines.append(f"{_ORIGIN}: {origin}")
    if sign_off and (_SIGN_OFF.lower(), sign_off) not in known:
        lines.append(f"{_SIGN_OFF}: {sign_off}")
    return stripped(_append(message, *lines))


def with_trailer(message: str, key: str, value: str) -> str:
    """Return a message with one more trailer."""
    return stripped(_append(message, f"{key}: {value}"))


def without(message: str, key: str) -> str:
    """Return a message without the trailers of that key, wherever a squash left them."""
    line = rf"^{re.escape(key)}[ \t]*:.*\n?(?:[ \t]+\S.*\n?)*"
    return re.sub(line, "", message, flags=re.MULTILINE | re.IGNORECASE)


def quotes(squash: str, message: str) -> bool:
    """Return whether a squash's message is GitHub's own list of all messages, with that one among them."""
    return f"* {stripped(message).strip()}" in stripped(squash)


def is_default_merge(message: str) -> bool:
    """Return whether a merge commit's message is GitHub's own, which tells nothing but the title below it."""
    return bool(_MERGE_SUBJECT.match(stripped(message).partition("\n")[0]))


def trailers(message: str) -> tuple[tuple[str, str], ...]:
    """Return the trailers of a message's last paragraph, as (key, value); none if it is no block of trailers."""
    block = _block(stripped(message))
    folded = re.sub(r"\n[ \t]+", " ", "\n".join(block))
    found = (_TRAILER.fullmatch(line) for line in folded.split("\n"))
    return tuple((match[1], match[2].strip()) for match in found if match)


def values(message: str, key: str) -> tuple[str, ...]:
    """Return what the trailers of one key say; its case does not count."""
    return tuple(value for found, value in trailers(message) if found.lower() == key.lower())


def stripped(text: str) -> str:
    """Return text as `git stripspace` would: no blank lines around, one at most between, no space at line ends."""
    lines = [line.rstrip(_SPACE) for line in text.split("\n")]
    whole = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
    return f"{whole}\n" if whole else ""


def _append(text: str, *lines: str) -> str:
    """Add lines to the block of trailers, or start one; where there is no text, the first of them stands for it."""
    whole = _LEADING.sub("", text)
    if not whole and len(lines) > 1:
        return _append(*lines)
    if whole and not whole.endswith("\n"):
        whole += "\n"
    return "".join([whole, "" if _block(whole) else "\n", *(f"{line}\n" for line in lines)])


def _block(text: str) -> tuple[str, ...]:
    """Return the lines of the last paragraph if git takes it for a block of trailers.

    It is not the first, and its lines all look like trailers, or a quarter of them do and git itself wrote one.
    """
    paragraphs = _paragraphs(text)
    if len(paragraphs) < _WITH_BODY:
        return ()
    block = paragraphs[-1]
    looks = others = 0
    in_trailer = False
    for line in block:
        if not line.startswith((" ", "\t")):
            in_trailer = bool(_LOOKS.match(line))
            looks += in_trailer
        others += not in_trailer
    own = any(line.startswith(_OWN) for line in block)
    enough = looks * 3 >= others if own else looks and not others
    return block if enough else ()


def _paragraphs(text: str) -> list[tuple[str, ...]]:
    """Return the paragraphs without the lines git takes for comments; a title of comments alone still counts as one."""
    found: list[tuple[str, ...]] = []
    for part in re.split(r"\n(?:[ \t\r]*\n)+", text.rstrip()):
        lines = tuple(line for line in part.split("\n") if not line.startswith("#"))
        if lines or not found:
            found.append(lines)
    return found
