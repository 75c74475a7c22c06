"""A request's JSON body, read the way GitHub reads it: what has the wrong type is refused by name."""

from dataclasses import dataclass
from typing import Any

import msgspec

from sandbox.errors import Refusal, invalid

LONGEST_TEXT = 65_536


@dataclass(frozen=True, slots=True)
class Body:
    """The object a caller sent; an empty body is an empty object."""

    fields: dict[str, Any]

    @classmethod
    def parse(cls, raw: bytes) -> "Body":
        """Read JSON, or refuse with 400."""
        if not raw.strip():
            return cls({})
        try:
            found = msgspec.json.decode(raw)
        except msgspec.DecodeError as error:
            raise Refusal(400, "Problems parsing JSON") from error
        if isinstance(found, list):
            # Labels may be sent as a bare list. https://docs.github.com/en/rest/issues/labels#add-labels-to-an-issue
            return cls({"labels": found})
        if not isinstance(found, dict):
            raise Refusal(400, "Body should be a JSON object")
        return cls(found)

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    def text(self, name: str, default: str | None = None) -> str:
        """Return a string; refuses with 422 what is not one, and what is missing without a default."""
        value = self.fields.get(name, default)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            what = "nil" if value is None else str(value)
            raise _wrong(name, f"{what} is not a string", missing=name not in self.fields)
        return value

    def maybe(self, name: str) -> str | None:
        """Return a string or null."""
        return None if self.fields.get(name) is None else self.text(name)

    def words(self, name: str, resource: str) -> str | None:
        """Return the text of a body or comment, at most 65,536 characters."""
        text = self.maybe(name)
        if text is not None and len(text) > LONGEST_TEXT:
            raise invalid(resource, f"{name} is too long (maximum is {LONGEST_TEXT} characters)", field=name)
        return text

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a boolean."""
        value = self.fields.get(name, default)
        if not isinstance(value, bool):
            raise _wrong(name, f"{value} is not a boolean")
        return value

    def names(self, name: str) -> list[str]:
        """Return a list of strings; a label may also come as an object with a name."""
        value = self.fields.get(name) or []
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list):
            raise _wrong(name, f"{value} is not an array")
        found = [item.get("name") if isinstance(item, dict) else item for item in value]
        texts = [item for item in found if isinstance(item, str)]
        if len(texts) != len(found):
            raise _wrong(name, f"{value} is not an array of strings")
        return texts

    def objects(self, name: str) -> list[dict[str, Any]]:
        """Return a list of objects."""
        value = self.fields.get(name) or []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise _wrong(name, f"{value} is not an array of objects")
        return value

    def object(self, name: str) -> "Body":
        """Return an object inside, empty where there is none."""
        value = self.fields.get(name) or {}
        if not isinstance(value, dict):
            raise _wrong(name, f"{value} is not an object")
        return Body(value)


def _wrong(name: str, problem: str, *, missing: bool = False) -> Refusal:
    if missing:
        return Refusal(422, f'Invalid request.\n\n"{name}" wasn\'t supplied.')
    return Refusal(422, f"Invalid request.\n\nFor 'properties/{name}', {problem}.")
