"""Definitions of resources: what happens to objects that are stored already."""

from collections.abc import Iterator

from bot.core.diff.dangers.effect import Effect, listed, word
from bot.core.diff.tree import Tree, at, items
from bot.core.manifests import Danger


def found(effect: Effect) -> Iterator[Danger]:
    """Tell of a changed CustomResourceDefinition."""
    if effect.identity.kind != "CustomResourceDefinition" or not effect.changed:
        return
    told = list(_worse(effect))
    for sentence in told or [f"{effect.title} changes, for all objects of its kind."]:
        yield Danger("crd", sentence)


def _worse(effect: Effect) -> Iterator[str]:
    olds, news = _versions(effect.before), _versions(effect.after)
    gone = sorted(olds.keys() - news.keys())
    if gone:
        yield f"{effect.title} loses {listed(gone)}: objects stored in such a version cannot be read any more."
    unserved = sorted(name for name in olds.keys() & news.keys() if _on(olds, name, "served", news))
    if unserved:
        yield f"{effect.title} no longer serves {listed(unserved)}."
    old, new = (sorted(name for name in each if word(each[name], "storage") == "true") for each in (olds, news))
    if old != new:
        yield f"{effect.title} stores objects as {listed(new) or 'nothing'} instead of {listed(old) or 'nothing'}."


def _on(olds: dict[str, Tree], name: str, key: str, news: dict[str, Tree]) -> bool:
    """Return whether something is switched off in a version."""
    return word(olds[name], key) == "true" != word(news[name], key)


def _versions(tree: Tree) -> dict[str, Tree]:
    return {word(each, "name"): each for each in items(at(tree, "spec", "versions"))}
