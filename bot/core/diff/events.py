"""All of YAML to a tree, by the library's parser alone: no value is constructed, no tag obeyed, and work is bounded.

Argo CD and `kubectl` read YAML with sigs.k8s.io/yaml. As there, merge keys are resolved, and of two equal keys the
later one counts; and what an alias repeats is counted, for nine short lines can stand for gigabytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from bot.core.diff.scalars import as_key, scalar
from bot.core.diff.tree import Leaf, Tree

DEEPEST = 150
"""Levels of nesting; a schema in a CustomResourceDefinition has some fifty."""
REPEATED = 2_000_000
"""Characters that aliases may add to one document."""
_COLLECTIONS = (None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


class Unparsable(Exception):
    """Why a document is no YAML for us, in words of ours or the library's, and none of the document's."""

    def __init__(self, reason: str, line: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        """Counted from 0."""


def read(text: str) -> Tree:
    """Return what a document holds. Raises Unparsable."""
    try:
        return _Reader(yaml.parse(text, yaml.CSafeLoader)).document()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        raise Unparsable(error.problem or "it is not YAML", line) from None
    except (yaml.YAMLError, UnicodeError):
        raise Unparsable("it holds characters that YAML does not allow", 0) from None


@dataclass(frozen=True, slots=True)
class _Anchored:
    """What an alias repeats, and what that adds."""

    tree: Tree
    size: int
    depth: int


@dataclass(slots=True)
class _Reader:
    events: Iterator[yaml.Event]
    anchors: dict[str, _Anchored | None] = field(default_factory=dict)
    """None while it is being read."""
    size: int = 0
    """Characters read so far, those repeated included."""
    repeated: int = 0
    deepest: int = 0

    def document(self) -> Tree:
        """Read the one document there is."""
        tree: Tree = "null"
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                tree = self._node(next(self.events), 0)
                if documents > 1:
                    raise _unparsable("it holds a second document", event)
        return tree

    def _node(self, event: yaml.Event, depth: int) -> Tree:
        self.deepest = max(self.deepest, depth)
        if depth > DEEPEST:
            raise _unparsable(f"it is nested more than {DEEPEST} levels deep", event)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        anchor = event.anchor if isinstance(event, yaml.NodeEvent) else None
        if anchor is None:
            return self._content(event, depth)
        self.anchors[anchor] = None
        size, deepest, self.deepest = self.size, self.deepest, depth
        tree = self._content(event, depth)
        self.anchors[anchor] = _Anchored(tree, self.size - size, self.deepest - depth)
        self.deepest = max(self.deepest, deepest)
        return tree

    def _content(self, event: yaml.Event, depth: int) -> Tree:
        self.size += 8
        if isinstance(event, yaml.ScalarEvent):
            self.size += len(event.value)
            return scalar(event)
        if getattr(event, "tag", None) not in _COLLECTIONS:
            raise _unparsable("it has a tag that Kubernetes does not know", event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(depth)
        return self._mapping(depth)

    def _alias(self, event: yaml.AliasEvent, depth: int) -> Tree:
        known = self.anchors.get(event.anchor or "")
        if known is None:
            raise _unparsable("an alias repeats what is not there, or itself", event)
        self.size += known.size
        self.repeated += known.size
        self.deepest = max(self.deepest, depth + known.depth)
        if self.repeated > REPEATED:
            raise _unparsable("its aliases repeat too much", event)
        if self.deepest > DEEPEST:
            raise _unparsable(f"it is nested more than {DEEPEST} levels deep", event)
        return known.tree

    def _list(self, depth: int) -> Tree:
        tree: list[Tree] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            tree.append(self._node(event, depth + 1))
        return tree

    def _mapping(self, depth: int) -> Tree:
        tree: dict[str, Tree] = {}
        merged: dict[str, Tree] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            merges = isinstance(event, yaml.ScalarEvent) and event.value == "<<" and event.implicit[0]
            key = self._key(event, depth)
            value = self._node(next(self.events), depth + 1)
            if merges:
                _merge(value, merged, event)
            else:
                tree[as_key(key)] = value
        return dict(sorted((merged | tree).items()))

    def _key(self, event: yaml.Event, depth: int) -> Leaf:
        key = self._node(event, depth + 1)
        if isinstance(key, (dict, list)):
            raise _unparsable("a key is no text", event)
        return key


def _merge(value: Tree, merged: dict[str, Tree], event: yaml.Event) -> None:
    """Add what a merge key brings; of several mappings, the first that has a key decides."""
    for each in value if isinstance(value, list) else [value]:
        if not isinstance(each, dict):
            raise _unparsable("a merge key merges no mapping", event)
        for key, inner in each.items():
            merged.setdefault(key, inner)


def _unparsable(reason: str, event: yaml.Event) -> Unparsable:
    return Unparsable(reason, event.start_mark.line if event.start_mark else 0)
