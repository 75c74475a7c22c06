"""Renderings, and what is made of them, for the tests of the diff."""

from collections.abc import Iterable
from textwrap import dedent

from bot.core.diff import compare
from bot.core.manifests import Hunk, Manner, ObjectDiff

MANNER = Manner(b"a key", redact=("*_TOKEN",))


def yaml(text: str) -> str:
    """Return a manifest as it is written in a test."""
    return dedent(text).lstrip("\n")


def one(before: str, after: str, manner: Manner = MANNER, *, canonical: bool = False) -> ObjectDiff:
    """Return what happens to the one object that changes."""
    (told,) = compare(yaml(before), yaml(after), manner, canonical=canonical)
    return told


def same(before: str, after: str, manner: Manner = MANNER, *, canonical: bool = False) -> bool:
    """Return whether nothing changes."""
    return compare(yaml(before), yaml(after), manner, canonical=canonical) == ()


def changed(told: ObjectDiff) -> list[str]:
    """Return the lines that go and come."""
    return [line for hunk in told.hunks for line in hunk.lines if line[0] != " "]


def sentences(told: ObjectDiff) -> list[str]:
    """Return the dangers."""
    return [f"{danger.rule}: {danger.sentence}" for danger in told.dangers]


def shown(diffs: Iterable[ObjectDiff]) -> str:
    """Write diffs for a golden file."""
    return "\n\n".join("\n".join(_shown(each)) for each in diffs)


def _shown(told: ObjectDiff) -> Iterable[str]:
    it = told.identity
    yield f"{told.change} {it.kind} {it.name} +{told.added} -{told.removed}"
    yield f"in {it.namespace or 'no namespace'}, of {it.group or 'the core'}"
    if told.earlier_name:
        yield f"earlier: {told.earlier_name}"
    if told.follows:
        yield "follows a generated name"
    yield from (f"image {each.image}: {each.before} -> {each.after}" for each in told.images)
    yield from (f"! {sentence}" for sentence in sentences(told))
    for hunk in told.hunks:
        yield f"@@ {hunk.before} {hunk.after} @@ {_heading(hunk)}"
        yield from hunk.lines


def _heading(hunk: Hunk) -> str:
    return next(path for line, path in zip(hunk.lines, hunk.where, strict=True) if line[0] != " ")
