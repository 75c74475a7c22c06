"""The values of a YAML document, and where each of them stood.

Built from ruamel.yaml's events rather than its nodes: one pass, and an alias, a tag or a thousand brackets are refused
before anything is made of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ruamel.yaml.events import (
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver

from bot.core.rules.problem import Fault, Loc, quoted, unquoted

_DEEPEST = 10
_UNREADABLE = object()
"""A value of a kind no key takes, such as a date."""


class Hopeless(Exception):
    """Reading on would tell nothing more."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands, and what it is in words."""

    at: int
    found: str


@dataclass(slots=True)
class Document:
    """The values of a file, and the places of its keys and values."""

    data: object
    keys: dict[Loc, int]
    values: dict[Loc, Place]
    faults: list[Fault]


class Reader:
    """Eats events, fills a document."""

    def __init__(self, events: Iterator[Event], document: Document) -> None:
        self._events = events
        self._document = document
        self._resolver = VersionedResolver(version=(1, 2))

    def read_all(self) -> None:
        """Read the stream's only document."""
        starts = 0
        for event in self._events:
            match event:
                case DocumentStartEvent():
                    starts += 1
                    self._start(event, starts)
                case NodeEvent():
                    self._document.data = self._read(event, ())
        if not starts:
            self._document.faults.append(Fault(0, (), "the file is empty; expected 'version' and 'tiers'"))

    def _start(self, event: DocumentStartEvent, starts: int) -> None:
        if starts > 1:
            self._fault(event, (), "expected one document, found another; take the '---' out")
            raise Hopeless
        if event.version or event.tags:
            self._fault(event, (), "'%' directives are not read here; take them out")

    def _read(self, event: Event, loc: Loc) -> object:
        self._refuse_indirection(event, loc)
        if len(loc) > _DEEPEST:
            self._fault(event, loc[:-1], f"expected at most {_DEEPEST} levels, found more")
            raise Hopeless
        match event:
            case MappingStartEvent():
                self._place(event, loc, "a mapping of keys")
                return self._mapping(loc)
            case SequenceStartEvent():
                self._place(event, loc, "a list")
                return self._sequence(loc)
            case ScalarEvent():
                return self._scalar(event, loc)
            case _:
                self._place(event, loc, "an alias")
                return _UNREADABLE

    def _mapping(self, loc: Loc) -> dict[str, object]:
        values: dict[str, object] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._key(event, loc)
            inner = (*loc, key)
            if key in values:
                self._fault(event, inner, f"the key {quoted(key)} is here a second time; keep one of the two")
            self._document.keys[inner] = event.start_mark.index
            values[key] = self._read(next(self._events), inner)
        return values

    def _key(self, event: Event, loc: Loc) -> str:
        if isinstance(event, ScalarEvent):
            self._refuse_indirection(event, loc)
            return self._text(event, loc)
        self._fault(event, loc, "expected a word as key, found something else")
        raise Hopeless

    def _sequence(self, loc: Loc) -> list[object]:
        values: list[object] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            values.append(self._read(event, (*loc, len(values))))
        return values

    def _scalar(self, event: ScalarEvent, loc: Loc) -> object:
        text = self._text(event, loc)
        kind = str(self._resolver.resolve(ScalarNode, text, event.implicit)).rpartition(":")[2]
        value, found = _understood(kind, text)
        at = event.start_mark.index
        if value is None and not text:  # what is left out stands nowhere, so its key is shown
            at = self._document.keys.get(loc, at)
        self._document.values[loc] = Place(at, found)
        return value

    def _text(self, event: ScalarEvent, loc: Loc) -> str:
        text = str(event.value)
        if re.search(r"[\ud800-\udfff]", text):
            self._fault(event, loc, "expected UTF-8 text, found an escape for half a character")
            raise Hopeless
        return text

    def _refuse_indirection(self, event: Event, loc: Loc) -> None:
        """Insist that what a line means can be read on that line."""
        if getattr(event, "anchor", None) is not None:
            self._fault(event, loc, "anchors and aliases are not read here; write the value out")
        if getattr(event, "tag", None) is not None:
            self._fault(event, loc, "'!' tags are not read here; write the value without")

    def _place(self, event: Event, loc: Loc, found: str) -> None:
        self._document.values[loc] = Place(event.start_mark.index, found)

    def _fault(self, event: Event, loc: Loc, message: str) -> None:
        self._document.faults.append(Fault(event.start_mark.index, loc, message))


def _understood(kind: str, text: str) -> tuple[object, str]:
    """Return a scalar's value, and what it is in words."""
    match kind:
        case "bool":
            return text.lower() == "true", text.lower()
        case "null":
            return None, "nothing"
        case "int" if re.fullmatch(r"[+-]?[0-9]{1,9}", text):
            return int(text), f"the number {text}"
        case "int" | "float":
            return _UNREADABLE, f"the number {unquoted(text)}"
        case "timestamp":
            return _UNREADABLE, f"the date {unquoted(text)}"
        case _:
            return text, f"the text {quoted(text)}"
