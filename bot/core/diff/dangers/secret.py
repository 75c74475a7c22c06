"""Secrets: which keys change; never to what."""

from collections.abc import Iterator

from bot.core.diff.dangers.effect import Effect, listed
from bot.core.diff.scalars import decoded
from bot.core.diff.tree import Tree, mapping
from bot.core.manifests import Danger


def found(effect: Effect) -> Iterator[Danger]:
    """Tell of a Secret that is new or changed."""
    if effect.identity.kind != "Secret" or not effect.after:
        return
    olds, news = _keys(effect.before), _keys(effect.after)
    told = [
        f"{what} {listed(keys)}"
        for what, keys in (
            ("adds", sorted(news.keys() - olds.keys())),
            ("removes", sorted(olds.keys() - news.keys())),
            ("changes", sorted(key for key in olds.keys() & news.keys() if olds[key] != news[key])),
        )
        if keys
    ]
    if not effect.before:
        yield Danger("secret", f"{effect.title} is new" + (f": it {told[0]}." if told else "."))
    elif told:
        yield Danger("secret", f"{effect.title} {', '.join(told)}.")


def _keys(tree: dict[str, Tree]) -> dict[str, Tree]:
    """Return the fingerprints by key; as in the cluster, a key of `stringData` hides that of `data`."""
    merged = mapping(tree.get("data")) | mapping(tree.get("stringData"))
    return {decoded(key): value for key, value in merged.items()}
