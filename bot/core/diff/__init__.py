"""Two renderings to what changed in them, object by object.

Text that is the same on both sides is never parsed; the rest becomes trees (kustomize's own text in a fifth of the time
a library needs, all other YAML through PyYAML's C parser), from which secret values are taken out before anything looks
at them. Objects are matched, trees woven into lines, and lines cut into hunks.
"""

from bot.core.diff.documents import changed
from bot.core.diff.matching import matched
from bot.core.diff.objects import read
from bot.core.diff.telling import Telling
from bot.core.diff.unreadable import Unreadable
from bot.core.diff.veil import Veil
from bot.core.manifests import Manner, ObjectDiff

__all__ = ["Unreadable", "compare"]


def compare(before: str, after: str, manner: Manner, *, canonical: bool) -> tuple[ObjectDiff, ...]:
    """Return what happens to each object, by kind, namespace and name; an empty text is a side that renders to nothing.

    `canonical` says that both come from kustomize, which sorts keys, so that equal objects are equal text.
    Raises Unreadable.
    """
    gone, come, kept = changed(before, after)
    veil = Veil(manner)
    olds = [veil.over(each) for each in read(gone, "base", canonical=canonical)]
    news = [veil.over(each) for each in read(come, "head", canonical=canonical)]
    return Telling(matched(olds, news), kept, canonical=canonical).told()
