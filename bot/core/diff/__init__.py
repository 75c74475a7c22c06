"""Two renderings to what changed in them, object by object."""

from bot.core.manifests import Manner, ObjectDiff


class Unreadable(Exception):
    """A rendering that is not YAML, or not of Kubernetes' objects; the sentence says why."""


def compare(before: str, after: str, manner: Manner, *, canonical: bool) -> tuple[ObjectDiff, ...]:
    """Return what happens to each object, by identity; an empty text is a side that renders to nothing.

    `canonical` says that both come from kustomize, which sorts keys, so that equal objects are equal text.
    Raises Unreadable.
    """
    raise NotImplementedError
