"""One object, or one failure, as Markdown that stands alone."""

from collections.abc import Iterator, Sequence

from bot.core.manifests import Failure, Hunk, Identity, ObjectDiff
from bot.core.words.markdown import block, code, count, few, shortened

NAME_LIMIT = 120
"""Characters of a path or a name; Kubernetes allows 253 in a name, and a manifest anything."""
LINE_LIMIT = 500
"""Characters of one line; what is longer is data, not something to be read."""
MESSAGE_LIMIT = 4000
SHOWN_NAMES = 20

_SAID = {"added": "new", "removed": "⚠ deleted", "changed": "changed", "renamed": "renamed"}


def named(identity: Identity) -> str:
    """Return what an object is called, as Markdown."""
    return f"{name(identity.kind)} {name(full_name(identity))}"


def full_name(identity: Identity) -> str:
    """Return `namespace/name`, or the name alone."""
    return f"{identity.namespace}/{identity.name}" if identity.namespace else identity.name


def name(text: str) -> str:
    """Return a name or a path as code of bounded length."""
    return code(shortened(text, NAME_LIMIT))


def whole(one: ObjectDiff) -> str:
    """Return the diff of one object under its heading."""
    before = f", before: {name(one.earlier_name)}" if one.earlier_name else ""
    heading = f"**{_SAID[one.change]}** {named(one.identity)}{before}"
    text = "\n".join(shown(one))
    return f"{heading}\n\n{block(text, 'diff')}" if text else heading


def following(those: Sequence[ObjectDiff]) -> str:
    """Return the names of objects of which no more needs to be said."""
    many = f"{count(len(those), 'object')} only {'follows' if len(those) == 1 else 'follow'} a new generated name"
    return f"{many}: {few([named(one.identity) for one in those], SHOWN_NAMES)}"


def shown(one: ObjectDiff) -> Iterator[str]:
    """Yield the lines of a diff, those that say where it goes on among them."""
    for hunk in one.hunks:
        if one.change in {"changed", "renamed"}:
            yield where(hunk)
        yield from (shown_line(line) for line in hunk.lines)


def where(hunk: Hunk) -> str:
    """Return a hunk's own line, as `diff -u` has it."""
    before, after = (sum(line[:1] != sign for line in hunk.lines) for sign in ("+", "-"))
    return f"@@ -{hunk.before},{before} +{hunk.after},{after} @@"


def shown_line(line: str) -> str:
    """Return a line within bounds; one that ends as Windows has it shows so, which may be all that changed."""
    if len(line) > LINE_LIMIT:
        return f"{visible(line[:LINE_LIMIT])} … {len(line) - LINE_LIMIT:,} more characters"
    return visible(line)


def visible(line: str) -> str:
    """Return a line in which a carriage return can be seen."""
    return line.replace("\r", "␍").replace("\n", "␊")


def failure(found: Failure) -> str:
    """Return why a rendering did not come about."""
    opening = "❌ **cannot be rendered**" if found.side == "head" else "⚠ **could not be rendered before this change**"
    at = f"{found.path}:{found.line}" if found.line else found.path
    return f"{opening}{f', says {name(at)}' if at else ''}\n\n{block(shortened(found.message, MESSAGE_LIMIT) or '-')}"
