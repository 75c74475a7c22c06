"""What pydantic found, said to the person who wrote the file."""

from difflib import get_close_matches

from pydantic_core import ErrorDetails

from bot.core.rules.document import Document
from bot.core.rules.keys import CHARTS_MOST, KEYS, LIST_MOST, TIERS_MOST
from bot.core.rules.problem import MOST, Fault, Loc, path_of, quoted

_PLANNED_KEYS = frozenset({("tiers", "*", "require"), ("tiers", "*", "freeze")})
_PLANNED_VALUES = {("tiers", "*", "merge"): ["when-allowed"], ("promotion", "strategy"): ["merge"]}
"""To accept today what only a later version enforces would promise what nobody keeps."""

_EXPECTED = {
    "int_type": "the number 1",
    "string_type": "text",
    "bool_type": "true or false",
    "list_type": "a list",
    "model_type": "a mapping of keys",
}

_LONGEST_TYPO = 20
"""Characters; a longer word is not compared, since that takes long and says little."""

_LIKE_TRUE = {"yes": "true", "on": "true", "true": "true", "no": "false", "off": "false", "false": "false"}


def faults(errors: list[ErrorDetails], document: Document) -> list[Fault]:
    """Return the first findings in the order of the file, each with its position and a sentence.

    A missing key that is there with a typing mistake is one problem, not two.
    """
    placed = sorted(((_at(error, document), error) for error in errors), key=lambda pair: pair[0])[:MOST]
    meant = {_meant(error["loc"]) for _, error in placed if error["type"] == "extra_forbidden"}
    return [
        Fault(at, error["loc"], _sentence(error, document))
        for at, error in placed
        if error["type"] != "missing" or error["loc"] not in meant
    ]


def _at(error: ErrorDetails, document: Document) -> int:
    match error["type"]:
        case "extra_forbidden":
            return document.keys[error["loc"]]
        case "missing":
            return document.values[error["loc"][:-1]].at
        case _:
            return document.values[error["loc"]].at


def _meant(loc: Loc) -> Loc:
    """Return the known key that is nearest to an unknown one; the unknown one itself where none is near."""
    known = _known(loc[:-1])
    key = str(loc[-1])
    near = get_close_matches(key.lower(), known, n=1) if len(key) <= _LONGEST_TYPO else ()
    return (*loc[:-1], *near) if near else loc


def _sentence(error: ErrorDetails, document: Document) -> str:
    match error["type"]:
        case "extra_forbidden":
            return _unknown(error["loc"])
        case "missing":
            return _missing(error["loc"])
        case _:
            return _wrong(error, document.values[error["loc"]].found)


def _unknown(loc: Loc) -> str:
    if _shape(loc) in _PLANNED_KEYS:
        return _not_yet(quoted(str(loc[-1])))
    meant = _meant(loc)
    hint = f"expected {_one_of(_known(loc[:-1]))}" if meant == loc else f"did you mean {meant[-1]!r}?"
    return f"unknown key {quoted(str(loc[-1]))}{_within(loc)}; {hint}"


def _missing(loc: Loc) -> str:
    key = str(loc[-1])
    meaning = KEYS[_shape(loc[:-1])].model_fields[key].description or ""
    return f"the key {key!r} is missing{_within(loc)}: {meaning[:1].lower()}{meaning[1:].rstrip('.')}"


def _wrong(error: ErrorDetails, found: str) -> str:
    loc, given = error["loc"], error["input"]
    match error["type"]:
        case "value_error":
            return str(error["ctx"]["error"])
        case "literal_error" if given in _PLANNED_VALUES.get(_shape(loc), []):
            return _not_yet(f"'{loc[-1]}: {given}'")
        case "literal_error":
            return f"expected {error['ctx']['expected']}, found {found}{_hint(error)}"
        case "too_short":
            return "expected at least one tier, found an empty list"
        case "too_long":
            most = {("tiers",): TIERS_MOST, ("render", "charts"): CHARTS_MOST}.get(_shape(loc), LIST_MOST)
            return f"expected at most {most} entries, found {error['ctx']['actual_length']}"
        case kind:
            return f"expected {_EXPECTED[kind]}, found {found}{_hint(error)}"


def _not_yet(what: str) -> str:
    return (
        f"{what} is planned, and this version of Tierkeeper does not enforce it yet: it is refused rather than ignored"
    )


def _hint(error: ErrorDetails) -> str:
    """Return what to write instead, where that can be guessed."""
    hint = ""
    match error["type"], error["input"]:
        case "bool_type", str(word) if word.lower() in _LIKE_TRUE:
            hint = f"; write {_LIKE_TRUE[word.lower()]}, without quotes"
        case "int_type", "1":
            hint = "; write 1, without quotes"
        case "literal_error", str(word) if len(word) <= _LONGEST_TYPO:
            near = get_close_matches(word.lower(), error["ctx"]["expected"].split("'")[1::2], n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
        case "list_type", str(word):
            hint = f"; write [{quoted(word)}]"
        case "string_type", value if not isinstance(value, list | dict | None):
            hint = "; put it in quotes to make it text"
    return hint


def _known(parent: Loc) -> list[str]:
    return list(KEYS[_shape(parent)].model_fields)


def _shape(loc: Loc) -> tuple[str, ...]:
    return tuple("*" if isinstance(part, int) else part for part in loc)


def _within(loc: Loc) -> str:
    return f" in {path_of(loc[:-1])}" if len(loc) > 1 else ""


def _one_of(words: list[str]) -> str:
    return ", ".join(map(repr, words[:-1])) + f" or {words[-1]!r}"
