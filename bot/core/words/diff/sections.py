"""A section per overlay with its objects: all of them, or as many whole ones as fit, and counts of the others."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from bot.core.manifests import Failure, ManifestDiff, ObjectDiff, OverlayDiff
from bot.core.words.diff.anchors import there
from bot.core.words.diff.counts import failing, lines, signed, tally
from bot.core.words.diff.pieces import LINE_LIMIT, NAME_LIMIT, failure, following, whole
from bot.core.words.markdown import count, details, html_code, shortened, size

GAP = "\n\n"


@dataclass(frozen=True, slots=True)
class _Followers:
    """The objects of an overlay that only follow a generated name."""

    objects: tuple[ObjectDiff, ...]


_Piece = Failure | ObjectDiff | _Followers


@dataclass(slots=True)
class _Section:
    """An overlay, and what of it is shown."""

    overlay: OverlayDiff
    link: str | None
    pieces: Sequence[_Piece]
    taken: dict[int, str] = field(default_factory=dict)

    def left(self) -> list[_Piece]:
        return [piece for at, piece in enumerate(self.pieces) if at not in self.taken]

    def said(self) -> str:
        left, link = self.left(), self.link and there(self.link, self.overlay.name)
        texts = [self.taken[at] for at in sorted(self.taken)]
        body = GAP.join([*texts, *([_more(left, link)] if left else [])])
        return details(_summary(self.overlay), body, opened=bool(self.overlay.failures))


def sections(diff: ManifestDiff, link: str | None, *, most: int) -> str:
    """Return the sections within so many bytes."""
    found = [_Section(one, link, _pieces(one)) for one in diff.overlays if one.failures or one.objects]
    if not _exceed((piece for section in found for piece in section.pieces), most):
        for section in found:
            section.taken = {at: _written(piece) for at, piece in enumerate(section.pieces)}
        text = _joined(found, link)
        if size(text) <= most:
            return text
    return _joined(_filled(found, most - size(_rest(found, link)) - len(GAP)), link)


def _pieces(overlay: OverlayDiff) -> tuple[_Piece, ...]:
    loud = (one for one in overlay.objects if not one.quiet)
    quiet = tuple(one for one in overlay.objects if one.quiet)
    return *overlay.failures, *loud, *([_Followers(quiet)] if quiet else [])


def _filled(found: list[_Section], room: int) -> list[_Section]:
    """Give room to failures first, then to what is dangerous, then to what is small: so one object hides no others."""
    for section in found:
        section.taken = {}
    for _, _, number, at in sorted(_candidates(found)):
        section, piece = found[number], found[number].pieces[at]
        if _exceed([piece], room):
            continue
        text = _written(piece)
        price = size(text) + len(GAP) + (0 if section.taken else size(section.said()) + len(GAP))
        if price <= room:
            section.taken[at] = text
            room -= price
    return found


def _candidates(found: Sequence[_Section]) -> Iterator[tuple[int, int, int, int]]:
    """Yield the rank and the lines of each piece, and where it is."""
    for number, section in enumerate(found):
        for at, piece in enumerate(section.pieces):
            if not isinstance(piece, ObjectDiff):
                yield 0 if isinstance(piece, Failure) else 2, 0, number, at
            else:
                yield 1 if piece.dangers else 2, sum(len(hunk.lines) for hunk in piece.hunks), number, at


def _written(piece: _Piece) -> str:
    if isinstance(piece, _Followers):
        return following(piece.objects)
    return failure(piece) if isinstance(piece, Failure) else whole(piece)


def _exceed(pieces: Iterable[_Piece], room: int) -> bool:
    """Return whether pieces take more than so many bytes, without writing them; those that hardly do may pass."""
    return any(so_far > room for so_far in accumulate(_lengths(pieces)))


def _lengths(pieces: Iterable[_Piece]) -> Iterator[int]:
    for piece in pieces:
        for hunk in piece.hunks if isinstance(piece, ObjectDiff) else ():
            yield from (min(len(line), LINE_LIMIT) + 1 for line in hunk.lines)


def _joined(found: Sequence[_Section], link: str | None) -> str:
    hidden = [one for one in found if not one.taken]
    return GAP.join([*(one.said() for one in found if one.taken), *([_rest(hidden, link)] if hidden else [])])


def _rest(hidden: Sequence[_Section], link: str | None) -> str:
    return _more([piece for one in hidden for piece in one.pieces], link, overlays=len(hidden))


def _more(left: Sequence[_Piece], link: str | None, *, overlays: int = 0) -> str:
    """Return how much is not shown, and where it is."""
    failures = sum(isinstance(piece, Failure) for piece in left)
    touched = [one for piece in left for one in _objects(piece)]
    counted = [
        *([f"not shown: {count(overlays, 'overlay')}"] if overlays else []),
        *([count(failures, "failure" if overlays else "more failure")] if failures else []),
        *([count(len(touched), "object" if overlays else "more object")] if touched else []),
        *([count(lines(touched), "line")] if touched else []),
    ]
    elsewhere = f": see the [full diff](<{link}>)" if link else ""
    return f"… {', '.join(counted)}{elsewhere or ('' if overlays else ': not shown here')}"


def _objects(piece: _Piece) -> tuple[ObjectDiff, ...]:
    if isinstance(piece, _Followers):
        return piece.objects
    return (piece,) if isinstance(piece, ObjectDiff) else ()


def _summary(overlay: OverlayDiff) -> str:
    name = html_code(shortened(overlay.name, NAME_LIMIT))
    standing = [] if overlay.standing == "changed" else [f"{overlay.standing} overlay"]
    counted = [*tally(overlay.objects), signed(overlay.objects)] if overlay.objects else []
    failures = failing(overlay, lambda number: count(number, "failure"))
    return " · ".join([name, *standing, *failures, *counted])
