"""Objects that go, and what goes with them."""

from collections.abc import Iterator

from bot.core.diff.dangers.effect import Effect, titled
from bot.core.manifests import Danger
from bot.core.words.markdown import code

_WITH_IT = {
    ("", "PersistentVolumeClaim"): "its volume, and the data on it, may go with it",
    ("", "PersistentVolume"): "the data on it may go with it",
    ("apps", "StatefulSet"): "all its pods stop, and its volumes are left without an owner",
}


def found(effect: Effect) -> Iterator[Danger]:
    """Tell of an object that is removed, renamed, or moved to another namespace."""
    identity = effect.identity
    if effect.earlier_name:
        old = titled(identity.kind, effect.earlier_name)
        yield Danger("deletion", f"{old} is deleted{_with(effect)}; {code(identity.name)} is created in its place.")
    if effect.after or effect.repeated:
        return
    title = effect.title
    if effect.moved_to is not None:
        there = code(effect.moved_to) if effect.moved_to else "the application's own namespace"
        here = code(identity.namespace) if identity.namespace else "the application's own namespace"
        yield Danger("namespace", f"{title} is deleted in {here}{_with(effect)}, and created in {there}.")
    elif (identity.group, identity.kind) == ("", "Namespace"):
        yield Danger("namespace", f"{title} is deleted, **and everything in it**.")
    elif identity.kind == "CustomResourceDefinition":
        yield Danger("crd", f"{title} is deleted, **and every object of its kind**.")
    else:
        yield Danger("deletion", f"{title} is deleted{_with(effect)}.")


def _with(effect: Effect) -> str:
    more = _WITH_IT.get((effect.identity.group, effect.identity.kind))
    return f": **{more}**" if more else ""
