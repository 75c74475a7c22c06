"""What happens to one object, as the dangers look at it."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.diff.scalars import decoded
from bot.core.diff.tree import Tree, at
from bot.core.manifests import Identity, ImageChange
from bot.core.words.markdown import code

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Effect:
    """One object before and after, without its secret values; an empty mapping where it is not there."""

    identity: Identity
    """As in ObjectDiff."""
    before: dict[str, Tree]
    after: dict[str, Tree]
    images: tuple[ImageChange, ...] = ()
    earlier_name: str = ""
    """Set where it is renamed: deleted, and created under another name."""
    moved_to: str | None = None
    """For a removed object: the namespace in which an object of its name turns up."""
    repeated: bool = False
    """For a removed object: the rendering still defines it, at another place."""

    @property
    def title(self) -> str:
        """Its kind and name, in Markdown."""
        return titled(self.identity.kind, self.identity.name)

    @property
    def changed(self) -> bool:
        """Whether it stays what it is: it is neither new nor gone nor renamed."""
        return bool(self.before and self.after) and not self.earlier_name


def titled(kind: str, name: str) -> str:
    """Return an object's kind and name in Markdown."""
    return f"{code(kind)} {code(name)}"


def word(tree: Tree | None, *keys: str) -> str:
    """Return the text below some keys; nothing where there is none."""
    leaf = at(tree, *keys)
    return "" if leaf is None or leaf == "null" or isinstance(leaf, (dict, list)) else decoded(leaf)


def listed(names: Iterable[str]) -> str:
    """Return strangers' words as code, the first few of them."""
    known = list(names)
    shown = ", ".join(code(each) for each in known[:_SHOWN])
    return f"{shown} and {len(known) - _SHOWN} more" if len(known) > _SHOWN else shown
