"""YAML as a tree of texts: no value is ever made of one, so that what differs in writing cannot be taken for equal.

A scalar is the line that writes it in canonical form, quotes included: `"on"` is a text, `on` may be a boolean. Text of
several lines is a tuple: the header of a literal block (`|-`) and the lines below it. Keys are scalars too.
"""

from collections.abc import Iterable

Leaf = str | tuple[str, ...]
Tree = dict[str, "Tree"] | list["Tree"] | Leaf
Row = tuple[str, str]
"""A line behind its sign (' ', '-' or '+'), and the path of the mapping or list it belongs to."""

_NAMES = ("name", "containerPort", "key", "mountPath", "devicePath", "topologyKey", "port", "host", "path", "ip", "uid")


def mapping(tree: Tree | None) -> dict[str, Tree]:
    """Return a mapping as it is, and anything else as an empty one."""
    return tree if isinstance(tree, dict) else {}


def items(tree: Tree | None) -> list[Tree]:
    """Return a list as it is, and anything else as an empty one."""
    return tree if isinstance(tree, list) else []


def at(tree: Tree | None, *keys: str) -> Tree | None:
    """Return what lies below some keys; None where there is nothing."""
    for key in keys:
        tree = mapping(tree).get(key)
    return tree


def below(path: str, key: str) -> str:
    """Return the path of what lies below a key."""
    return f"{path}.{key}" if path else key


def label(item: Tree, index: int) -> str:
    """Return what tells an item of a list from its neighbours: its name or the like, or else where it stands."""
    if isinstance(item, dict):
        for name in _NAMES:
            if isinstance(value := item.get(name), str):
                return value
    return str(index)


def rows(tree: Tree, lead: str = " ", rest: str = " ", path: str = "") -> list[Row]:
    """Write a tree as kustomize does: keys sorted, lists no deeper than their key, one line per scalar.

    `lead` stands before the first line, `rest` before the others: each a sign, and spaces or a list's dashes.
    """
    found: list[Row] = []
    write(tree, (lead, rest, path), found)
    return found


def text(tree: Tree) -> str:
    """Write a tree as one text, which is the same for equal trees only."""
    return "\n".join(line for line, _ in rows(tree))


def write(tree: Tree, place: tuple[str, str, str], found: list[Row]) -> None:
    """Add the lines of a tree."""
    lead, rest, path = place
    if isinstance(tree, str):
        found.append((lead + tree, path))
    elif isinstance(tree, tuple):
        found.append((lead + tree[0], path))
        found += block(tree[1:], rest, path)
    elif not tree:
        found.append((lead + ("{}" if isinstance(tree, dict) else "[]"), path))
    elif isinstance(tree, dict):
        for key in sorted(tree):
            write_entry(key, tree[key], (lead, rest, path), found)
            lead = rest
    else:
        for index, item in enumerate(tree):
            inner = path if isinstance(item, str) else below(path, label(item, index))
            write(item, (f"{lead}- ", f"{rest}  ", inner), found)
            lead = rest


def write_entry(key: str, value: Tree, place: tuple[str, str, str], found: list[Row]) -> None:
    """Add the lines of one entry of a mapping."""
    lead, rest, path = place
    if isinstance(value, str):
        found.append((f"{lead}{key}: {value}", path))
    elif isinstance(value, tuple):
        write(value, (f"{lead}{key}: ", f"{rest}  ", below(path, key)), found)
    elif value:
        found.append((f"{lead}{key}:", path))
        deeper = f"{rest}  " if isinstance(value, dict) else rest
        write(value, (deeper, deeper, below(path, key)), found)
    else:
        write(value, (f"{lead}{key}: ", rest, path), found)


def block(lines: Iterable[str], indent: str, path: str) -> list[Row]:
    """Write the lines of a literal block; an empty line is not indented."""
    return [(indent + line if line else indent[0], path) for line in lines]
