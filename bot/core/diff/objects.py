"""Documents to objects: what Kubernetes tells one from another by, and lists taken apart."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from bot.core.diff import events, plain
from bot.core.diff.documents import Document
from bot.core.diff.scalars import bare, decoded
from bot.core.diff.tree import Tree, mapping
from bot.core.diff.unreadable import Side, Unreadable
from bot.core.manifests import Identity

_LISTS = 5
"""How deep lists of lists are taken apart."""


@dataclass(frozen=True, slots=True)
class Object:
    """One object of a rendering."""

    identity: Identity
    tree: dict[str, Tree]
    text: str | None = None
    """What it was read from, if every key stands there as it is: without an alias, without an escape."""


class _NoObjectError(Exception):
    pass


def read(documents: Iterable[Document], side: Side, *, canonical: bool) -> list[Object]:
    """Return the objects of some documents, in their order. Raises Unreadable."""
    return [each for document in documents for each in _objects(document, side, canonical=canonical)]


def identities(documents: Iterable[Document], *, canonical: bool) -> set[Identity]:
    """Return what some documents define; those that cannot be read define nothing."""
    found: set[Identity] = set()
    for document in documents:
        with suppress(Unreadable):
            found.update(each.identity for each in _objects(document, "head", canonical=canonical))
    return found


def _objects(document: Document, side: Side, *, canonical: bool) -> list[Object]:
    tree = plain.read(document.text) if canonical else None
    try:
        if isinstance(tree, dict) and tree.get("kind") != "Secret":
            return list(_expanded(tree, document.text))
        return list(_expanded(events.read(document.text), None))
    except events.Unparsable as error:
        line = document.line + error.line
        raise Unreadable(error.reason, side=side, document=document.number, line=line) from None
    except _NoObjectError as error:
        raise Unreadable(str(error), side=side, document=document.number, line=document.line) from None


def _expanded(tree: Tree, text: str | None, levels: int = _LISTS) -> Iterator[Object]:
    if tree == "null":
        return
    if not isinstance(tree, dict):
        raise _NoObjectError("it is no object of Kubernetes")
    kind, members = _text(tree, "kind"), tree.get("items")
    if not kind:
        raise _NoObjectError("it has no kind")
    if not isinstance(members, list) or not _is_list(tree, kind, members):
        yield Object(_identity(tree, kind), tree, text)
        return
    if not levels:
        raise _NoObjectError("it holds lists of lists of lists")
    for member in members:
        if kind != "List" and kind.endswith("List") and isinstance(member, dict):
            yield from _expanded(_typed(member, tree, kind), text, levels - 1)
        else:
            yield from _expanded(member, text, levels - 1)


def _is_list(tree: dict[str, Tree], kind: str, members: list[Tree]) -> bool:
    """Return whether Argo CD and `kubectl` take the items for objects: whatever the kind, and named or not."""
    if kind.endswith("List") and "name" not in mapping(tree.get("metadata")):
        return True
    telling = ("kind", "metadata") if kind.endswith("List") else ("kind",)
    return bool(members) and all(any(key in mapping(member) for key in telling) for member in members)


def _typed(member: dict[str, Tree], of: dict[str, Tree], kind: str) -> dict[str, Tree]:
    """Return an item of a list of one kind, which need not repeat that kind."""
    inherited: dict[str, Tree] = {"apiVersion": of.get("apiVersion", "v1"), "kind": bare(kind.removesuffix("List"))}
    return inherited | member


def _identity(tree: dict[str, Tree], kind: str) -> Identity:
    """Return what tells an object from others; a name still to be generated ends in `-`, which no name does."""
    metadata = tree.get("metadata")
    name = _text(metadata, "name") or _text(metadata, "generateName")
    if not name:
        raise _NoObjectError("it has no name")
    version = _text(tree, "apiVersion")
    group = version.rpartition("/")[0]
    return Identity(group, kind, _text(metadata, "namespace"), name)


def _text(tree: Tree | None, key: str) -> str:
    leaf = mapping(tree).get(key)
    return "" if leaf is None or leaf == "null" or isinstance(leaf, (dict, list)) else decoded(leaf)
