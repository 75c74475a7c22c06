"""What is wrong with a rules file, and where."""

from dataclasses import dataclass

Loc = tuple[str | int, ...]
"""The keys and indices that lead to a value."""

MOST = 100
"""Problems told at once; a stranger's file may hold thousands, and nobody reads on."""

_SHOWN = 40
"""Characters of a stranger's text that are repeated in a sentence."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake, with a sentence that says what was found and what was expected."""

    where: str
    """The file, as the reader knows it."""
    line: int
    """Counted from 1, as is `column`."""
    column: int
    path: str
    """Such as `tiers[1].branch`; empty for the file as a whole."""
    message: str

    def __str__(self) -> str:
        """Return it in the form that editors and terminals make a link of."""
        return f"{self.where}:{self.line}:{self.column}: {self.message}"


class Invalid(Exception):
    """A rules file that is not to be obeyed, with every reason why, in the order of the file."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Fault:
    """A mistake at a position of the text, before anybody asked for its line."""

    at: int
    """Characters before it."""
    loc: Loc
    message: str


def placed(faults: list[Fault], text: str, where: str) -> tuple[Problem, ...]:
    """Return the first problems in the order of the file, each with its line and column."""
    first = sorted(faults, key=lambda fault: fault.at)[:MOST]
    return tuple(Problem(where, *_position(text, fault.at), path_of(fault.loc), fault.message) for fault in first)


def path_of(loc: Loc) -> str:
    """Return `tiers[1].branch`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{_cut(part)}" for part in loc)
    return "".join(parts).removeprefix(".")


def quoted(text: str) -> str:
    """Return a stranger's text in quotes: on one line, nothing invisible in it, and not too long."""
    return repr(_cut(text))


def unquoted(text: str) -> str:
    """Return the same without quotes, for a number or a date."""
    return quoted(text)[1:-1]


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _position(text: str, at: int) -> tuple[int, int]:
    """Count lines as GitHub does, by line feeds; what is missing at the end is told on the last line there is."""
    at = min(at, len(text.rstrip()))
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
