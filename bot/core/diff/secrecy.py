"""Secret values to fingerprints, before anything else looks at an object.

A fingerprint is keyed, so nobody can try likely values against it, and taken of the decoded value, so that `data`,
`stringData` and an environment variable of one value show one fingerprint. Hidden are:

- whatever a Secret, of whichever API group, holds besides what it is (`type`, `immutable`), what it is called, its
  labels and the names of its keys, as far as Kubernetes would take those: of its annotations the values too;
- the same of one that another object carries, for another cluster (ManifestWork) or to be made later (Crossplane);
- `stringData` in any object, such as the templates of a SopsSecret;
- a text that has a Secret written in it, such as a file in a ConfigMap, as a whole;
- the copy that `kubectl apply` keeps in an annotation;
- what lies below the keys, or in variables of the names, that the rules tell.

What an object is called is never hidden. Shown is what no rule can know for a secret: a password in an argument, in a
label, in a text that is packed or spelt with escapes; and of two equal keys only the later one counts, `kind` too.
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
from bot.core.diff.tree import Leaf, Tree
from bot.core.manifests import Manner

_STRING_DATA = "stringData"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_OPEN = frozenset({"type", "immutable"})
"""What of a Secret is no secret, besides what it is called."""
_CALLED = frozenset({"name", "namespace", "generateName"})
_SECRETS = frozenset({"secret", "secretlist"})
_CARRIED = frozenset({"data", "stringdata", "items"})
"""What is hidden of a Secret, or of a list of them, within another object; what only refers to one has none of it."""
_MAY_CARRY = re.compile(r"^[ -]*[\"']?kind[\"']?: (?:.*secret|.*\\|\|)", re.IGNORECASE | re.MULTILINE)
"""Where a Secret may be carried in canonical text; a block or an escape has to be read first."""
_WRITTEN = re.compile(r"kind\\?[\"']?[ \t]*:[ \t]*\\?[\"']?secret(?:list)?\b", re.IGNORECASE)
_HOLDS = re.compile(r"data\\?[\"']?[ \t]*:", re.IGNORECASE)
"""A Secret in a text, whether YAML or JSON, quoted once more or not; what only refers to one has no data."""
_SHORTEST = len("kind:secretdata:")
_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
"""https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data"""
_DIGITS = 10


class Secrecy:
    """What is hidden, and how."""

    def __init__(self, manner: Manner) -> None:
        self._key = manner.key
        self._redacts = bool(manner.redact)
        globs = "|".join(
            fnmatch.translate(each.lower()) for each in (_LAST_APPLIED, _STRING_DATA.lower(), *manner.redact)
        )
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
            elif key == "metadata" and isinstance(value, dict):
                found[key] = self._metadata(value, secret=secret)
            elif secret and not (key in _OPEN and isinstance(value, str)):
                found[key] = self._data(value, encoded=key == "data")
            else:
                found[key] = self._entry(key, value)
        return found

    def _metadata(self, tree: dict[str, Tree], *, secret: bool) -> dict[str, Tree]:
        return {
            key: value
            if key in _CALLED
            else self._hidden(value)
            if secret and key != "labels"
            else self._entry(key, value)
            for key, value in tree.items()
        }

    def _entry(self, key: str, value: Tree) -> Tree:
        return self._hidden(value) if self._is_hidden(key) else self._visible(value)

    def _visible(self, tree: Tree) -> Tree:
        if isinstance(tree, dict):
            return self._mapping(tree)
        if isinstance(tree, list):
            return [self._visible(item) for item in tree]
        return self._hidden(tree) if _has_secret_in(tree) else tree

    def _mapping(self, tree: dict[str, Tree]) -> Tree:
        found = {key: self._entry(key, value) for key, value in tree.items()}
        if _is_secret(tree):
            for key, value in tree.items():
                lower = decoded(key).lower()
                if lower in _CARRIED:
                    found[key] = self._data(value, encoded=lower == "data")
                elif lower == "metadata" and isinstance(value, dict):
                    found[key] = self._metadata(value, secret=True)
        name = tree.get("name")
        if "value" in tree and isinstance(name, str) and self._is_hidden(name):
            found["value"] = self._hidden(tree["value"])
        return found

    def _data(self, tree: Tree, *, encoded: bool) -> Tree:
        """Return what a Secret holds; what Kubernetes takes for no key may be a value that went astray."""
        hidden = self._hidden(tree, encoded=encoded)
        if not isinstance(hidden, dict):
            return hidden
        return dict(sorted((self._key_of(key), value) for key, value in hidden.items()))

    def _key_of(self, key: str) -> str:
        return key if _KEY.fullmatch(decoded(key)) else f"<key {self._fingerprint(key, encoded=False)}>"

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
    told = _LAST_APPLIED in text or _STRING_DATA in text
    return told or _MAY_CARRY.search(text) is not None or _WRITTEN.search(text) is not None


def _has_secret_in(leaf: Leaf) -> bool:
    if isinstance(leaf, str) and len(leaf) < _SHORTEST:
        return False
    text = decoded(leaf)
    return _WRITTEN.search(text) is not None and _HOLDS.search(text) is not None


def _is_secret(tree: dict[str, Tree]) -> bool:
    kinds = (decoded(value).lower() for key, value in tree.items() if _is_kind(key) and not isinstance(value, dict))
    return not _SECRETS.isdisjoint(kinds)


@lru_cache(10_000)
def _is_kind(key: str) -> bool:
    return decoded(key).lower() == "kind"
