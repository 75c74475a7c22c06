"""Names of generated ConfigMaps and Secrets, which end in a hash of their content.

https://github.com/kubernetes-sigs/kustomize/blob/master/api/hasher/hasher.go
"""

import re
from collections import Counter
from collections.abc import Iterable

from bot.core.manifests import Hunk, Identity

_HASHED = re.compile(r"(?P<stem>.+)-[2456789bcdfghkmt]{10}")
"""The hash in hexadecimal, its vowels and what may be mistaken for one replaced."""
_WORD = re.compile(r"[A-Za-z0-9-]+")
"""Where a name is referred to; of a name with dots, what stands behind the last one tells enough."""


def stem(identity: Identity) -> str:
    """Return what a generated object's name begins with; nothing for any other."""
    generated = identity.kind in {"ConfigMap", "Secret"} and not identity.group
    found = _HASHED.fullmatch(identity.name) if generated else None
    return found["stem"] if found else ""


class Stems:
    """What generated names begin with, to tell them from names that only look like one."""

    def __init__(self, identities: Iterable[Identity]) -> None:
        self._known = frozenset(_last(stem(each)) for each in identities) - {""}

    def unhashed(self, line: str) -> str:
        """Return a line without the hashes in the generated names it holds."""
        return _WORD.sub(self._unhashed, line) if self._known else line

    def _unhashed(self, word: re.Match[str]) -> str:
        found = _HASHED.fullmatch(word[0])
        return f"{found['stem']}-" if found and found["stem"] in self._known else word[0]


class Successors:
    """Which generated name took the place of which."""

    def __init__(self, renames: Iterable[tuple[Identity, Identity]]) -> None:
        self._later = {
            _last(before.name): _last(after.name)
            for before, after in renames
            if before != after and stem(before) and stem(before) == stem(after)
        }

    def explain(self, hunks: Iterable[Hunk]) -> bool:
        """Return whether the names are all that changes."""
        if not self._later:
            return False
        gone, come = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        for hunk in hunks:
            for line, path in zip(hunk.lines, hunk.where, strict=True):
                if line[0] == "-":
                    gone[_WORD.sub(self._renamed, line[1:]), path] += 1
                elif line[0] == "+":
                    come[line[1:], path] += 1
        return gone == come

    def _renamed(self, word: re.Match[str]) -> str:
        return self._later.get(word[0], word[0])


def _last(name: str) -> str:
    return name.rpartition(".")[2]
