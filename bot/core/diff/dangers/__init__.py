"""What a reviewer must not overlook, of one object."""

from collections.abc import Callable, Iterator

from bot.core.diff.dangers import crd, deletion, immutable, pods, rbac, secret
from bot.core.diff.dangers.effect import Effect
from bot.core.manifests import Danger

__all__ = ["Effect", "of"]

_ALL: tuple[Callable[[Effect], Iterator[Danger]], ...] = (
    deletion.found,
    crd.found,
    immutable.found,
    pods.found,
    rbac.found,
    secret.found,
)


def of(effect: Effect) -> tuple[Danger, ...]:
    """Return all dangers, the worst kinds first."""
    return tuple(danger for each in _ALL for danger in each(effect))
