"""Tiers, and charts, that cannot stand side by side; looked for in what was written, however wrong the rest is."""

import re
from collections.abc import Iterator

from bot.core.overlays import release_of
from bot.core.rules import names
from bot.core.rules.document import Document
from bot.core.rules.problem import Fault, Loc, quoted


def clashes(document: Document) -> Iterator[Fault]:
    """Find names, and branches, that the tiers share, and releases that charts do."""
    match document.data:
        case {"tiers": list(tiers)}:
            yield from _names(tiers, document)
            yield from _branches(tiers, document)
    match document.data:
        case {"render": {"charts": list(charts)}}:
            yield from _releases(charts, document)


def _releases(charts: list[object], document: Document) -> Iterator[Fault]:
    """Tell of a chart that is released twice under one name into one namespace."""
    seen: dict[tuple[str, str, str], int] = {}
    for index, chart in enumerate(charts):
        match chart:
            case {"path": str(path), **rest}:
                release, namespace = rest.get("release") or release_of(path), rest.get("namespace") or ""
                first = seen.setdefault((path, str(release), str(namespace)), index)
                if first != index:
                    told = f"render.charts[{first}] is the same chart, release and namespace; give it another 'release'"
                    yield _fault(document, ("render", "charts", index, "path"), told)


def _names(tiers: list[object], document: Document) -> Iterator[Fault]:
    """GitHub's labels know no upper and lower case, so neither do names."""
    seen: dict[str, int] = {}
    for index, tier in enumerate(tiers):
        match tier:
            case {"name": str(name)}:
                first = seen.setdefault(name.lower(), index)
                if first != index:
                    told = f"the name {quoted(name)} is already tiers[{first}]'s; each tier needs its own"
                    yield _fault(document, ("tiers", index, "name"), told)


def _branches(tiers: list[object], document: Document) -> Iterator[Fault]:
    """Compare as git does, where a branch is a file and slashes are folders: beside `live` there is no `live/eu`."""
    taken: dict[str, Loc] = {}
    folders: dict[str, Loc] = {}
    for index, tier in enumerate(tiers):
        branch, loc = _branch(tier, index)
        parents = [branch[: slash.start()] for slash in re.finditer("/", branch)]
        above = next((taken[parent] for parent in parents if parent in taken), folders.get(branch))
        if above:
            told = f"git cannot hold {quoted(branch)} beside tiers[{above[1]}]'s branch: one is the other's folder"
            yield _fault(document, loc, told)
        same = taken.setdefault(branch, loc)
        if same != loc and "branch" in (same[-1], loc[-1]):
            told = f"the branch {quoted(branch)} is already tiers[{same[1]}]'s; each tier needs its own"
            yield _fault(document, loc, told)
        folders.update(dict.fromkeys(parents, loc))


def _branch(tier: object, index: int) -> tuple[str, Loc]:
    """Return a tier's branch and where it is written; a unique nothing where there is none to speak of."""
    match tier:
        case {"branch": str(branch)} if len(branch) <= names.BRANCH_LONGEST:
            return branch, ("tiers", index, "branch")
        case {"branch": _}:
            return f"\0{index}", ()
        case {"name": str(name)} if len(name) <= names.BRANCH_LONGEST:
            return name, ("tiers", index, "name")
        case _:
            return f"\0{index}", ()


def _fault(document: Document, loc: Loc, message: str) -> Fault:
    return Fault(document.values[loc].at, loc, message)
