"""A whole diff in one line: how much happens, and which images change."""

from dataclasses import dataclass

from bot.core.diff.images import order
from bot.core.manifests import ImageChange, ManifestDiff


@dataclass(frozen=True, slots=True)
class Counts:
    """How many objects meet which fate, over all overlays."""

    overlays: int = 0
    """Those that render to something else, or failed to."""
    added: int = 0
    removed: int = 0
    changed: int = 0
    """Without those that only follow a generated name."""
    renamed: int = 0
    following: int = 0
    """Changed objects in which nothing changes but a generated name they refer to."""


def counts(diff: ManifestDiff) -> Counts:
    """Count the objects of a diff."""
    objects = [each for overlay in diff.overlays for each in overlay.objects]
    fates = ["following" if each.follows else each.change for each in objects]
    return Counts(
        len(diff.overlays),
        fates.count("added"),
        fates.count("removed"),
        fates.count("changed"),
        fates.count("renamed"),
        fates.count("following"),
    )


def images(diff: ManifestDiff) -> tuple[ImageChange, ...]:
    """Return each change of an image once, by image."""
    objects = (each for overlay in diff.overlays for each in overlay.objects)
    return tuple(sorted({change for each in objects for change in each.images}, key=order))
