"""Names of generated ConfigMaps and Secrets, and objects in which nothing but such a name changes."""

import re
from collections import Counter
from collections.abc import Iterable

from bot.core.diff.matching import Pair, stem
from bot.core.manifests import Hunk


class Successors:
    """Which generated name took the place of which."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self._later = {
            before.identity.name: after.identity.name
            for before, after, _ in pairs
            if before and after and before.identity != after.identity and stem(before.identity) == stem(after.identity)
        }
        names = "|".join(map(re.escape, self._later))
        self._names = re.compile(rf"(?<![A-Za-z0-9-])(?:{names})(?![A-Za-z0-9-])") if names else None

    def explain(self, hunks: Iterable[Hunk]) -> bool:
        """Return whether the names are all that changes."""
        if self._names is None:
            return False
        gone, come = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        for hunk in hunks:
            for line, path in zip(hunk.lines, hunk.where, strict=True):
                if line[0] == "-":
                    gone[self._names.sub(lambda old: self._later[old[0]], line[1:]), path] += 1
                elif line[0] == "+":
                    come[line[1:], path] += 1
        return gone == come
