"""Workloads that are switched off, and images nobody can tell apart."""

import re
from collections.abc import Iterator

from bot.core.diff.dangers.effect import Effect, word
from bot.core.manifests import Danger
from bot.core.words.markdown import code

_ZERO = re.compile(r"[+-]?0[0xob_]*(?:\.0*)?")


def found(effect: Effect) -> Iterator[Danger]:
    """Tell of replicas scaled to nothing, and of images without a fixed tag."""
    old, new = (word(each, "spec", "replicas") for each in (effect.before, effect.after))
    if effect.before and _ZERO.fullmatch(new) and not _ZERO.fullmatch(old):
        yield Danger("zero", f"{effect.title} is scaled to **0** replicas.")
    for change in effect.images:
        if _floats(change.after) and not _floats(change.before):
            how = "the tag `latest`" if change.after else "no tag, so it takes `latest`"
            yield Danger("latest", f"{effect.title}: the image {code(change.image)} has {how}; nobody knows what runs.")


def _floats(tag: str | None) -> bool:
    return tag in {"", "latest"}
