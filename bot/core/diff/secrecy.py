"""Secret values to fingerprints, before anything else looks at an object.

A fingerprint is keyed, so nobody can try likely values against it, and taken of the decoded value, so that `data`,
`stringData` and an environment variable of one value show one fingerprint. Hidden are: whatever a Secret holds besides
what it is and what it is called, of whichever API group; the data of one that another object carries, for another
cluster (ManifestWork) or to be made later (Crossplane); the copy that `kubectl apply` keeps in an annotation; and what
lies below the keys, or in variables of the names, that the rules tell. What an object is called is never hidden.
"""

import base64
import binascii
import fnmatch
import hmac
import re
from contextlib import suppress
from functools import lru_cache

from bot.core.diff.objects import Object
from bot.core.diff.scalars import decoded, is_text
from bot.core.diff.tree import Tree
from bot.core.manifests import Manner

_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_OPEN = frozenset({"type", "immutable"})
"""What of a Secret is no secret, besides what it is called."""
_SECRETS = frozenset({"secret", "secretlist"})
_CARRIED = frozenset({"data", "stringdata", "items"})
"""What is hidden of a Secret, or of a list of them, within another object; what only refers to one has none of it."""
_MAY_CARRY = re.compile(r"^[ -]*[\"']?kind[\"']?: (?:.*secret|.*\\|\|)", re.IGNORECASE | re.MULTILINE)
"""Where a Secret may be carried in canonical text; a block or an escape has to be read first."""
_DIGITS = 10


class Secrecy:
    """What is hidden, and how."""

    def __init__(self, manner: Manner) -> None:
        self._key = manner.key
        self._redacts = bool(manner.redact)
        globs = "|".join(fnmatch.translate(each.lower()) for each in (_LAST_APPLIED, *manner.redact))
        self._names = re.compile(globs)
        self._is_hidden = lru_cache(10_000)(self._matches)

    def veiled(self, one: Object) -> dict[str, Tree]:
        """Return an object's tree without its secret values."""
        tree, secret = one.tree, one.identity.kind.lower() in _SECRETS
        if not (secret or self._redacts or one.text is None or _may_hide(one.text)):
            return tree  # the walk would take a tenth of all the time
        found: dict[str, Tree] = {}
        for key, value in tree.items():
            if key in {"apiVersion", "kind"}:
                found[key] = value
            elif secret and not (key == "metadata" or (key in _OPEN and isinstance(value, str))):
                found[key] = self._hidden(value, encoded=key == "data")
            elif key == "metadata" and isinstance(value, dict):
                found[key] = self._metadata(value)
            else:
                found[key] = self._entry(key, value)
        return found

    def _metadata(self, tree: dict[str, Tree]) -> dict[str, Tree]:
        kept = {"name", "namespace", "generateName"}
        return {key: value if key in kept else self._entry(key, value) for key, value in tree.items()}

    def _entry(self, key: str, value: Tree) -> Tree:
        return self._hidden(value) if self._is_hidden(key) else self._visible(value)

    def _visible(self, tree: Tree) -> Tree:
        if isinstance(tree, dict):
            return self._mapping(tree)
        return [self._visible(item) for item in tree] if isinstance(tree, list) else tree

    def _mapping(self, tree: dict[str, Tree]) -> Tree:
        found = {
            key: self._hidden(value)
            if self._is_hidden(key)
            else (value if isinstance(value, str) else self._visible(value))
            for key, value in tree.items()
        }
        for key in _carried(tree):
            found[key] = self._hidden(tree[key], encoded=decoded(key).lower() == "data")
        name = tree.get("name")
        if "value" in tree and isinstance(name, str) and self._is_hidden(name):
            found["value"] = self._hidden(tree["value"])
        return found

    def _hidden(self, tree: Tree, *, encoded: bool = False) -> Tree:
        if isinstance(tree, dict):
            return {key: self._hidden(value, encoded=encoded) for key, value in tree.items()}
        if isinstance(tree, list):
            return [self._hidden(item, encoded=encoded) for item in tree]
        return tree if tree == "null" else f"<secret {self._fingerprint(tree, encoded=encoded)}>"

    def _fingerprint(self, leaf: Tree, *, encoded: bool) -> str:
        """Return a few digits; of what is not text, other ones than of the text that reads the same."""
        value = (decoded(leaf) if is_text(leaf) else f"\0{leaf}").encode()
        if encoded:
            with suppress(binascii.Error):
                value = base64.b64decode(b"".join(value.split()), validate=True)
        return hmac.digest(self._key, value, "sha256").hex()[:_DIGITS]

    def _matches(self, key: str) -> bool:
        return self._names.match(decoded(key).lower()) is not None


def _may_hide(text: str) -> bool:
    return _LAST_APPLIED in text or _MAY_CARRY.search(text) is not None


def _carried(tree: dict[str, Tree]) -> list[str]:
    """Return the keys of a mapping within an object that hold secret values, if it is a Secret itself."""
    kinds = (decoded(value).lower() for key, value in tree.items() if _is_kind(key) and not isinstance(value, dict))
    return [key for key in tree if decoded(key).lower() in _CARRIED] if not _SECRETS.isdisjoint(kinds) else []


@lru_cache(10_000)
def _is_kind(key: str) -> bool:
    return decoded(key).lower() == "kind"
