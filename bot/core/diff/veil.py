"""What is left of an object for anybody to look at: no secret values, no fields that the rules leave out."""

from bot.core.diff.objects import Object
from bot.core.diff.omission import Omission
from bot.core.diff.secrecy import Secrecy
from bot.core.manifests import Manner


class Veil:
    """What the rules want neither shown nor compared."""

    def __init__(self, manner: Manner) -> None:
        self._secrecy = Secrecy(manner)
        self._omission = Omission(manner)

    def over(self, one: Object) -> Object:
        """Return what is left of an object."""
        return Object(one.identity, self._omission.left(self._secrecy.veiled(one), one.identity.kind))
