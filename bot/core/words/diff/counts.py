"""The first line: how many overlays and objects, what is deleted, which images."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from bot.core.manifests import ImageChange, ManifestDiff, ObjectDiff, OverlayDiff
from bot.core.words.markdown import count, few, shortened

Change = Literal["added", "removed", "changed", "renamed"]
SHOWN_IMAGES = 3
_SAID: dict[Change, str] = {"changed": "changed", "added": "added", "removed": "deleted ⚠", "renamed": "renamed"}

Quote = Callable[[str], str]
"""How a stranger's word is written: as code, or as it is."""


def objects(diff: ManifestDiff) -> Iterable[ObjectDiff]:
    """Yield the objects of all overlays."""
    return (one for overlay in diff.overlays for one in overlay.objects)


def failed(overlay: OverlayDiff) -> bool:
    """Return whether an overlay cannot be rendered any more; one that could not be before is no fault of the change."""
    return any(failure.side == "head" for failure in overlay.failures)


def failing(overlay: OverlayDiff, said: Callable[[int], str]) -> list[str]:
    """Return how many renderings failed, those before the change apart: the change may have mended them."""
    before = sum(failure.side == "base" for failure in overlay.failures)
    now = len(overlay.failures) - before
    return [
        *([f"{said(now)} ❌"] if now else []),
        *([f"{said(before)} before this change"] if before else []),
    ]


def failed_before(overlay: OverlayDiff) -> bool:
    """Return whether an overlay could not be rendered before, and nothing is wrong with it since."""
    return bool(overlay.failures) and not failed(overlay)


def lines(touched: Iterable[ObjectDiff]) -> int:
    """Return how many lines are new or gone."""
    return sum(one.added + one.removed for one in touched)


def signed(touched: Sequence[ObjectDiff]) -> str:
    """Return `+12 -3`."""
    return f"+{sum(one.added for one in touched):,} -{sum(one.removed for one in touched):,}"


def tally(touched: Sequence[ObjectDiff]) -> list[str]:
    """Return how many objects are changed, added, deleted and renamed, or only follow, the first with its noun."""
    found = Counter(one.change for one in touched if not one.quiet)
    said = [(found[change], word) for change, word in _SAID.items() if found[change]]
    if quiet := sum(one.quiet for one in touched):
        said.append((quiet, "follows" if quiet == 1 else "follow"))
    return [f"{count(n, 'object') if at == 0 else f'{n:,}'} {word}" for at, (n, word) in enumerate(said)]


def headline(diff: ManifestDiff, quote: Quote) -> str:
    """Return the counts as one line."""
    broken = sum(failed(overlay) for overlay in diff.overlays)
    before = sum(failed_before(overlay) for overlay in diff.overlays)
    return " · ".join(
        [
            count(len(diff.overlays), "overlay"),
            *([f"{broken:,} cannot be rendered ❌"] if broken else []),
            *tally([*objects(diff)]),
            *_images(diff, quote),
            *([f"{before:,} could not be rendered before this change"] if before else []),
        ]
    )


def _images(diff: ManifestDiff, quote: Quote) -> list[str]:
    """Return which images change; those of a deleted object go with it, and others may use them still."""
    kept = (one for one in objects(diff) if one.change != "removed")
    found = sorted({image for one in kept for image in one.images}, key=ImageChange.order)
    said = [_image(image, quote) for image in found]
    return [f"images: {few(said, SHOWN_IMAGES)}"] if said else []


def _image(image: ImageChange, quote: Quote) -> str:
    name, before, after = (quote(shortened(text or "", 30)) for text in (_last(image.image), image.before, image.after))
    if image.before is None:
        return f"{name} {after} is new"
    return f"{name} {before} is gone" if image.after is None else f"{name} {before} → {after}"


def _last(image: str) -> str:
    return image.rstrip("/").rpartition("/")[2] or image
