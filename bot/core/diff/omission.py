"""Fields that the rules leave out of the comparison."""

import fnmatch
import re

from bot.core.diff.scalars import decoded
from bot.core.diff.tree import Tree, below, label
from bot.core.manifests import Manner

_NAMES = frozenset({"apiVersion", "kind", "metadata", "metadata.name", "metadata.namespace"})
"""Without them an object is none."""


class Omission:
    """What is left out.

    A path is that of keys joined by dots; an item of a list counts by its name, or else by its index from 0. The `*` of
    a glob stands for dots and slashes too, for keys have them.
    """

    def __init__(self, manner: Manner) -> None:
        self._globs = [(each.kind, re.compile(fnmatch.translate(each.path))) for each in manner.ignore]

    def left(self, tree: dict[str, Tree], kind: str) -> dict[str, Tree]:
        """Return what is left of an object's tree."""
        globs = [path for glob, path in self._globs if fnmatch.fnmatchcase(kind, glob)]
        return _left(tree, "", globs) if globs else tree


def _left(tree: dict[str, Tree], path: str, globs: list[re.Pattern[str]]) -> dict[str, Tree]:
    found: dict[str, Tree] = {}
    for key, value in tree.items():
        inner = below(path, decoded(key))
        if inner in _NAMES or not any(glob.match(inner) for glob in globs):
            found[key] = _inside(value, inner, globs)
    return found


def _inside(tree: Tree, path: str, globs: list[re.Pattern[str]]) -> Tree:
    if isinstance(tree, dict):
        return _left(tree, path, globs)
    if not isinstance(tree, list):
        return tree
    named = [(below(path, decoded(label(item, index))), item) for index, item in enumerate(tree)]
    return [_inside(item, inner, globs) for inner, item in named if not any(glob.match(inner) for glob in globs)]
